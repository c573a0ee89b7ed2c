import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { silentLogger } from '../../src/base/logger';
import { RECORD_FOLDER } from '../../src/files/recordFolder';
import { createRunRecords } from '../../src/files/runRecord';
import type { FoundRun } from '../../src/lean/foundRun';
import type { RunSnapshot } from '../../src/lean/run';
import { snapshotOf } from '../../src/runs/runTracker';
import { linesOf, planFor, readRecording, RECORDINGS } from './logRecordings';

let root = '';
let warnings: string[] = [];
const records = createRunRecords({ ...silentLogger, warn: (message) => warnings.push(message) });
let next = 0;

before(async () => { root = await mkdtemp(join(tmpdir(), 'lean-workbench-records-')); });
after(async () => { await rm(root, { recursive: true, force: true }); });

async function runFolder(): Promise<string> {
  const folder = join(root, 'ws', 'Project', 'backtests', `run ${++next}`);
  await mkdir(folder, { recursive: true });
  warnings = [];
  return folder;
}

function foundAt(folder: string, kind: FoundRun['folder']['kind'] = 'backtest'): FoundRun {
  return { folder: { kind, projectFolder: join(root, 'ws', 'Project'), folder, name: 'a name', startedAt: 42 }, workspaceFolder: join(root, 'ws'), projectName: 'Project' };
}

const finished: RunSnapshot = {
  ...snapshotOf(planFor()),
  state: 'failed',
  phase: 'ended',
  outcome: { kind: 'runtime-error', message: 'bad (A.cs:8)', location: { file: '/p/A.cs', line: 8 }, details: 'stack', exitCode: 1 },
  problems: [{ severity: 'error', message: 'bad', source: 'lean', location: { file: '/p/A.cs', line: 8 } }],
  progress: { fraction: 0.5, simulatedTo: 7 },
  figures: { netProfit: 0.1 },
  standIn: true,
  lastLines: ['one', 'two'],
};

describe('the record of a run', () => {
  it('comes back as it was, with the folder it is in now', async () => {
    const folder = await runFolder();
    await records.saveSnapshot(folder, { snapshot: { ...finished, folder }, console: { kept: 3, offset: 5 } });
    assert.deepEqual(await records.load(folder), { snapshot: { ...finished, folder }, console: { kept: 3, offset: 5 } });
    const moved = await runFolder();
    await cp(folder, moved, { recursive: true });
    assert.equal((await records.load(moved))?.snapshot.folder, moved);
    assert.deepEqual(await readdir(join(folder, RECORD_FOLDER)), ['run.json']);
  });

  it('is replaced whole under concurrent writes', async () => {
    const folder = await runFolder();
    await Promise.all(Array.from({ length: 20 }, (_, index) => records.saveSnapshot(folder, { snapshot: { ...finished, resultRevision: index } })));
    assert.ok((await records.load(folder)) !== undefined);
    assert.deepEqual(await readdir(join(folder, RECORD_FOLDER)), ['run.json']);
  });

  it('that is damaged is no record; the file is left, the fault logged', async () => {
    for (const text of ['', '{', '[]', '{"version":1}', JSON.stringify({ version: 1, snapshot: { ...finished, state: 'dancing' } }), JSON.stringify({ version: 2, snapshot: finished })]) {
      const folder = await runFolder();
      await mkdir(join(folder, RECORD_FOLDER));
      await writeFile(join(folder, RECORD_FOLDER, 'run.json'), text);
      assert.equal(await records.load(folder), undefined);
      assert.equal(warnings.length, 1, text);
      assert.equal(await readFile(join(folder, RECORD_FOLDER, 'run.json'), 'utf8'), text);
    }
    assert.equal(await records.load(join(root, 'nowhere')), undefined);
    assert.equal(warnings.length, 1);
  });

  it('does not bring a deleted folder back', async () => {
    const folder = join(root, 'ws', 'deleted');
    await records.saveSnapshot(folder, { snapshot: finished });
    await records.savePlan(planFor({ output: { folder, configFile: {}, code: { from: '', to: '' } } }));
    assert.equal(await records.appendConsole(folder, 'x\n'), 0);
    await assert.rejects(readdir(folder), { code: 'ENOENT' });
  });

  it('keeps the plan', async () => {
    const folder = await runFolder();
    const plan = planFor({ output: { folder, configFile: {}, code: { from: '', to: '' } } });
    await records.savePlan(plan);
    assert.deepEqual(await records.loadPlan(folder), plan);
    await records.savePlan({ ...plan, parameters: { 'api-key': 'K1-SECRET' } });
    assert.doesNotMatch(await readFile(join(folder, RECORD_FOLDER, 'plan.json'), 'utf8'), /SECRET/);
    await writeFile(join(folder, RECORD_FOLDER, 'plan.json'), '{"version":1,"runId":3}');
    assert.equal(await records.loadPlan(folder), undefined);
  });

  it('keeps the console and can cut it', async () => {
    const folder = await runFolder();
    assert.deepEqual(await records.readConsole(folder), []);
    assert.equal(await records.appendConsole(folder, 'ä\nb\n'), 5);
    assert.equal(await records.appendConsole(folder, 'c\nhalf'), 11);
    assert.deepEqual(await records.readConsole(folder), ['ä', 'b', 'c']);
    await records.truncateConsole(folder, 3);
    assert.deepEqual(await records.readConsole(folder), ['ä']);
    await records.truncateConsole(join(root, 'nowhere'), 0);
  });

  it('lists the sources of the code snapshot as the project’s', async () => {
    const folder = await runFolder();
    const code = join(folder, 'code');
    await mkdir(join(code, 'sub'), { recursive: true });
    await writeFile(join(code, 'main.py'), '');
    await writeFile(join(code, 'notes.html'), '');
    await writeFile(join(code, 'sub', 'helper.py'), '');
    const plan = planFor({ projectFolder: '/p', output: { folder, configFile: {}, code: { from: '/p', to: code } } });
    assert.deepEqual(await records.sourceFiles(plan), [join('/p', 'main.py'), join('/p', 'sub', 'helper.py')]);
    assert.deepEqual(await records.sourceFiles({ ...plan, output: { ...plan.output, code: { from: '/p', to: '/nowhere' } } }), []);
  });
});

describe('a run folder on disk', () => {
  const discover = (folder: string): Promise<RunSnapshot> => records.discover(foundAt(folder));
  const copyOf = async (name: string, except = /^$/): Promise<string> => {
    const folder = await runFolder();
    for (const file of await readdir(join(RECORDINGS, name))) {
      if (/\.(?:json|txt)$/.test(file) && !except.test(file)) await cp(join(RECORDINGS, name, file), join(folder, file), { recursive: true });
    }
    return folder;
  };

  it('of ours is its record', async () => {
    const folder = await runFolder();
    await records.saveSnapshot(folder, { snapshot: { ...finished, folder } });
    const run = await discover(folder);
    assert.equal(run.id, 'run-1');
    assert.equal(run.origin, 'workbench');
    assert.equal(run.workspaceFolder, join(root, 'ws'));
    assert.deepEqual(run.outcome, finished.outcome);
  });

  it('of `lean` has state, figures and name from its files', async () => {
    const folder = await copyOf('fw-basic-csharp');
    await writeFile(join(folder, 'config'), JSON.stringify({ id: 'BasicTemplateFrameworkAlgorithm', container: 'lean_cli_1', 'backtest-name': 'Sleepy Green Bat' }));
    const run = await discover(folder);
    assert.equal(run.state, 'completed');
    assert.equal(run.origin, 'elsewhere');
    assert.equal(run.id, folder);
    assert.equal(run.name, 'Sleepy Green Bat');
    assert.equal(run.algorithmId, 'BasicTemplateFrameworkAlgorithm');
    assert.equal(run.endedAt, Date.UTC(2026, 10, 21, 8, 28, 8));
    assert.deepEqual(run.figures, { netProfit: 0.01655, sharpeRatio: 8.472, drawdown: 0.022, totalOrders: 3, totalFees: 10.32, compoundingAnnualReturn: 2.61134, endEquity: 101655.3, capacity: 27_000_000 });
  });

  it('without config is told by its files’ content', async () => {
    const run = await discover(await copyOf('order-types'));
    assert.equal(run.state, 'completed');
    assert.equal(run.figures?.totalOrders, 10);
    assert.equal(run.name, 'a name');
  });

  it('that failed has message and place', async () => {
    const run = await discover(await copyOf('runtime-throw'));
    assert.equal(run.state, 'failed');
    assert.equal(run.outcome?.message, 'Backtest failed at 2013-03-27 16:00:00: Strategy blew up while computing the signal on 03/27/2013 16:00:00 (A.cs:8)');
    assert.deepEqual(run.outcome.location, { file: join(root, 'ws', 'Project', 'A.cs'), line: 8 });
    const python = await discover(await copyOf('py-pysyntax'));
    assert.equal(python.outcome?.kind, 'syntax-error');
    assert.equal(python.outcome.location?.line, 6);
  });

  it('that was stopped or quit by itself says Completed; its log tells', async () => {
    const quit = await discover(await copyOf('quit'));
    assert.equal(quit.state, 'completed');
    assert.equal(quit.outcome?.message, 'The algorithm ended the backtest with Quit(): drawdown limit reached.');
    const folder = await copyOf('fw-basic-csharp');
    await writeFile(join(folder, 'log.txt'), `${'x'.repeat(200_000)}\n2026-11-21T08:42:52.2073577Z TRACE:: Program.ExitKeyPress(): Lean instance has been cancelled, shutting down safely now\n`);
    assert.equal((await discover(folder)).state, 'stopped');
  });

  it('that still says Running without a container is lost', async () => {
    const run = await discover(await copyOf('slow-progress-midrun'));
    assert.equal(run.state, 'lost');
    assert.equal(run.figures?.endEquity, 99942.02);
  });

  it('with nothing, with rubbish, with a cut result is unknown', async () => {
    assert.equal((await discover(await runFolder())).state, 'unknown');
    const folder = await runFolder();
    await writeFile(join(folder, 'config'), 'rubbish');
    await writeFile(join(folder, 'A.json'), '{"charts": {"Strat');
    await writeFile(join(folder, 'B.json'), '[1, 2]');
    assert.equal((await discover(folder)).state, 'unknown');
    assert.equal((await discover(join(root, 'nowhere'))).state, 'unknown');
  });

  it('of ours whose end nobody saw: its kept console tells, else LEAN’s files, else it is lost', async () => {
    const unfinished: RunSnapshot = { ...snapshotOf(planFor()), state: 'running', phase: 'running', algorithmId: 'PyThrow' };
    const told = await runFolder();
    await records.saveSnapshot(told, { snapshot: { ...unfinished, projectFolder: join(root, 'ws', 'Project') } });
    await records.appendConsole(told, `${linesOf(readRecording('py-pythrow')).join('\n')}\n`);
    const failed = await discover(told);
    assert.equal(failed.state, 'failed');
    assert.equal(failed.outcome?.location?.line, 20);
    const completed = await copyOf('quit');
    await records.saveSnapshot(completed, { snapshot: { ...unfinished, algorithmId: 'QuitAlgorithm' } });
    assert.equal((await discover(completed)).state, 'completed');
    const lost = await runFolder();
    await records.saveSnapshot(lost, { snapshot: unfinished });
    assert.equal((await discover(lost)).state, 'lost');
  });

  it('of a live deployment never completes: it was stopped', async () => {
    const folder = await copyOf('live-paper');
    const run = await records.discover(foundAt(folder, 'live'));
    assert.equal(run.kind, 'live');
    assert.equal(run.state, 'stopped');
  });
});
