import assert from 'node:assert/strict';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { silentLogger } from '../../src/base/logger';
import type { PlanMount } from '../../src/lean/plan';
import type { RunEvent } from '../../src/lean/events';
import { createClient } from '../../src/engine/docker/client';
import { mendOwnership } from '../../src/engine/docker/ownership';
import { startDaemon, type Daemon } from '../harness/dockerd';
import { dockerApi } from '../harness/dockerApi';
import { until } from '../harness/exec';
import { loadStandin, STANDIN_IMAGE } from '../harness/standin';
import { collect, containersOf, engineAt, failureOf, handMadePlan, linesOf, never, only, secrets, withFolder } from './dockerPlan';

const bind = (source: string, target: string, more: Partial<Extract<PlanMount, { type: 'bind' }>> = {}): PlanMount => ({ type: 'bind', source, target, readOnly: false, create: false, purpose: 'extra', ...more });

void describe('what goes wrong on a real engine', () => {
  let daemon: Daemon;
  before(async () => {
    daemon = await startDaemon();
    await loadStandin(daemon.dockerHost);
  });
  after(() => daemon.stop());

  const failureReason = async (plan: ReturnType<typeof handMadePlan>): Promise<string> => {
    const events = await collect(engineAt(daemon.dockerHost).launch(plan, secrets, never));
    assert.deepEqual(await containersOf(daemon.dockerHost, plan), []);
    return only(events, 'launch-failed').error.reason;
  };

  it('aborts at each step with nothing left behind', async () => {
    const steps: ((event: RunEvent) => boolean)[] = [(event) => event.type === 'phase' && event.phase === 'creating', (event) => event.type === 'created', (event) => event.type === 'phase' && event.phase === 'starting'];
    for (const [index, isStep] of steps.entries()) {
      await withFolder(async (folder) => {
        const stop = new AbortController();
        const plan = handMadePlan('sleep 30', { binds: [bind(join(folder, 'made', 'deep'), '/made', { create: true })] });
        const events = await collect(engineAt(daemon.dockerHost).launch(plan, secrets, stop.signal), (event) => {
          if (isStep(event)) stop.abort();
        });
        assert.equal(only(events, 'launch-failed').error.reason, 'cancelled', `step ${index}`);
        assert.equal(only(events, 'launch-failed').error.visible, false);
        assert.deepEqual(await containersOf(daemon.dockerHost, plan), []);
        assert.deepEqual(readdirSync(folder), []);
      });
    }
  });

  it('aborts before it began, and while secrets are asked for', async () => {
    const plan = handMadePlan('sleep 30');
    assert.equal(only(await collect(engineAt(daemon.dockerHost).launch(plan, secrets, AbortSignal.abort())), 'launch-failed').error.reason, 'cancelled');
    const stop = new AbortController();
    const asking = (): Promise<string> => {
      stop.abort();
      return Promise.resolve('x');
    };
    assert.equal(only(await collect(engineAt(daemon.dockerHost).launch(plan, asking, stop.signal)), 'launch-failed').error.reason, 'cancelled');
    assert.deepEqual(await containersOf(daemon.dockerHost, plan), []);
  });

  it('undoes a launch whose consumer walks away before the start', async () => {
    const plan = handMadePlan('sleep 30');
    for await (const event of engineAt(daemon.dockerHost).launch(plan, secrets, never)) if (event.type === 'created') break;
    assert.deepEqual(await containersOf(daemon.dockerHost, plan), []);
  });

  it('goes on with a run whose following was aborted after the start', async () => {
    const stop = new AbortController();
    const plan = handMadePlan('echo one; sleep 30');
    const events = await collect(engineAt(daemon.dockerHost).launch(plan, secrets, stop.signal), (event) => {
      if (event.type === 'lines') stop.abort();
    });
    assert.equal(events.at(-1)?.type, 'lines');
    const [id = ''] = await containersOf(daemon.dockerHost, plan);
    assert.equal((await engineAt(daemon.dockerHost).listContainers()).find((item) => item.id === id)?.running, true);
    await engineAt(daemon.dockerHost).remove(id);
    assert.deepEqual(await containersOf(daemon.dockerHost, plan), []);
  });

  it('names a port that is taken, by a container or by a program', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ports = [{ containerPort: 5678, protocol: 'tcp' as const, hostPort: port, hostIp: '127.0.0.1' as const }];
    const events = await collect(engineAt(daemon.dockerHost).launch(handMadePlan('true', { container: { ports } }), secrets, never));
    server.close();
    const { error } = only(events, 'launch-failed');
    assert.equal(error.reason, 'port-in-use');
    assert.match(error.message, new RegExp(`Port ${port} `));
    assert.equal(error.actionArgument, String(port));

    const holder = handMadePlan('echo up; sleep 30', { container: { ports } });
    await collect(engineAt(daemon.dockerHost).launch(holder, secrets, never), async (event) => {
      if (event.type !== 'lines') return;
      assert.equal(await failureReason(handMadePlan('true', { container: { ports } })), 'port-in-use');
      await engineAt(daemon.dockerHost).stop((await containersOf(daemon.dockerHost, holder))[0] ?? '', true);
    });
  });

  it('names a name that is taken, and leaves its owner alone', async () => {
    const holder = handMadePlan('echo up; sleep 30');
    await collect(engineAt(daemon.dockerHost).launch(holder, secrets, never), async (event) => {
      if (event.type !== 'lines') return;
      assert.equal(await failureReason(handMadePlan('true', { container: { name: holder.container.name } })), 'name-in-use');
      const [id = ''] = await containersOf(daemon.dockerHost, holder);
      assert.notEqual(id, '');
      await engineAt(daemon.dockerHost).stop(id, true);
    });
  });

  it('names a missing image, an image without bash, and a folder the engine does not see', async () => {
    assert.equal(await failureReason(handMadePlan('true', { image: 'lean-workbench/absent:1' })), 'image-missing');
    assert.equal(await failureReason(handMadePlan('true', { container: { entrypoint: ['no-such-bash', '-c', 'true'] } })), 'image-unsuitable');
    const events = await collect(engineAt(daemon.dockerHost).launch(handMadePlan('true', { binds: [bind('/no/such/folder', '/LeanCLI')] }), secrets, never));
    const { error } = only(events, 'launch-failed');
    assert.equal(error.reason, 'mount-not-visible');
    assert.equal(error.actionArgument, '/no/such/folder');
  });

  it('says which host path the start script does not see', async () => {
    const script = "echo '##[lean-workbench] not-visible /LeanCLI/main.py'; exit 92";
    const plan = { ...handMadePlan(''), files: [{ name: 'start.sh', content: { text: script } }] };
    const { error } = only(await collect(engineAt(daemon.dockerHost).launch(plan, secrets, never)), 'launch-failed');
    assert.equal(error.reason, 'mount-not-visible');
    assert.equal(error.actionArgument, '/nowhere/Project/main.py');
    const unsuitable = { ...handMadePlan(''), files: [{ name: 'start.sh', content: { text: 'echo This image has no dotnet.; exit 93' } }] };
    const failed = only(await collect(engineAt(daemon.dockerHost).launch(unsuitable, secrets, never)), 'launch-failed');
    assert.equal(failed.error.reason, 'image-unsuitable');
    assert.match(failed.error.message, /This image has no dotnet\./);
    // LEAN's own exits with the same number are the run's.
    const own = handMadePlan('exit 92');
    assert.equal(only(await collect(engineAt(daemon.dockerHost).launch(own, secrets, never)), 'exited').code, 92);
  });

  it('falls back to a private folder where standard input does not arrive, and removes it', async () => {
    const deaf = handMadePlan('');
    const boot = deaf.container.entrypoint[2] ?? '';
    const script = 'ls -ld /run/lean-workbench-files; cat config.json';
    const plan = handMadePlan(script, { container: { entrypoint: ['bash', '-c', `exec </dev/null\n${boot}`] } });
    await withFolder(async (folder) => {
      const engine = engineAt(daemon.dockerHost, { env: { XDG_RUNTIME_DIR: folder } });
      const events = await collect(engine.launch(plan, secrets, never), (event) => {
        // Markers come before the lines: the folder is read, and gone by the end of the run at the latest.
        if (event.type === 'started' && readdirSync(folder).length > 0) {
          const [name = ''] = readdirSync(folder);
          assert.equal(statSync(join(folder, name)).mode & 0o777, 0o700);
          for (const file of readdirSync(join(folder, name))) assert.equal(statSync(join(folder, name, file)).mode & 0o777, 0o600);
        }
      });
      assert.ok(linesOf(events).includes('  "api-key": "S3CR3T-4e1f"'), failureOf(events));
      assert.equal(only(events, 'exited').code, 0);
      assert.deepEqual(readdirSync(folder), []);
      assert.deepEqual(await containersOf(daemon.dockerHost, plan), []);
      // The next launch knows.
      const again = { ...plan, runId: `${plan.runId}-2`, container: { ...plan.container, name: `${plan.container.name}-2` } };
      assert.equal((await collect(engine.launch(again, secrets, never))).filter((event) => event.type === 'created').length, 1);
    });
  });

  it('delivers by folder when told to, and removes it when the start fails', async () => {
    await withFolder(async (folder) => {
      const engine = engineAt(daemon.dockerHost, { env: { XDG_RUNTIME_DIR: folder }, configDelivery: () => 'file' });
      const events = await collect(engine.launch(handMadePlan('cat config.json'), secrets, never));
      assert.equal(linesOf(events).length, 3, failureOf(events));
      const failed = await collect(engine.launch(handMadePlan('true', { image: 'lean-workbench/absent:1' }), secrets, never));
      assert.equal(only(failed, 'launch-failed').error.reason, 'image-missing');
      assert.deepEqual(readdirSync(folder), []);
    });
  });

  it('gives back what the run left to root, directly or through a container, and nothing older', async () => {
    for (const self of [0, 1000]) {
      await withFolder(async (folder) => {
        chmodSync(folder, 0o755);
        const [results, project] = [join(folder, 'results'), join(folder, 'project')];
        for (const path of [results, project]) mkdirSync(path);
        writeFileSync(join(project, 'old.txt'), '');
        // File times lag behind the clock, on a busy machine by more than a tick: the file system's own time is what counts.
        const since = await until('a later file time', () => {
          writeFileSync(join(folder, 'probe'), '');
          const now = lstatSync(join(folder, 'probe')).birthtimeMs;
          rmSync(join(folder, 'probe'));
          return now > lstatSync(join(project, 'old.txt')).birthtimeMs ? now : undefined;
        }, 5000, 5);
        const plan = handMadePlan('', {
          user: { mode: 'host', uid: 1000, gid: 1001 },
          binds: [bind(results, '/Results', { purpose: 'results' }), bind(project, '/LeanCLI', { purpose: 'project' })],
        });
        mkdirSync(join(results, 'a b'), { recursive: true });
        writeFileSync(join(results, 'a b', "it's.json"), '{}');
        writeFileSync(join(project, 'new.txt'), '');
        await mendOwnership(plan, createClient({ address: daemon.dockerHost, connection: { kind: 'socket', path: daemon.dockerHost.slice(7) }, foundBy: 'test', explicit: true }), since, silentLogger, self);
        const owner = (path: string): string => `${lstatSync(path).uid}:${lstatSync(path).gid}`;
        assert.equal(owner(join(results, 'a b', "it's.json")), '1000:1001');
        assert.equal(owner(join(results, 'a b')), '1000:1001');
        assert.equal(owner(join(project, 'new.txt')), '1000:1001');
        assert.equal(owner(join(project, 'old.txt')), '0:0');
      });
    }
    const helpers = await dockerApi(daemon.dockerHost, 'GET', `/containers/json?all=1&filters=${encodeURIComponent('{"label":["lean.workbench.helper"]}')}`);
    assert.equal(helpers.body.trim(), '[]');
  });

  it('makes folders that are wanted, for the person, and keeps them after a run', async () => {
    await withFolder(async (folder) => {
      const plan = handMadePlan('echo data > /Results/file', { user: { mode: 'host', uid: 1234, gid: 1234 }, binds: [bind(join(folder, 'out', 'results'), '/Results', { create: true, purpose: 'results' })] });
      const events = await collect(engineAt(daemon.dockerHost).launch(plan, secrets, never));
      assert.equal(only(events, 'exited').code, 0);
      assert.equal(statSync(join(folder, 'out')).uid, 1234);
      assert.equal(statSync(join(folder, 'out', 'results', 'file')).uid, 1234);
      writeFileSync(join(folder, 'blocker'), '');
      const blocked = handMadePlan('true', { binds: [bind(join(folder, 'blocker', 'x'), '/Results', { create: true, purpose: 'results' })] });
      assert.equal(await failureReason(blocked), 'folder-read-only');
      assert.ok(existsSync(join(folder, 'blocker')));
    });
  });

  it("joins the plan's network while somebody else is on it, and makes none", async () => {
    const network = `lwt_${Date.now()}`;
    const engine = engineAt(daemon.dockerHost);
    const networkOf = async (): Promise<readonly string[]> => {
      const plan = handMadePlan('read -t 2 _ < <(sleep 3); echo ok', { container: { network } });
      let joined: readonly string[] = [];
      for await (const event of engine.launch(plan, secrets, never)) {
        assert.notEqual(event.type, 'launch-failed');
        if (event.type === 'started') {
          const inspected = JSON.parse((await dockerApi(daemon.dockerHost, 'GET', `/containers/${plan.container.name}/json`)).body) as { NetworkSettings: { Networks: Record<string, unknown> } };
          joined = Object.keys(inspected.NetworkSettings.Networks);
        }
      }
      return joined;
    };
    const networks = async (): Promise<string> => (await dockerApi(daemon.dockerHost, 'GET', '/networks')).body;
    assert.deepEqual(await networkOf(), ['bridge']);
    assert.ok(!(await networks()).includes(network));
    assert.equal((await dockerApi(daemon.dockerHost, 'POST', '/networks/create', { Name: network, Driver: 'bridge' })).status, 201);
    assert.deepEqual(await networkOf(), ['bridge'], 'nobody is on it');
    const other = { Image: STANDIN_IMAGE, Entrypoint: ['sleep', '60'], HostConfig: { NetworkMode: network } };
    assert.equal((await dockerApi(daemon.dockerHost, 'POST', `/containers/create?name=redis_${network}`, other)).status, 201);
    assert.equal((await dockerApi(daemon.dockerHost, 'POST', `/containers/redis_${network}/start`)).status, 204);
    assert.deepEqual(await networkOf(), [network]);
    await dockerApi(daemon.dockerHost, 'DELETE', `/containers/redis_${network}?force=1`);
    assert.equal((await dockerApi(daemon.dockerHost, 'DELETE', `/networks/${network}`)).status, 204);
  });
});
