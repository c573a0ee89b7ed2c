import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { WorkbenchError, type ErrorReason } from '../../src/base/errors';
import { startDaemon, startOwnDaemon, type Daemon, type OwnDaemon } from '../harness/dockerd';
import { mustExec } from '../harness/exec';
import { loadStandin } from '../harness/standin';
import type { TestWorkbench } from '../harness/workbench';
import { assertOutcome, consoleOf, imageVariant, LEAN_JSON, Place, removeImage } from './runsWorkspace';

/** What a promise is rejected with. */
async function errorOf(promise: Promise<unknown>): Promise<WorkbenchError> {
  const error: unknown = await promise.then(() => assert.fail('it did not fail'), (thrown: unknown) => thrown);
  assert.ok(error instanceof WorkbenchError, String(error));
  return error;
}

describe('backtests that cannot start', () => {
  let daemon: Daemon;
  let place: Place;
  let bench: TestWorkbench;
  before(async () => {
    daemon = await startDaemon();
    await loadStandin(daemon.dockerHost);
    place = new Place(daemon.dockerHost);
    place.python('Py');
    place.csharp('Cs');
    bench = place.bench();
  });
  after(async () => {
    place.remove();
    await daemon.stop();
  });
  afterEach(async () => {
    await place.assertClean();
    assert.deepEqual(bench.warnings, []);
  });

  /** A launch that fails: why, and that nothing of it is left. */
  const failed = async (name: string, reason: ErrorReason, request: Parameters<TestWorkbench['run']>[1] = {}): Promise<WorkbenchError> => {
    const before = place.names();
    const { failure, plan, run } = await bench.run(name, request);
    assert.equal(failure?.error.reason, reason, failure?.error.message ?? run.outcome?.message);
    assert.equal(run.state, 'failed');
    assert.deepEqual(place.names(), before, 'nothing is left');
    assert.equal(bench.store.get(plan.runId), undefined, 'and no run');
    await place.assertClean();
    return failure.error;
  };

  it('an image that is not there names itself, and how to get it; offline, the pull says so', async () => {
    const error = await failed('Py', 'image-missing', { image: 'lean-workbench/absent:1' });
    assert.deepEqual([error.action, error.actionArgument], ['pull-image', 'lean-workbench/absent:1']);
    const offline = await errorOf(bench.engine.pullImage('registry.invalid/lean:1', () => undefined, new AbortController().signal));
    assert.equal(offline.reason, 'image-offline', offline.message);
  });

  it('an image without bash, without dotnet, without LEAN', async () => {
    const images = await Promise.all([
      imageVariant(daemon.dockerHost, 'no-bash', 'rm /usr/bin/bash'),
      imageVariant(daemon.dockerHost, 'no-dotnet', 'rm /usr/local/bin/dotnet'),
      imageVariant(daemon.dockerHost, 'no-lean', 'rm /Lean/Launcher/bin/Debug/QuantConnect.Lean.Launcher.dll'),
    ]);
    const said = [/: it has no bash\./, /no dotnet/, /no LEAN engine in \/Lean\/Launcher\/bin\/Debug/];
    try {
      for (const [index, image] of images.entries()) {
        for (const name of ['Py', 'Cs']) {
          const error = await failed(name, 'image-unsuitable', { image });
          assert.match(error.message, said[index] ?? assert.fail());
          assert.ok(error.message.includes(image));
          assert.deepEqual([error.action, error.actionArgument], ['choose-image', image]);
        }
      }
    } finally {
      for (const image of images) await removeImage(daemon.dockerHost, image);
    }
  });

  it('a missing data folder, before any container', async () => {
    place.write('lean.json', LEAN_JSON.replace('"data"', '"nowhere/data"'));
    const names = place.names();
    try {
      for (const name of ['Py', 'Cs']) {
        const error = await errorOf(bench.run(name));
        assert.equal(error.reason, 'data-folder-missing');
        assert.ok(error.message.includes(join(place.folder, 'nowhere/data')));
        assert.deepEqual([error.action, error.actionArgument], ['open-file', join(place.folder, 'lean.json')]);
        assert.deepEqual(place.names(), names);
      }
    } finally {
      place.write('lean.json', LEAN_JSON);
    }
  });

  it('files of the person that are wrong: named with their line, and left as they are', async () => {
    const bad: readonly (readonly [file: string, text: string, reason: ErrorReason, line: number | undefined])[] = [
      ['lean.json', '', 'file-empty', undefined],
      ['lean.json', '{\n  "data-folder": \n}\n', 'file-invalid', 3],
      ['lean.json', '{\n\n  "data-folder": 7\n}\n', 'file-invalid', 3],
      ['lean.json', '[]', 'file-invalid', 1],
      ['Py/config.json', '', 'file-empty', undefined],
      ['Py/config.json', '{\n  "parameters": {"a": }\n}\n', 'file-invalid', 2],
      ['Py/config.json', '{\n  "parameters": [1]\n}\n', 'file-invalid', 2],
    ];
    place.python('Py');
    const project = await bench.project('Py');
    for (const [file, text, reason, line] of bad) {
      const path = place.write(file, text);
      const names = place.names();
      const error = await errorOf(bench.plan(project));
      assert.deepEqual([error.reason, error.location?.file], [reason, path], `${file}: ${text}: ${error.message}`);
      if (line !== undefined) assert.equal(error.location?.line, line, `${file}: ${text}: ${error.message}`);
      assert.deepEqual(place.names(), names);
      place.write('lean.json', LEAN_JSON);
      place.python('Py');
    }
    rmSync(join(place.folder, 'lean.json'));
    assert.equal((await errorOf(bench.plan(project))).reason, 'file-missing');
    place.write('lean.json', LEAN_JSON);
  });

  it('a read-only project folder is named; nothing is left', async () => {
    place.python('Locked');
    const folder = join(place.folder, 'Locked');
    await mustExec('mount', ['--bind', folder, folder]);
    try {
      await mustExec('mount', ['-o', 'remount,bind,ro', folder]);
      const error = await failed('Locked', 'folder-read-only');
      assert.match(error.message, new RegExp(`^Cannot write to ${folder}(/backtests)?: it is on a read-only file system\\.$`));
    } finally {
      await mustExec('umount', [folder]);
    }
  });

  it('an output folder outside of the workspace, one that holds something, a file in its place', async () => {
    assert.equal((await errorOf(bench.run('Py', { output: join(place.root, 'elsewhere') }))).reason, 'bad-request');
    assert.equal((await errorOf(bench.run('Py', { output: '../elsewhere' }))).reason, 'bad-request');
    assert.ok(!existsSync(join(place.root, 'elsewhere')));
    place.write('results/mine.txt', 'mine');
    assert.match((await failed('Py', 'name-in-use', { output: 'results' })).message, /already holds something/);
    place.write('blocked', 'a file');
    assert.match((await failed('Py', 'name-in-use', { output: 'blocked/run' })).message, /A file stands where/);
  });

  it('a cancelled launch leaves nothing, at whatever moment it is cancelled', async () => {
    const project = await bench.project('Py');
    const names = place.names();
    for (const ms of [0, 5, 20, 60]) {
      const plan = await bench.plan(project, { parameters: { 'standin-fault': 'hang' } });
      const handle = await bench.start(plan);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await bench.runner.stop(plan.runId, true);
      const { run } = await bench.end(handle, plan);
      assert.equal(run.state, 'stopped', run.outcome?.message);
      await place.assertClean();
      if (run.startedAt === undefined) assert.deepEqual(place.names(), names, `after ${ms} ms`);
      rmSync(join(project.folder, 'backtests'), { recursive: true, force: true });
    }
  });
});

describe('an engine that goes away', () => {
  let daemon: OwnDaemon;
  let place: Place;
  const endless = { parameters: { 'standin-fault': 'ignore-sigint' } };
  before(async () => {
    daemon = await startOwnDaemon();
    await loadStandin(daemon.dockerHost);
    place = new Place(daemon.dockerHost);
    place.python('Py');
  });
  after(async () => {
    place.remove();
    await daemon.stop();
  });

  it('and comes back: the run is followed on, no line is lost or told twice', async () => {
    const bench = place.bench({ patience: 60_000 });
    const ended = await bench.run('Py', endless, async (_run, plan) => {
      const bars = (count: number): Promise<unknown> => bench.until(plan, `bar ${count}`, (run) => run.lastLines.some((line) => line.includes(`bar ${count},`)));
      await bars(5);
      await daemon.kill();
      await daemon.restart();
      const seen = Number(/bar (\d+),/.exec(bench.store.get(plan.runId)?.lastLines.at(-1) ?? '')?.[1] ?? '0');
      await bars(seen + 10);
      assert.equal(bench.store.get(plan.runId)?.state, 'running');
      await bench.runner.stop(plan.runId, true);
    });
    await assertOutcome(bench, ended, 'stopped', 'killed', 'Backtest was killed before LEAN had written its results.');
    const numbers = [...consoleOf(ended).matchAll(/ bar (\d+), still here$/gm)].map((match) => Number(match[1]));
    assert.ok(numbers.length >= 15, numbers.join());
    assert.ok(numbers.every((number, index) => number === index + 1), numbers.join());
    await place.assertClean();
  });

  it('and does not come back in time: the run is lost, and says why; taken up again once the engine is back', async () => {
    const bench = place.bench({ patience: 1500 });
    const lost = await bench.run('Py', endless, async (_run, plan) => {
      await bench.until(plan, 'simulating', (run) => run.lastLines.some((line) => line.includes('bar 3,')));
      await daemon.kill();
    });
    await assertOutcome(bench, lost, 'lost', 'container-lost', /^The engine went away while the run went on, and did not come back: /);
    await daemon.restart();
    // As the next session would.
    const next = place.bench();
    const [handle] = await next.runner.adopt([place.folder]);
    assert.equal(handle?.id, lost.plan.runId);
    await next.until(lost.plan, 'new lines', (run) => run.lastLines.some((line) => line.includes('bar 30,')));
    assert.equal(next.store.get(handle.id)?.state, 'running', 'it was not lost after all');
    await next.runner.stop(handle.id, true);
    const ended = await next.end(handle, lost.plan);
    await assertOutcome(next, ended, 'stopped', 'killed', /^Backtest was killed/);
    const numbers = [...consoleOf(ended).matchAll(/ bar (\d+), still here$/gm)].map((match) => Number(match[1]));
    assert.ok(numbers.every((number, index) => number === index + 1), numbers.join());
    await place.assertClean();
  });

  it('before the start: told as not running, nothing is left', async () => {
    const bench = place.bench();
    const project = await bench.project('Py');
    const plan = await bench.plan(project);
    writeFileSync(join(place.folder, 'Py', 'note.txt'), '');
    mkdirSync(join(place.folder, 'Py', 'backtests'), { recursive: true });
    await daemon.kill();
    const names = place.names();
    try {
      const { failure } = await bench.end(await bench.start(plan), plan);
      assert.equal(failure?.error.reason, 'engine-not-running', failure?.error.message);
      assert.equal(failure.error.action, 'start-docker');
      assert.deepEqual(place.names(), names);
      bench.engine.forget();
      assert.equal((await errorOf(bench.plan(project))).reason, 'engine-not-running');
    } finally {
      await daemon.restart();
    }
  });
});
