import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FoundRun } from '../../src/lean/foundRun';
import { stubOf } from '../../src/lean/foundRun';
import type { RunSnapshot } from '../../src/lean/run';
import { RunStore, type RunStoreOptions } from '../../src/runs/runStore';
import { snapshotOf } from '../../src/runs/runTracker';
import { planFor, PROJECT } from './logRecordings';

function found(name: string, project = PROJECT, startedAt = 1000): FoundRun {
  return { folder: { kind: 'backtest', projectFolder: project, folder: `${project}/backtests/${name}`, name, startedAt }, workspaceFolder: '/home/me/ws', projectName: 'My Project' };
}

function store(discover: RunStoreOptions['records']['discover'] = (item) => Promise.resolve({ ...stubOf(item), state: 'completed' }), change: Partial<RunStoreOptions> = {}): RunStore {
  return new RunStore({ records: { discover }, coalesceMs: 0, ...change });
}

function nextChange(of: RunStore): Promise<ReadonlySet<string>> {
  return new Promise((resolve) => {
    const listening = of.onDidChange((ids) => {
      listening.dispose();
      resolve(ids);
    });
  });
}

describe('the run store', () => {
  it('tells changes together', async () => {
    const runs = store();
    const tracker = runs.begin(planFor());
    const told = nextChange(runs);
    runs.apply('run-1', { type: 'started', at: 5 });
    runs.apply('run-1', { type: 'lines', lines: ['x'], at: 6 });
    runs.begin(planFor({ runId: 'run-2', output: { folder: '/o/2', configFile: {}, code: { from: '', to: '' } } }));
    assert.deepEqual([...(await told)].sort(), ['run-1', 'run-2']);
    assert.equal(runs.get('run-1')?.state, 'running');
    assert.equal(tracker.resultIsFinal, false);
    assert.deepEqual(runs.active().map((run) => run.id), ['run-1', 'run-2']);
    runs.apply('run-1', { type: 'exited', code: 0, outOfMemory: false, at: 7 });
    runs.release('run-1');
    assert.equal(runs.isTracked('run-1'), false);
    assert.deepEqual(runs.active().map((run) => run.id), ['run-2']);
  });

  it('knows folders without reading them, and reads them when asked', async () => {
    let reads = 0;
    const runs = store((item) => { reads++; return Promise.resolve({ ...stubOf(item), state: 'completed', figures: { netProfit: 0.5 } }); });
    runs.addFound([found('a', PROJECT, 1), found('b', PROJECT, 2)]);
    assert.equal(reads, 0);
    assert.deepEqual(runs.ofProject(PROJECT).map((run) => [run.name, run.state]), [['b', 'unknown'], ['a', 'unknown']]);
    const [a] = [`${PROJECT}/backtests/a`];
    await Promise.all([runs.load([a]), runs.load([a])]);
    await runs.load([a]);
    assert.equal(reads, 1);
    assert.equal(runs.get(a)?.figures?.netProfit, 0.5);
    runs.addFound([found('a')]);
    assert.equal(runs.get(a)?.state, 'completed');
    await runs.reload(found('a'));
    assert.equal(reads, 2);
    assert.equal(runs.get(a)?.resultRevision, 2);
  });

  it('reads a run that another window follows again, until it is over', async () => {
    let reads = 0;
    const runs = store((item) => Promise.resolve({ ...stubOf(item), id: 'run-7', state: ++reads < 3 ? 'running' : 'completed' }), { rereadMs: 5 });
    runs.addFound([found('a')]);
    const folder = `${PROJECT}/backtests/a`;
    await runs.load([folder]);
    assert.equal(runs.get('run-7')?.state, 'running');
    while (runs.get('run-7')?.state === 'running') await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(runs.get(folder)?.state, 'completed');
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(reads, 3);
  });

  it('keeps the last lines of past runs in memory only where something went wrong', async () => {
    const runs = store((item) => Promise.resolve({ ...stubOf(item), state: item.folder.name === 'bad' ? 'failed' : 'completed', lastLines: ['said'] }));
    runs.addFound([found('good'), found('bad')]);
    await runs.load(runs.all().map((run) => run.id));
    assert.deepEqual(runs.all().map((run) => [run.name, run.lastLines.length]).sort(), [['bad', 1], ['good', 0]]);
  });

  it('a folder that is a run of ours gets its id; the path finds it still', async () => {
    const folder = `${PROJECT}/backtests/one`;
    const runs = store(() => Promise.resolve({ ...snapshotOf(planFor()), state: 'completed' }));
    runs.addFound([found('one')]);
    runs.flush();
    const told = nextChange(runs);
    await runs.load([folder]);
    assert.deepEqual([...(await told)].sort(), [folder, 'run-1']);
    assert.equal(runs.get(folder)?.id, 'run-1');
    assert.equal(runs.get('run-1')?.state, 'completed');
    assert.equal(runs.size, 1);
    assert.deepEqual(runs.ofProject(PROJECT).map((run) => run.id), ['run-1']);
  });

  it('a copy of a run’s folder is another run', async () => {
    const runs = store((item) => Promise.resolve({ ...snapshotOf(planFor()), folder: item.folder.folder, state: 'completed' }));
    runs.addFound([found('one'), found('copy')]);
    await runs.load([`${PROJECT}/backtests/one`, `${PROJECT}/backtests/copy`]);
    assert.deepEqual(runs.all().map((run) => run.id).sort(), [`${PROJECT}/backtests/copy`, 'run-1'].sort());
  });

  it('a run that is begun replaces what was found of its folder, also while that is read', async () => {
    let answer: (run: RunSnapshot) => void = () => undefined;
    const runs = store(() => new Promise((resolve) => { answer = resolve; }));
    runs.addFound([found('one')]);
    const loading = runs.load([`${PROJECT}/backtests/one`]);
    await new Promise((resolve) => setImmediate(resolve));
    runs.begin(planFor());
    answer({ ...stubOf(found('one')), state: 'lost' });
    await loading;
    assert.equal(runs.size, 1);
    assert.equal(runs.get('run-1')?.state, 'queued');
    assert.equal(runs.get(`${PROJECT}/backtests/one`)?.id, 'run-1');
  });

  it('forgets a deleted run, and one that is deleted while it is read stays forgotten', async () => {
    let answer: (run: RunSnapshot) => void = () => undefined;
    const runs = store((item) => new Promise((resolve) => { answer = () => resolve(stubOf(item)); }));
    runs.addFound([found('one')]);
    const loading = runs.load([`${PROJECT}/backtests/one`]);
    await new Promise((resolve) => setImmediate(resolve));
    runs.remove(`${PROJECT}/backtests/one`);
    answer(stubOf(found('one')));
    await loading;
    assert.equal(runs.size, 0);
    assert.deepEqual(runs.ofProject(PROJECT), []);
    runs.apply('gone', { type: 'started', at: 1 });
    assert.equal(runs.get('gone'), undefined);
  });

  it('a folder that cannot be read stays known, the fault is told', async () => {
    const faults: string[] = [];
    const runs = store(() => Promise.reject(new Error('EACCES')), { onError: (folder) => faults.push(folder) });
    runs.addFound([found('one')]);
    await runs.load([`${PROJECT}/backtests/one`]);
    assert.deepEqual(faults, [`${PROJECT}/backtests/one`]);
    assert.equal(runs.get(`${PROJECT}/backtests/one`)?.state, 'unknown');
  });

  it('reads only a few folders at once', async () => {
    let now = 0;
    let most = 0;
    const runs = store(async (item) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return stubOf(item);
    });
    const many = Array.from({ length: 40 }, (_, index) => found(`r${index}`));
    runs.addFound(many);
    await runs.load(many.map((item) => item.folder.folder));
    assert.equal(most, 4);
  });

  it('10,000 runs are known, listed and read without square costs', async () => {
    const cost = async (count: number): Promise<number> => {
      const begin = process.cpuUsage();
      const runs = store();
      const many = Array.from({ length: count }, (_, index) => found(`r${index}`, `/p${index % 10}`, index));
      runs.addFound(many);
      await runs.load(many.map((item) => item.folder.folder));
      for (let project = 0; project < 10; project++) assert.equal(runs.ofProject(`/p${project}`).length, count / 10);
      for (const item of many) assert.equal(runs.get(item.folder.folder)?.state, 'completed');
      const used = process.cpuUsage(begin);
      return (used.user + used.system) / 1000;
    };
    await cost(1_000);
    const small = await cost(1_000);
    const large = await cost(10_000);
    assert.ok(large < Math.max(small, 20) * 40, `${small} ms for 1,000, ${large} ms for 10,000`);
  });
});
