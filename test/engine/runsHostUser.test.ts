import assert from 'node:assert/strict';
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { silentLogger } from '../../src/base/logger';
import { DockerEngine } from '../../src/engine/dockerEngine';
import { becomePerson, relayFor } from '../harness/asPerson';
import { startDaemon, type Daemon } from '../harness/dockerd';
import { loadStandin } from '../harness/standin';
import type { TestWorkbench } from '../harness/workbench';
import { assertOutcome, CSHARP, imageVariant, Place, removeImage, resultOf } from './runsWorkspace';

const PERSON = 1000;

describe('backtests of an ordinary person', () => {
  let daemon: Daemon;
  let place: Place;
  let bench: TestWorkbench;
  let bare: string;
  const warnings: string[] = [];
  before(async () => {
    daemon = await startDaemon();
    await loadStandin(daemon.dockerHost);
    bare = await imageVariant(daemon.dockerHost, 'no-setpriv', 'rm /usr/bin/setpriv');
    const relay = await relayFor(daemon.dockerHost, PERSON);
    const note = (message: string): void => void warnings.push(message);
    const engine = new DockerEngine({ host: () => relay, logger: { ...silentLogger, warn: note, error: note } });
    await engine.info();
    becomePerson(relay, PERSON);
    place = new Place(relay);
    bench = place.bench({ engine });
  });
  after(async () => {
    await removeImage(place.dockerHost, bare);
    place.remove();
    await daemon.stop();
  });
  afterEach(() => place.assertClean());

  const assertOwned = (): void => {
    const names = place.names();
    assert.ok(names.length > 10);
    const others = names.filter((name) => {
      const { uid, gid } = lstatSync(join(place.folder, name));
      return uid !== PERSON || gid !== PERSON;
    });
    assert.deepEqual(others, []);
    assert.deepEqual(names.filter((name) => name.includes('__pycache__') || /(^|\/)(bin|obj)(\/|$)/.test(name)), []);
  };

  it('own every file that Python and C# runs write, packages and insights included', async () => {
    place.python('Py');
    place.write('Py/helpers/tool.py', 'x = 1\n');
    place.write('Py/requirements.txt', `scikit-learn==1.4.${Date.now() % 1000}\n`);
    place.csharp('Cs', { 'standin-recording': 'fw-basic-csharp' });
    for (const name of ['Py', 'Cs', 'Py', 'Cs']) {
      const ended = await bench.run(name);
      await assertOutcome(bench, ended, 'completed', 'success', 'Backtest completed.');
      assert.deepEqual(ended.plan.user, { mode: 'host', uid: PERSON, gid: PERSON });
      assert.equal(resultOf(ended).state['Status'], 'Completed');
    }
    assertOwned();
    assert.ok(place.names('storage').length > 0, 'the object store was written');
    assert.deepEqual([...bench.warnings, ...warnings], []);
  });

  it('run LEAN as themselves, with a home that is theirs', async () => {
    place.python('Who', { 'standin-fault': 'hang' });
    const ended = await bench.run('Who', {}, async (_run, plan) => {
      const run = await bench.until(plan, 'its first line', (now) => now.standIn === true);
      const id = run.container?.id ?? '';
      assert.match(await place.exec(id, ['cat', '/proc/1/status']), /^Uid:\t1000\t1000\t1000\t1000$/m);
      assert.match(await place.exec(id, ['cat', '/proc/1/status']), /^Gid:\t1000\t1000\t1000\t1000$/m);
      assert.match(await place.exec(id, ['cat', '/proc/1/status']), /^Groups:\t*\s*$/m);
      assert.match((await place.exec(id, ['cat', '/proc/1/environ'], '1000:1000')).split('\0').join('\n'), /^HOME=\/home\/lean-workbench$/m);
      assert.equal((await place.exec(id, ['stat', '-c', '%u:%g', '/home/lean-workbench'])).trim(), '1000:1000');
      await bench.runner.stop(plan.runId);
    });
    assert.equal(ended.run.state, 'stopped');
    assertOwned();
  });

  it('own what failed and stopped runs leave too', async () => {
    place.python('Syntax', {}, 'def broken(:\n');
    assert.equal((await bench.run('Syntax')).run.outcome?.kind, 'syntax-error');
    place.csharp('Broken', {}, CSHARP.replace('Initialize() { }', 'Initialize() { } // standin-build-error: foo'));
    assert.equal((await bench.run('Broken')).run.outcome?.kind, 'build-error');
    place.python('Throws', { 'standin-fault': 'runtime-error' });
    assert.equal((await bench.run('Throws')).run.outcome?.kind, 'runtime-error');
    place.python('Stubborn', { 'standin-fault': 'ignore-sigint' });
    const killed = await bench.run('Stubborn', {}, async (_run, plan) => {
      await bench.until(plan, 'simulating', (run) => run.phase === 'running');
      await bench.runner.stop(plan.runId, true);
    });
    assert.equal(killed.run.outcome?.kind, 'killed');
    assertOwned();
  });

  it('get back what an image without setpriv wrote as root', async () => {
    for (const name of ['Py', 'Cs']) {
      await assertOutcome(bench, await bench.run(name, { image: bare }), 'completed', 'success', 'Backtest completed.');
      assertOwned();
    }
    assert.deepEqual([...bench.warnings, ...warnings], []);
  });

  it('are told which folder they may not write to; nothing is left', async () => {
    place.python('Locked');
    chmodSync(join(place.folder, 'Locked'), 0o555);
    try {
      const { failure, plan } = await bench.run('Locked');
      assert.equal(failure?.error.reason, 'folder-read-only');
      assert.match(failure.error.message, new RegExp(`^Cannot write to ${join(place.folder, 'Locked')}(/backtests)?: it is read-only`));
      assert.equal(bench.store.get(plan.runId), undefined);
      assert.deepEqual(place.names('Locked'), ['config.json', 'main.py']);
    } finally {
      chmodSync(join(place.folder, 'Locked'), 0o755);
    }
    rmSync(join(place.folder, 'storage'), { recursive: true });
    chmodSync(place.folder, 0o555);
    try {
      const { failure } = await bench.run('Locked');
      assert.equal(failure?.error.reason, 'folder-read-only');
      assert.ok(failure.error.message.includes(join(place.folder, 'storage')), failure.error.message);
      assert.deepEqual(place.names('Locked'), ['config.json', 'main.py']);
    } finally {
      chmodSync(place.folder, 0o755);
    }
  });
});
