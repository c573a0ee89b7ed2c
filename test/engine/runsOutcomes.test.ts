import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { startDaemon, type Daemon } from '../harness/dockerd';
import { pause } from '../harness/exec';
import { loadStandin } from '../harness/standin';
import type { TestWorkbench } from '../harness/workbench';
import { assertOutcome, consoleOf, CSHARP, Place, PYTHON, resultOf } from './runsWorkspace';

describe('how whole backtests end', () => {
  let daemon: Daemon;
  let place: Place;
  let bench: TestWorkbench;
  before(async () => {
    daemon = await startDaemon();
    await loadStandin(daemon.dockerHost);
    place = new Place(daemon.dockerHost);
    place.python('Py');
    place.csharp('Cs');
    bench = place.bench({ graceMs: 1500 });
  });
  after(async () => {
    place.remove();
    await daemon.stop();
  });
  afterEach(() => place.assertClean());
  const fault = (name: string): { parameters: Record<string, string> } => ({ parameters: { 'standin-fault': name } });
  const playing = (name: string, more: Record<string, string> = {}): { parameters: Record<string, string> } => ({ parameters: { 'standin-recording': name, ...more } });

  it('success in Python and C#, with figures, results and all phases', async () => {
    for (const [name, phase] of [['Py', 'compiling'], ['Cs', 'building']] as const) {
      const ended = await bench.run(name);
      const run = await assertOutcome(bench, ended, 'completed', 'success', 'Backtest completed.');
      assert.ok(ended.phases.includes(phase), ended.phases.join());
      assert.ok(ended.phases.includes('loading'));
      assert.ok(run.figures?.totalOrders !== undefined && run.figures.totalOrders > 0, JSON.stringify(run.figures));
      assert.equal(run.progress.fraction === undefined || run.progress.fraction <= 1, true);
      assert.equal(run.standIn, true);
      assert.deepEqual(run.problems, []);
      const result = await bench.reader.read(ended.plan.output.folder, ended.plan.algorithmId);
      assert.equal(result?.partial, false);
      assert.notEqual(result.orders.length, 0);
      assert.equal(resultOf(ended).state['Status'], 'Completed');
    }
    assert.deepEqual(bench.warnings, []);
    assert.deepEqual(place.names('Py').filter((name) => name.includes('__pycache__')), []);
    assert.deepEqual(place.names('Cs').filter((name) => /(^|\/)(bin|obj)(\/|$)/.test(name)), []);
  });

  it('every other recording that succeeds', async () => {
    for (const name of ['basic-daily-csharp', 'daily-multiyear', 'fw-basic-csharp', 'order-types', 'nodata', 'slow-progress']) {
      const ended = await bench.run('Cs', playing(name));
      await assertOutcome(bench, ended, 'completed', 'success', 'Backtest completed.');
      assert.equal((await bench.reader.read(ended.plan.output.folder, ended.plan.algorithmId))?.partial, false, name);
    }
    assert.deepEqual(bench.warnings, []);
  });

  it('Quit() is told from a success, with its message', async () => {
    for (const name of ['Py', 'Cs']) {
      await assertOutcome(bench, await bench.run(name, fault('quit')), 'completed', 'quit', 'The algorithm ended the backtest with Quit(): drawdown limit reached.');
    }
  });

  it('a stop is graceful: results up to that moment', async () => {
    for (const name of ['Py', 'Cs']) {
      const ended = await bench.run(name, playing('slow-progress', { 'standin-speed': '1' }), async (_run, plan) => {
        await bench.until(plan, 'simulating', (run) => run.phase === 'running');
        await bench.runner.stop(plan.runId);
        assert.equal(bench.store.get(plan.runId)?.state, 'stopping');
      });
      await assertOutcome(bench, ended, 'stopped', 'stopped', 'Backtest was stopped.');
      assert.ok(consoleOf(ended).includes('Algorithm state changed to Stopped'));
      assert.ok(existsSync(join(ended.plan.output.folder, `${ended.plan.algorithmId}.json`)));
    }
  });

  it('a run that ignores the stop is killed after its time', async () => {
    const ended = await bench.run('Py', fault('ignore-sigint'), async (_run, plan) => {
      await bench.until(plan, 'simulating', (run) => run.lastLines.some((line) => line.includes('still here')));
      await bench.runner.stop(plan.runId);
      await pause(700);
      assert.equal(bench.store.get(plan.runId)?.state, 'stopping');
    });
    await assertOutcome(bench, ended, 'stopped', 'killed', 'Backtest was killed before LEAN had written its results.');
  });

  it('a hanging run is stopped', async () => {
    const ended = await bench.run('Py', fault('hang'), async (_run, plan) => {
      await bench.until(plan, 'its first line', (run) => run.standIn === true);
      await bench.runner.stop(plan.runId);
    });
    const run = await assertOutcome(bench, ended, 'stopped', 'stopped', /^Backtest was stopped/);
    assert.equal(run.outcome?.exitCode, 0);
  });

  it('a runtime error, on its line of the source on this machine', async () => {
    const python = 'class Mine(QCAlgorithm):\n    def initialize(self):\n        pass\n\n    def on_data(self, data):\n        raise KeyError()  # standin-error\n';
    place.python('PyThrow', { 'standin-fault': 'runtime-error' }, python);
    const ended = await bench.run('PyThrow');
    const run = await assertOutcome(bench, ended, 'failed', 'runtime-error', /^Backtest failed at 2013-10-07 11:10:00: The key 'missing_key' was not found .* \(main\.py:6\)$/);
    assert.deepEqual([run.outcome?.location?.file, run.outcome?.location?.line], [join(place.folder, 'PyThrow', 'main.py'), 6]);
    assert.ok(run.problems.some((problem) => problem.location.file === join(place.folder, 'PyThrow', 'main.py') && problem.location.line === 6));
    place.csharp('CsThrow', { 'standin-fault': 'runtime-error' }, CSHARP.replace('Initialize() { }', 'Initialize() { } // standin-error'));
    const cs = await assertOutcome(bench, await bench.run('CsThrow'), 'failed', 'runtime-error', /^Backtest failed at 2013-03-27 16:00:00: Strategy blew up .* \(Main\.cs:7\)$/);
    assert.deepEqual([cs.outcome?.location?.file, cs.outcome?.location?.line], [join(place.folder, 'CsThrow', 'Main.cs'), 7]);
    const warmup = await bench.run('Cs', playing('warmup-fail'));
    await assertOutcome(bench, warmup, 'failed', 'runtime-error', /failed while warming up/);
  });

  it('an error in Initialize', async () => {
    const py = await assertOutcome(bench, await bench.run('Py', fault('init-error')), 'failed', 'initialization-error', /^Backtest failed in initialize: int\(\) argument must be/);
    assert.equal(py.outcome?.location?.file, join(place.folder, 'Py', 'main.py'));
    const cs = await assertOutcome(bench, await bench.run('Cs', fault('init-error')), 'failed', 'initialization-error', /^Backtest failed in Initialize: Parameter 'fast' must be smaller than 'slow'/);
    assert.equal(cs.outcome?.location?.line, 11);
  });

  it('a real syntax error, caught before LEAN starts', async () => {
    place.python('Syntax', {}, `${PYTHON}\ndef broken(:\n    pass\n`);
    const ended = await bench.run('Syntax');
    const run = await assertOutcome(bench, ended, 'failed', 'syntax-error', /^Syntax error: .*\(main\.py:7\)$/);
    assert.deepEqual([run.outcome?.location?.file, run.outcome?.location?.line], [join(place.folder, 'Syntax', 'main.py'), 7]);
    assert.equal(run.outcome?.exitCode, 96);
    assert.ok(!ended.phases.includes('loading'), 'LEAN is not started');
    assert.deepEqual(run.problems.map(({ severity, source, location }) => [severity, source, location.line]), [['error', 'python', 7]]);
    place.write('Syntax/main.py', PYTHON);
    place.write('Syntax/helpers/deep.py', 'x = 1\nif x\n    y = 2\n');
    const deep = await assertOutcome(bench, await bench.run('Syntax'), 'failed', 'syntax-error', /\(deep\.py:2\)$/);
    assert.equal(deep.outcome?.location?.file, join(place.folder, 'Syntax', 'helpers', 'deep.py'));
    // What LEAN itself says of one, where the check did not see it.
    await assertOutcome(bench, await bench.run('Py', fault('python-syntax-error')), 'failed', 'syntax-error', /^Syntax error: '\(' was never closed/);
    assert.deepEqual(place.names('Syntax').filter((name) => name.includes('__pycache__')), []);
  });

  it('an import that fails, an algorithm that is not found, a data folder without data', async () => {
    const imported = await assertOutcome(bench, await bench.run('Py', playing('py-pyimport')), 'failed', 'import-error', /^Import failed: No module named 'not_a_real_module' \(main\.py:2\)$/);
    assert.equal(imported.outcome?.location?.file, join(place.folder, 'Py', 'main.py'));
    await assertOutcome(bench, await bench.run('Cs', playing('typenotfound-csharp')), 'failed', 'algorithm-not-found', /^Backtest failed: Algorithm type name not found/);
    await assertOutcome(bench, await bench.run('Py', playing('no-datafolder')), 'failed', 'data-missing', /^Backtest failed: market data is missing: Unable to locate symbol properties file/);
  });

  it('a build error, with its line and the path on this machine', async () => {
    place.csharp('Broken', {}, CSHARP.replace('Initialize() { }', 'Initialize() { foo(); } // standin-build-error: foo'));
    const ended = await bench.run('Broken');
    const file = join(place.folder, 'Broken', 'Main.cs');
    const run = await assertOutcome(bench, ended, 'failed', 'build-error', "Build failed: The name 'foo' does not exist in the current context (CS0103) (Main.cs:7)");
    assert.deepEqual(run.outcome?.location, { file, line: 7, column: 9 });
    assert.equal(run.outcome.exitCode, 95);
    assert.ok(!ended.phases.includes('loading'));
    assert.deepEqual(run.problems.map((problem) => [problem.severity, problem.code, problem.source, problem.location.file, problem.location.line]), [['error', 'CS0103', 'csharp', file, 7]]);
    // A warning is a problem, and no failure.
    place.write('Broken/Main.cs', CSHARP.replace('Initialize() { }', 'Initialize() { } // standin-build-warning'));
    const warned = await assertOutcome(bench, await bench.run('Broken'), 'completed', 'success', 'Backtest completed.');
    assert.deepEqual(warned.problems.map((problem) => [problem.severity, problem.code, problem.location.line]), [['warning', 'CS0219', 7]]);
  });

  it('out of memory at the limit that was asked for', async () => {
    const request = { ...fault('out-of-memory'), docker: { limits: { memoryBytes: 100 * 1024 ** 2 } } };
    const ended = await bench.run('Py', request, async (run) => {
      const { HostConfig: config } = (await place.inspect(run.container?.id ?? '')) as { HostConfig: { Memory: number; MemorySwap: number } };
      assert.deepEqual([config.Memory, config.MemorySwap], [100 * 1024 ** 2, 100 * 1024 ** 2]);
    });
    const run = await assertOutcome(bench, ended, 'failed', 'out-of-memory', 'Backtest ended: the container ran out of memory.');
    assert.equal(run.outcome?.exitCode, 137);
  });

  it('a death in the first 50 ms: its last words are kept', async () => {
    const run = await assertOutcome(bench, await bench.run('Py', fault('exit-50ms')), 'failed', 'unknown', 'Backtest ended before LEAN said anything (exit code 3).');
    assert.match(run.outcome?.details ?? '', /dying in its first 50 ms/);
    assert.match(run.lastLines.at(-1) ?? '', /dying in its first 50 ms/);
  });

  it('an end without a word is no success; one without a result file is told from one with it', async () => {
    await assertOutcome(bench, await bench.run('Cs', fault('no-output')), 'failed', 'unknown', 'Backtest ended before LEAN said anything (exit code 0).');
    const ended = await bench.run('Py', fault('no-results'));
    await assertOutcome(bench, ended, 'completed', 'success', 'Backtest completed.');
    assert.equal(await bench.reader.read(ended.plan.output.folder, ended.plan.algorithmId), undefined);
  });

  it('200,000 lines: the kept console has each of them once, in order', async () => {
    const ended = await bench.run('Py', fault('log-200000'));
    await assertOutcome(bench, ended, 'completed', 'success', 'Backtest completed.');
    const numbers = [...consoleOf(ended).matchAll(/ line (\d+) of 200000$/gm)].map((match) => Number(match[1]));
    assert.equal(numbers.length, 200_000);
    assert.ok(numbers.every((number, index) => number === index + 1));
  });

  it('a damaged result is told only once it is final, and named with its line', async () => {
    for (const name of ['bad-json', 'truncated']) {
      bench.warnings.length = 0;
      const ended = await bench.run('Py', fault(name), () => {
        assert.deepEqual(bench.warnings, []);
      });
      await assertOutcome(bench, ended, 'completed', 'success', 'Backtest completed.');
      const file = join(ended.plan.output.folder, `${ended.plan.algorithmId}.json`);
      const damaged = (error: unknown): boolean => error instanceof Error && 'reason' in error && error.reason === 'file-invalid' && 'location' in error && JSON.stringify(error.location).includes(file);
      const before = readFileSync(file);
      await assert.rejects(bench.reader.read(ended.plan.output.folder, ended.plan.algorithmId), damaged);
      assert.ok(bench.warnings.some((text) => text.includes('result of run') && text.includes('cannot be read')), bench.warnings.join('\n'));
      assert.ok(!bench.warnings.some((text) => text.includes('could not be read')), 'not while it was being written');
      assert.deepEqual(readFileSync(file), before);
    }
    bench.warnings.length = 0;
  });

  it('an abort of LEAN: 134', async () => {
    const ended = await bench.run('Py', { extraConfig: { 'algorithm-location': '/LeanCLI/nowhere.dll', 'algorithm-language': 'CSharp' } });
    const run = await assertOutcome(bench, ended, 'failed', 'abort', /^Backtest failed: LEAN aborted: Could not find file/);
    assert.equal(run.outcome?.exitCode, 134);
  });
});
