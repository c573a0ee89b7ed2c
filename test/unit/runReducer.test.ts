import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkbenchError } from '../../src/base/errors';
import type { RunEvent } from '../../src/lean/events';
import type { RunSnapshot } from '../../src/lean/run';
import { RunTracker, snapshotOf } from '../../src/runs/runTracker';
import { planFor, PROJECT, readRecording } from './logRecordings';

/** Console stamps of the recordings lie in this hour. */
const T0 = Date.UTC(2026, 10, 21, 8, 0);

function play(name: string, extra: (seconds: number) => readonly RunEvent[] = () => []): readonly RunSnapshot[] {
  const recording = readRecording(name);
  const first = recording.lines.map((line) => /^(\d{4})(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3})/.exec(line.text)).find((found) => found !== null);
  const begin = first === undefined ? T0 : Date.UTC(Number(first[1]), Number(first[2]) - 1, Number(first[3]), Number(first[4]), Number(first[5]), Number(first[6]));
  const plan = planFor({ createdAt: begin - 500, language: name.startsWith('py') ? 'Python' : 'CSharp', kind: name.startsWith('live') ? 'live' : 'backtest' });
  const tracker = new RunTracker(plan);
  let run = snapshotOf(plan);
  const all: RunSnapshot[] = [run];
  const apply = (event: RunEvent): void => {
    run = tracker.apply(run, event);
    all.push(run);
  };
  apply({ type: 'phase', phase: 'creating', at: begin - 400 });
  apply({ type: 'created', containerId: 'c1', name: 'lean_1', at: begin - 300 });
  apply({ type: 'started', at: begin });
  for (const line of recording.lines) {
    for (const event of extra(line.seconds)) apply(event);
    apply({ type: 'lines', lines: [line.text], at: begin + line.seconds * 1000 });
  }
  if (recording.exitCode !== undefined) apply({ type: 'exited', code: recording.exitCode, outOfMemory: false, at: begin + 100_000 });
  return all;
}

function last(all: readonly RunSnapshot[]): RunSnapshot {
  const run = all.at(-1);
  assert.ok(run);
  return run;
}

describe('a run that replays a recording', () => {
  it('is over when results are posted, before the process is gone', () => {
    const all = play('py-pygood');
    const done = all.findIndex((run) => run.state === 'completed');
    assert.ok(done > 0 && done < all.length - 10);
    const run = last(all);
    assert.equal(run.state, 'completed');
    assert.equal(run.endedAt, all[done]?.endedAt);
    assert.equal(run.leanVersion, '2.5.0.0');
    assert.equal(run.container, undefined);
    assert.deepEqual(run.figures, {
      netProfit: 0.16018, sharpeRatio: 0.619, drawdown: 0.069, totalOrders: 17, totalFees: 61.16, compoundingAnnualReturn: 0.07715, endEquity: 116017.72, capacity: 1_600_000_000,
    });
    assert.equal(run.lastLines.length, 40);
    assert.equal(run.lastLines.at(-1), '20261121 08:38:21.045 TRACE:: Program.Main(): Exiting Lean...');
  });

  it('tells progress from facts, never backwards, with an estimate', () => {
    const all = play('slow-progress');
    let before = 0;
    const estimates: number[] = [];
    for (const run of all) {
      const { fraction, secondsLeft } = run.progress;
      if (fraction === undefined) continue;
      assert.ok(fraction >= before && fraction <= 1);
      before = fraction;
      if (secondsLeft !== undefined) estimates.push(secondsLeft);
    }
    assert.ok(before > 0.99);
    // 46.7 s for three years: about a third of the way it is known to half a minute.
    const third = all.find((run) => (run.progress.fraction ?? 0) > 0.33);
    assert.ok(third?.progress.secondsLeft !== undefined && Math.abs(third.progress.secondsLeft - 31) < 4, String(third?.progress.secondsLeft));
    assert.ok(estimates.length > 20);
    const run = last(all);
    assert.equal(run.progress.secondsLeft, undefined);
    assert.equal(Math.round(run.progress.pointsPerSecond ?? 0), 129);
    assert.equal(run.progress.dataPoints, 6037);
  });

  it('has no progress before the range is known, and none while warming up', () => {
    for (const run of play('py-pygood')) {
      if (run.phase === 'loading' || run.phase === 'initializing' || run.phase === 'starting') assert.equal(run.progress.fraction, undefined);
      if (run.phase === 'warming-up') assert.equal(run.progress.fraction ?? 0, 0);
    }
  });

  it('takes the last chart time of partial results for progress, and keeps final figures against late partial ones', () => {
    const at = Date.UTC(2011, 6, 1) / 1000;
    let told = false;
    const all = play('slow-progress', (seconds) => {
      if (told || seconds < 8) return [];
      told = true;
      return [{ type: 'results', simulatedTo: at, status: 'Running', figures: { netProfit: -0.0006 }, at: Date.UTC(2026, 10, 21, 8, 45, 20) }];
    });
    const run = all.find((item) => item.progress.simulatedTo === at);
    assert.ok(run?.progress.fraction !== undefined && Math.abs(run.progress.fraction - 0.498) < 0.01);
    assert.equal(run.figures?.netProfit, -0.0006);
    assert.equal(run.resultRevision, 1);
    const tracker = new RunTracker(planFor());
    const late = tracker.apply(last(all), { type: 'results', status: 'Running', figures: { netProfit: 9 }, at: 0 });
    assert.equal(late.figures?.netProfit, 0.00286);
    assert.equal(late.resultRevision, 2);
  });

  it('holds chart times, which are UTC, against the range in the time zone of the algorithm', () => {
    for (const [zone, hours] of [['New York', 4], ['UTC', 0], ['Tokyo', -9]] as const) {
      const tracker = new RunTracker(planFor());
      const lines = [
        '20261121 08:28:07.232 TRACE:: Dates: Start: 10/07/2013 End: 10/11/2013 Cash: ¤100,000.00',
        '20261121 08:28:07.233 TRACE:: AlgorithmManager.Run(): Begin DataStream - Start: 10/7/2013 Stop: 10/11/2013 Time: 10/7/2013 Warmup: False',
        '20261121 08:28:07.300 TRACE:: Debug: 2013-10-08 16:00:00 said at four',
      ];
      const day = (count: number): number => Date.UTC(2013, 9, count) / 1000 + hours * 3600;
      const results = (count: number): RunEvent => ({ type: 'results', status: 'Running', simulatedFrom: day(7), simulatedTo: day(count) + 16 * 3600, at: 1 });
      let run = tracker.apply(snapshotOf(planFor()), { type: 'lines', lines, at: 0 });
      assert.ok(Math.abs((run.progress.fraction ?? 0) - 40 / 120) < 0.001, zone);
      run = tracker.apply(run, results(9));
      assert.ok(Math.abs((run.progress.fraction ?? 0) - 64 / 120) < 0.001, `${zone}: ${run.progress.fraction}`);
      run = tracker.apply(run, { type: 'lines', lines: ['20261121 08:28:07.400 TRACE:: Debug: 2013-10-10 16:00:00 said at four'], at: 2 });
      assert.ok(Math.abs((run.progress.fraction ?? 0) - 88 / 120) < 0.001, zone);
      assert.equal(run.progress.simulatedTo, day(10) + 16 * 3600, zone);
      assert.equal(run.progress.rangeEnd, day(12), zone);
    }
  });

  it('fails at once when a runtime error was posted, and the exit changes nothing', () => {
    const all = play('py-pythrow');
    const failed = all.findIndex((run) => run.state === 'failed');
    assert.ok(failed > 0 && failed < all.length - 10);
    const run = last(all);
    assert.equal(run.outcome, all[failed]?.outcome);
    assert.equal(run.outcome?.kind, 'runtime-error');
    assert.deepEqual(run.problems, [{ severity: 'error', message: run.problems[0]?.message, source: 'lean', location: { file: `${PROJECT}/PyThrow.py`, line: 20 } }]);
  });

  it('ends by the exit when nothing was posted', () => {
    const run = last(play('bt-sigterm'));
    assert.equal(run.state, 'failed');
    assert.equal(run.outcome?.kind, 'killed-from-outside');
    assert.equal(run.outcome.exitCode, 143);
    assert.match(run.outcome.details ?? '', /bar \d+ cash/);
    assert.equal(last(play('dllnotfound-csharp')).state, 'failed');
  });
});

describe('events of a run', () => {
  const plan = planFor();
  const start = (): { tracker: RunTracker; run: RunSnapshot } => ({ tracker: new RunTracker(plan), run: snapshotOf(plan) });
  const after = (...events: readonly RunEvent[]): RunSnapshot => {
    const { tracker, run } = start();
    return events.reduce((now, event) => tracker.apply(now, event), run);
  };
  const started: RunEvent = { type: 'started', at: 5 };

  it('states follow the events', () => {
    assert.equal(snapshotOf(plan).state, 'queued');
    assert.equal(after({ type: 'phase', phase: 'waiting', at: 1 }).state, 'queued');
    assert.equal(after({ type: 'phase', phase: 'creating', at: 1 }).state, 'preparing');
    assert.equal(after({ type: 'pull', progress: { text: '', current: 1, total: 2 }, at: 1 }).phase, 'pulling');
    assert.equal(after(started).state, 'running');
    assert.equal(after(started, { type: 'stop-requested', force: false, at: 6 }).state, 'stopping');
  });

  it('a container that dies at once keeps its last words', () => {
    const run = after(started, { type: 'lines', lines: ['bash: line 1: nope: command not found'], at: 6 }, { type: 'exited', code: 127, outOfMemory: false, at: 7 });
    assert.equal(run.state, 'failed');
    assert.equal(run.outcome?.message, 'Backtest ended before LEAN said anything (exit code 127).');
    assert.equal(run.outcome.details, 'bash: line 1: nope: command not found');
  });

  it('out of memory, whatever else was said', () => {
    const run = after(started, { type: 'exited', code: 137, outOfMemory: true, at: 7 });
    assert.equal(run.outcome?.kind, 'out-of-memory');
    assert.equal(run.state, 'failed');
  });

  it('stopped during the build, killed on request, killed from outside', () => {
    const request: RunEvent = { type: 'stop-requested', force: false, at: 6 };
    assert.equal(after(started, request, { type: 'exited', code: 130, outOfMemory: false, at: 7 }).outcome?.kind, 'stopped');
    assert.equal(after(started, { ...request, force: true }, { type: 'exited', code: 137, outOfMemory: false, at: 7 }).outcome?.message, 'Backtest was killed before LEAN had written its results.');
    assert.match(after(started, { type: 'exited', code: 137, outOfMemory: false, at: 7 }).outcome?.message ?? '', /from outside .* memory/);
  });

  it('an exit that the engine made itself says nothing about the run', () => {
    const run = after(started, { type: 'results', status: 'Completed', at: 6 }, { type: 'lines', lines: ['20261121 08:00:00.000 TRACE:: PythonInitializer.Shutdown(): start'], at: 6 }, { type: 'exited', code: 137, outOfMemory: false, endedByUs: true, at: 7 });
    assert.equal(run.outcome?.kind, 'success');
    assert.equal(run.outcome.exitCode, undefined);
  });

  it('the result file tells the error where the console kept silent', () => {
    const run = after(started, { type: 'results', status: 'RuntimeError', runtimeError: '2013-09-09 16:00:00 Runtime Error: failed while warming up in A.cs:line 75', at: 6 }, { type: 'exited', code: 1, outOfMemory: false, at: 7 });
    assert.equal(run.outcome?.message, 'Backtest failed at 2013-09-09 16:00:00: failed while warming up');
    assert.equal(run.state, 'failed');
  });

  it('lost, failed to launch, cancelled; and final stays final', () => {
    assert.equal(after(started, { type: 'lost', message: 'gone', at: 7 }).state, 'lost');
    const failed = after({ type: 'launch-failed', error: new WorkbenchError('port-in-use', 'Port 5678 is in use.'), at: 7 });
    assert.equal(failed.outcome?.kind, 'launch-failed');
    assert.equal(failed.outcome.message, 'Port 5678 is in use.');
    assert.equal(after({ type: 'launch-failed', error: new WorkbenchError('cancelled', 'x'), at: 7 }).state, 'stopped');
    const again = after(started, { type: 'lost', message: 'gone', at: 7 }, { type: 'exited', code: 0, outOfMemory: false, at: 8 }, started, { type: 'stop-requested', force: true, at: 9 });
    assert.equal(again.state, 'lost');
    assert.equal(again.endedAt, 7);
  });

  it('markers are no last lines', () => {
    const run = after(started, { type: 'lines', lines: ['##[lean-workbench] phase building', 'x'], at: 6 });
    assert.deepEqual(run.lastLines, ['x']);
    assert.equal(run.phase, 'building');
  });
});
