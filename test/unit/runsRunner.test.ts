import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkbenchError } from '../../src/base/errors';
import type { RunEvent } from '../../src/lean/events';
import { LABELS } from '../../src/lean/plan';
import type { RunSnapshot } from '../../src/lean/run';
import { linesOf, planFor, PROJECT, readRecording } from './logRecordings';
import { makeBench, type Script } from './runsFakes';

const AT = 1_700_000_000_000;
const FOLDER = `${PROJECT}/backtests/one`;

/** Plays a recording as an engine would tell it. */
function recorded(name: string): Script {
  const recording = readRecording(name);
  return async function* (plan): AsyncIterable<RunEvent> {
    yield { type: 'phase', phase: 'creating', at: AT };
    yield { type: 'created', containerId: `c-${plan.runId}`, name: 'lean_1', at: AT };
    yield { type: 'started', at: AT };
    let offset = 0;
    const lines = linesOf(recording);
    for (let at = 0; at < lines.length; at += 10) {
      const some = lines.slice(at, at + 10);
      offset += Buffer.byteLength(some.join('\n')) + 1;
      yield { type: 'lines', lines: some, offset, at: AT + at };
      await Promise.resolve();
    }
    yield { type: 'exited', code: recording.exitCode ?? 0, outOfMemory: false, at: AT + 10_000 };
  };
}

/** Starts, says something, and ends when it is stopped. */
const untilStopped: Script = async function* (plan, engine): AsyncIterable<RunEvent> {
  yield { type: 'created', containerId: `c-${plan.runId}`, name: 'lean_1', at: AT };
  yield { type: 'started', at: AT };
  const stopped = engine.nextStop();
  yield { type: 'lines', lines: ['20261121 08:28:07.232 TRACE:: Engine.Main(): LEAN ALGORITHMIC TRADING ENGINE v2.5.0.0 Mode: RELEASE'], at: AT };
  await stopped;
  const forced = engine.stops.at(-1)?.force === true;
  if (!forced) yield { type: 'lines', lines: ['20261121 08:42:52.207 TRACE:: Program.ExitKeyPress(): Lean instance has been cancelled, shutting down safely now'], at: AT };
  yield { type: 'exited', code: forced ? 137 : 0, outOfMemory: false, at: AT };
};

function waitFor(condition: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + 3000;
    const look = (): void => {
      if (condition()) resolve();
      else if (Date.now() > deadline) reject(new Error('it did not happen'));
      else setTimeout(look, 2);
    };
    look();
  });
}

describe('the runner', () => {
  it('carries a run from plan to record', async () => {
    const bench = makeBench(recorded('fw-basic-csharp'));
    bench.results.result = { type: 'results', status: 'Completed', figures: { netProfit: 0.0166 }, at: AT };
    const ended: RunSnapshot[] = [];
    bench.runner.onDidEnd((run) => ended.push(run));
    bench.records.sourceFiles = () => Promise.resolve(['/p/sub/main.py']);
    const handle = bench.runner.start(planFor());
    const context = bench.runner.sourceContext('run-1');
    assert.deepEqual(context?.pathMap, planFor().pathMap);
    assert.deepEqual(context.sourceFiles, []);
    const heard: string[] = [];
    const events: string[] = [];
    bench.runner.onLines(handle.id, { onLines: (lines) => heard.push(...lines), onEnd: (run) => events.push(run.state), onClose: () => events.push('closed') });
    const done = await handle.done;
    assert.equal(done.state, 'completed');
    assert.equal(done.figures?.netProfit, 0.01655);
    assert.deepEqual(context.sourceFiles, ['/p/sub/main.py']);
    await handle.gone;
    const lines = linesOf(readRecording('fw-basic-csharp'));
    assert.deepEqual(heard, lines);
    assert.deepEqual(events, ['completed', 'closed']);
    assert.deepEqual(ended.map((run) => run.id), ['run-1']);
    const record = bench.records.records.get(FOLDER);
    assert.equal(record?.snapshot.state, 'completed');
    assert.equal(record.snapshot.figures?.netProfit, 0.0166);
    assert.equal(record.snapshot.container, undefined);
    assert.equal(bench.records.consoles.get(FOLDER), `${lines.join('\n')}\n`);
    const bytes = Buffer.byteLength(`${lines.join('\n')}\n`);
    assert.deepEqual(record.console, { kept: bytes, offset: bytes });
    assert.ok(bench.records.plans.has(FOLDER));
    assert.deepEqual(bench.engine.removed, ['c-run-1']);
    assert.equal(bench.results.watching, 0);
    assert.equal(bench.store.isTracked('run-1'), false);
    assert.equal(bench.runner.find('run-1'), undefined);
  });

  it('replays a finished run from its kept console', async () => {
    const bench = makeBench(recorded('quit'));
    await bench.runner.start(planFor()).gone;
    const heard = await new Promise<readonly string[]>((resolve) => {
      const lines: string[] = [];
      bench.runner.onLines('run-1', { onLines: (more) => lines.push(...more), onEnd: () => undefined, onClose: () => resolve(lines) });
    });
    assert.deepEqual(heard, linesOf(readRecording('quit')));
  });

  it('a late listener hears first what was said', async () => {
    const bench = makeBench(untilStopped);
    const handle = bench.runner.start(planFor());
    await waitFor(() => (bench.store.get('run-1')?.lastLines.length ?? 0) > 0);
    const heard: string[] = [];
    bench.runner.onLines(handle.id, { onLines: (lines) => heard.push(...lines), onEnd: () => undefined });
    assert.equal(heard.length, 1);
    await bench.runner.stop(handle.id);
    await handle.gone;
    assert.equal(heard.length, 2);
  });

  it('stops gracefully', async () => {
    const bench = makeBench(untilStopped);
    const handle = bench.runner.start(planFor());
    await waitFor(() => bench.store.get('run-1')?.phase === 'loading');
    await bench.runner.stop(handle.id);
    const run = await handle.done;
    assert.equal(run.state, 'stopped');
    assert.equal(run.outcome?.message, 'Backtest was stopped.');
    assert.deepEqual(bench.engine.stops, [{ id: 'c-run-1', force: false }]);
  });

  it('tells LEAN again to stop once it listens: one that came while it was loading is lost', async () => {
    const deaf: Script = async function* (plan, engine): AsyncIterable<RunEvent> {
      yield { type: 'created', containerId: `c-${plan.runId}`, name: 'lean_1', at: AT };
      yield { type: 'started', at: AT };
      yield { type: 'phase', phase: 'loading', at: AT };
      await engine.nextStop();
      const heard = engine.nextStop();
      yield { type: 'lines', lines: ['20261121 08:28:07.232 TRACE:: BaseSetupHandler.Setup(): initializing'], at: AT };
      await heard;
      yield { type: 'lines', lines: ['20261121 08:28:08.232 TRACE:: Program.ExitKeyPress(): Lean instance has been cancelled, shutting down safely now'], at: AT };
      yield { type: 'exited', code: 0, outOfMemory: false, at: AT };
    };
    const bench = makeBench(deaf, { graceMs: () => 10_000 });
    const handle = bench.runner.start(planFor());
    await waitFor(() => bench.store.get('run-1')?.phase === 'loading');
    await bench.runner.stop(handle.id);
    assert.equal((await handle.done).state, 'stopped');
    assert.deepEqual(bench.engine.stops, [{ id: 'c-run-1', force: false }, { id: 'c-run-1', force: false }]);
  });

  it('asks once when stopping takes too long, then kills', async () => {
    let asked = 0;
    const stubborn: Script = async function* (plan, engine): AsyncIterable<RunEvent> {
      yield { type: 'created', containerId: `c-${plan.runId}`, name: 'lean_1', at: AT };
      yield { type: 'started', at: AT };
      while (engine.stops.at(-1)?.force !== true) await engine.nextStop();
      yield { type: 'exited', code: 137, outOfMemory: false, at: AT };
    };
    const bench = makeBench(stubborn, { onGraceExpired: () => { asked++; return Promise.resolve(true); } });
    const handle = bench.runner.start(planFor());
    await waitFor(() => bench.store.get('run-1')?.state === 'running');
    await bench.runner.stop(handle.id);
    const run = await handle.done;
    assert.equal(asked, 1);
    assert.equal(run.outcome?.kind, 'killed');
    assert.deepEqual(bench.engine.stops.map((stop) => stop.force), [false, true]);
  });

  it('lets only so many run at once, in their order; one that waits is cancelled without a trace', async () => {
    const bench = makeBench(untilStopped);
    const plans = ['a', 'b', 'c', 'd'].map((id) => planFor({ runId: id, output: { folder: `/out/${id}`, configFile: {}, code: { from: '/p', to: `/out/${id}/code` } } }));
    const failures: string[] = [];
    bench.runner.onDidFailToLaunch(({ run, error }) => failures.push(`${run.id} ${error.reason}`));
    const handles = plans.map((plan) => bench.runner.start(plan));
    await waitFor(() => bench.engine.running === 2);
    assert.equal(bench.store.get('c')?.state, 'queued');
    await bench.runner.stop('c');
    assert.equal((await handles[2]?.done)?.state, 'stopped');
    await handles[2]?.gone;
    assert.equal(bench.store.get('c'), undefined);
    assert.deepEqual(failures, ['c cancelled']);
    for (const id of ['a', 'b', 'd']) {
      await waitFor(() => bench.store.get(id)?.phase === 'loading');
      await bench.runner.stop(id);
    }
    await Promise.all(handles.map((handle) => handle.gone));
    assert.equal(bench.engine.mostRunning, 2);
    assert.deepEqual([...bench.results.folders].sort(), ['/out/a', '/out/b', '/out/d']);
  });

  it('a folder that cannot be made fails the run, told once, and leaves nothing', async () => {
    const bench = makeBench(untilStopped);
    bench.results.prepareError = new WorkbenchError('folder-read-only', 'The folder is read-only.');
    const failures: WorkbenchError[] = [];
    bench.runner.onDidFailToLaunch(({ error }) => failures.push(error));
    const handle = bench.runner.start(planFor());
    const run = await handle.done;
    assert.equal(run.state, 'failed');
    assert.equal(run.outcome?.message, 'The folder is read-only.');
    await handle.gone;
    assert.deepEqual(failures.map((error) => error.reason), ['folder-read-only']);
    assert.equal(bench.store.get('run-1'), undefined);
    assert.equal(bench.records.records.size, 0);
    assert.equal(bench.engine.mostRunning, 0);
  });

  it('a launch that fails is undone on disk, whether the engine tells or throws', async () => {
    const error = new WorkbenchError('port-in-use', 'Port 5678 is in use.');
    // eslint-disable-next-line @typescript-eslint/require-await -- an engine is asynchronous by contract
    const telling: Script = async function* (): AsyncIterable<RunEvent> {
      yield { type: 'phase', phase: 'creating', at: AT };
      yield { type: 'launch-failed', error, at: AT };
    };
    // eslint-disable-next-line @typescript-eslint/require-await, require-yield -- it throws before it says anything
    const throwing: Script = async function* (): AsyncIterable<RunEvent> {
      throw error;
    };
    for (const script of [telling, throwing]) {
      const bench = makeBench(script);
      const failures: WorkbenchError[] = [];
      bench.runner.onDidFailToLaunch((failure) => failures.push(failure.error));
      const handle = bench.runner.start(planFor());
      assert.equal((await handle.done).outcome?.kind, 'launch-failed');
      await handle.gone;
      assert.deepEqual(failures, [error]);
      assert.deepEqual(bench.results.discarded, [FOLDER]);
      assert.equal(bench.results.folders.size, 0);
    }
  });

  it('a folder that is not visible in the started container counts as a failed start', async () => {
    // eslint-disable-next-line @typescript-eslint/require-await -- an engine is asynchronous by contract
    const bench = makeBench(async function* (): AsyncIterable<RunEvent> {
      yield { type: 'created', containerId: 'c', name: 'n', at: AT };
      yield { type: 'started', at: AT };
      yield { type: 'launch-failed', error: new WorkbenchError('mount-not-visible', 'The container does not see /data.'), at: AT };
    });
    const handle = bench.runner.start(planFor());
    assert.equal((await handle.done).outcome?.kind, 'launch-failed');
    await handle.gone;
    assert.deepEqual(bench.results.discarded, [FOLDER]);
  });

  it('stopping before the start undoes the launch', async () => {
    const bench = makeBench(async function* (_plan, _engine, signal): AsyncIterable<RunEvent> {
      yield { type: 'phase', phase: 'pulling', at: AT };
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      yield { type: 'launch-failed', error: new WorkbenchError('cancelled', 'Cancelled.', { visible: false }), at: AT };
    });
    const handle = bench.runner.start(planFor());
    await waitFor(() => bench.store.get('run-1')?.phase === 'pulling');
    await bench.runner.stop('run-1');
    assert.equal((await handle.done).state, 'stopped');
    await handle.gone;
    assert.deepEqual(bench.results.discarded, [FOLDER]);
  });

  it('an engine that breaks off after the start loses the run, and keeps its words', async () => {
    // eslint-disable-next-line @typescript-eslint/require-await -- an engine is asynchronous by contract
    const bench = makeBench(async function* (): AsyncIterable<RunEvent> {
      yield { type: 'created', containerId: 'c', name: 'n', at: AT };
      yield { type: 'started', at: AT };
      yield { type: 'lines', lines: ['hello'], at: AT };
      throw new Error('socket hang up');
    });
    const handle = bench.runner.start(planFor());
    const run = await handle.done;
    assert.equal(run.state, 'lost');
    assert.match(run.outcome?.message ?? '', /socket hang up/);
    await handle.gone;
    assert.equal(bench.records.consoles.get(FOLDER), 'hello\n');
    assert.equal(bench.records.records.get(FOLDER)?.snapshot.state, 'lost');
    assert.deepEqual(bench.results.discarded, []);
    assert.deepEqual(bench.engine.removed, []);
  });

  it('a broken disk does not stop a run', async () => {
    const bench = makeBench(recorded('quit'));
    bench.records.appendConsole = () => Promise.reject(new Error('ENOSPC'));
    const handle = bench.runner.start(planFor());
    assert.equal((await handle.done).outcome?.kind, 'quit');
    await handle.gone;
  });

  it('200,000 lines cost few writes and stay bounded in memory', async () => {
    const total = 200_000;
    const bench = makeBench(async function* (): AsyncIterable<RunEvent> {
      yield { type: 'created', containerId: 'c', name: 'n', at: AT };
      yield { type: 'started', at: AT };
      for (let at = 0; at < total; at += 500) {
        yield { type: 'lines', lines: Array.from({ length: 500 }, (_, index) => `20261121 08:00:00.000 TRACE:: Log: 2013-10-07 09:31:00 line ${at + index}`), at: AT };
        if (at % 20_000 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      yield { type: 'exited', code: 0, outOfMemory: false, at: AT };
    });
    const handle = bench.runner.start(planFor());
    await handle.done;
    let heard = 0;
    let missed = 0;
    bench.runner.onLines('run-1', { onLines: (lines, skipped) => { heard += lines.length; missed += skipped; }, onEnd: () => undefined });
    assert.equal(heard + missed, total);
    assert.ok(heard <= 40_500, String(heard));
    await handle.gone;
    assert.equal(bench.records.consoles.get(FOLDER)?.split('\n').length, total + 1);
    assert.ok(bench.records.appends < 200, String(bench.records.appends));
  });
});

describe('after a reload', () => {
  const lines = linesOf(readRecording('py-pythrow'));
  const cut = 60;
  const head = lines.slice(0, cut);
  const headBytes = Buffer.byteLength(`${head.join('\n')}\n`);
  const container = { id: 'c-run-1', name: 'lean_1', running: true, createdAt: AT, labels: { [LABELS.run]: 'run-1', [LABELS.output]: FOLDER } };
  const rest: readonly RunEvent[] = [
    { type: 'lines', lines: lines.slice(cut), at: AT + 500 },
    { type: 'exited', code: 1, outOfMemory: false, at: AT + 900 },
  ];

  async function interrupted(): Promise<ReturnType<typeof makeBench>> {
    const bench = makeBench(async function* (): AsyncIterable<RunEvent> {
      yield { type: 'created', containerId: 'c-run-1', name: 'lean_1', at: AT };
      yield { type: 'started', at: AT };
      yield { type: 'lines', lines: head, offset: headBytes + 7, at: AT };
      await new Promise(() => undefined);
    });
    bench.runner.start(planFor({ language: 'Python' }));
    await waitFor(() => bench.records.records.get(FOLDER)?.console !== undefined);
    bench.runner.dispose();
    return bench;
  }

  it('a run that goes on is followed from where its console was left', async () => {
    const before = await interrupted();
    assert.equal(before.records.records.get(FOLDER)?.snapshot.state, 'running');
    // A line that was kept after the record was written comes again from the container.
    before.records.consoles.set(FOLDER, `${before.records.consoles.get(FOLDER) ?? ''}${lines[cut] ?? ''}\n`);
    const after = makeBench(() => { throw new Error('nothing is launched'); }, {}, before);
    after.engine.containers = [container, { ...container, id: 'other', labels: { [LABELS.run]: 'x', [LABELS.output]: '/elsewhere/out' } }];
    after.engine.adoptScript = () => rest;
    const [handle, ...others] = await after.runner.adopt(['/home/me/ws']);
    assert.ok(handle);
    assert.equal(others.length, 0);
    const heard: string[] = [];
    after.runner.onLines('run-1', { onLines: (more) => heard.push(...more), onEnd: () => undefined });
    const run = await handle.done;
    assert.deepEqual(after.engine.adopted, [{ id: 'c-run-1', offset: headBytes + 7 }]);
    assert.equal(run.state, 'failed');
    assert.deepEqual(run.outcome?.location, { file: `${PROJECT}/PyThrow.py`, line: 20 });
    await handle.gone;
    assert.deepEqual(heard, lines);
    assert.equal(after.records.consoles.get(FOLDER), `${lines.join('\n')}\n`);
    assert.deepEqual(after.engine.removed, ['c-run-1']);
    assert.equal(after.records.records.get(FOLDER)?.snapshot.state, 'failed');
  });

  it('adopting twice follows once', async () => {
    const before = await interrupted();
    const after = makeBench(() => { throw new Error('nothing is launched'); }, {}, before);
    after.engine.containers = [container];
    after.engine.adoptScript = () => rest;
    const [first, second] = await Promise.all([after.runner.adopt(['/home/me/ws']), after.runner.adopt(['/home/me/ws'])]);
    assert.equal(first.length + second.length, 1);
    await [...first, ...second][0]?.gone;
    assert.equal(after.engine.adopted.length, 1);
  });

  it('a container whose run ended on record is only removed', async () => {
    const before = makeBench(recorded('quit'));
    await before.runner.start(planFor()).gone;
    const after = makeBench(() => { throw new Error('nothing is launched'); }, {}, before);
    after.engine.containers = [{ ...container, running: false }];
    assert.deepEqual(await after.runner.adopt(['/home/me/ws']), []);
    assert.deepEqual(after.engine.removed, ['c-run-1']);
  });

  it('a container without a plan: removed when it ended, left alone when it runs', async () => {
    const bench = makeBench(() => { throw new Error('nothing is launched'); });
    bench.engine.containers = [container, { ...container, id: 'ended', running: false }];
    assert.deepEqual(await bench.runner.adopt(['/home/me/ws']), []);
    assert.deepEqual(bench.engine.removed, ['ended']);
  });
});
