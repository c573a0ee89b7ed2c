import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { RunEvent } from '../../src/lean/events';
import { startDaemon, type Daemon } from '../harness/dockerd';
import { socketOf } from '../harness/dockerApi';
import { loadStandin } from '../harness/standin';
import { collect, containersOf, engineAt, failureOf, handMadePlan, linesOf, never, only, secrets, withFolder } from './dockerPlan';

/** A socket before the daemon's whose connections can be cut, and which can be closed for a while. */
class Proxy {
  readonly #sockets = new Set<Socket>();
  readonly #target: string;
  readonly path: string;
  #server: Server | undefined;

  constructor(path: string, target: string) {
    this.path = path;
    this.#target = target;
  }

  open(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ path: this.#target, allowHalfOpen: true });
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far);
      far.pipe(near);
    });
    this.#server = server;
    return new Promise((resolve) => server.listen(this.path, resolve));
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#server === undefined) resolve();
      else this.#server.close(() => resolve());
    });
    this.cut();
    return closed;
  }
}

void describe('following on a real engine', () => {
  let daemon: Daemon;
  before(async () => {
    daemon = await startDaemon();
    await loadStandin(daemon.dockerHost);
  });
  after(() => daemon.stop());

  const counting = 'for i in $(seq 400); do echo "line $i"; sleep 0.005; done';
  const expected = Array.from({ length: 400 }, (_, index) => `line ${index + 1}`);

  it('adopts a running container from an offset: every line once', async () => {
    const plan = handMadePlan(counting);
    const stop = new AbortController();
    const first = await collect(engineAt(daemon.dockerHost).launch(plan, secrets, stop.signal), (event) => {
      if (event.type === 'lines' && event.lines.some((line) => line === 'line 50')) stop.abort();
    });
    const [id = ''] = await containersOf(daemon.dockerHost, plan);
    const last = first.filter((event): event is Extract<RunEvent, { type: 'lines' }> => event.type === 'lines').at(-1);
    const second = await collect(engineAt(daemon.dockerHost).adopt(id, plan, last?.offset ?? 0, never));
    assert.deepEqual([...linesOf(first), ...linesOf(second)], expected);
    assert.equal(only(second, 'exited').code, 0);
    assert.deepEqual(await containersOf(daemon.dockerHost, plan), []);
  });

  it('adopts a container that has ended meanwhile, from its start and from beyond its end', async () => {
    for (const offset of [0, 1_000_000]) {
      const plan = handMadePlan('echo one; echo two; sleep 0.3; exit 5');
      const stop = new AbortController();
      await collect(engineAt(daemon.dockerHost).launch(plan, secrets, stop.signal), (event) => {
        if (event.type === 'started') stop.abort();
      });
      const [id = ''] = await containersOf(daemon.dockerHost, plan);
      await new Promise((resolve) => setTimeout(resolve, 800));
      const events = await collect(engineAt(daemon.dockerHost).adopt(id, plan, offset, never));
      assert.deepEqual(linesOf(events), offset === 0 ? ['one', 'two'] : []);
      assert.equal(only(events, 'exited').code, 5);
      assert.deepEqual(await containersOf(daemon.dockerHost, plan), []);
    }
  });

  it('calls a container lost that somebody removed', async () => {
    const plan = handMadePlan('echo up; sleep 30');
    const events = await collect(engineAt(daemon.dockerHost).launch(plan, secrets, never), async (event) => {
      if (event.type === 'lines') await engineAt(daemon.dockerHost).remove((await containersOf(daemon.dockerHost, plan))[0] ?? '');
    });
    assert.match(only(events, 'lost').message, /removed/);
    assert.match(only(await collect(engineAt(daemon.dockerHost).adopt('0123456789ab', plan, 0, never)), 'lost').message, /removed/);
  });

  it('reads on when its connections break, also for a while: every line once', async () => {
    await withFolder(async (folder) => {
      const proxy = new Proxy(join(folder, 'docker.sock'), socketOf(daemon.dockerHost));
      await proxy.open();
      try {
        const plan = handMadePlan(counting);
        const cuts = new Set(['line 30', 'line 31', 'line 200']);
        const events = await collect(engineAt(`unix://${proxy.path}`).launch(plan, secrets, never), (event) => {
          if (event.type !== 'lines') return;
          if (event.lines.includes('line 120')) void proxy.close().then(() => setTimeout(() => void proxy.open(), 700));
          else if (event.lines.some((line) => cuts.has(line))) proxy.cut();
        });
        assert.deepEqual(linesOf(events), expected, failureOf(events));
        assert.equal(only(events, 'exited').code, 0);
        assert.deepEqual(await containersOf(daemon.dockerHost, plan), []);
      } finally {
        await proxy.close();
      }
    });
  });

  it('calls a run lost when the engine does not come back', async () => {
    await withFolder(async (folder) => {
      const proxy = new Proxy(join(folder, 'docker.sock'), socketOf(daemon.dockerHost));
      await proxy.open();
      const plan = handMadePlan('echo up; sleep 30');
      const began = Date.now();
      const events = await collect(engineAt(`unix://${proxy.path}`, { patience: 1_000 }).launch(plan, secrets, never), (event) => {
        if (event.type === 'lines') void proxy.close();
      });
      assert.match(only(events, 'lost').message, /did not come back/);
      assert.ok(Date.now() - began < 10_000);
      await engineAt(daemon.dockerHost).remove((await containersOf(daemon.dockerHost, plan))[0] ?? '');
    });
  });

  it('says that the engine is gone when it goes before the start', async () => {
    await withFolder(async (folder) => {
      const proxy = new Proxy(join(folder, 'docker.sock'), socketOf(daemon.dockerHost));
      await proxy.open();
      const engine = engineAt(`unix://${proxy.path}`);
      await engine.info();
      await proxy.close();
      const events = await collect(engine.launch(handMadePlan('true'), secrets, never));
      const { error } = only(events, 'launch-failed');
      assert.equal(error.reason, 'engine-not-running');
      assert.equal(error.action, 'start-docker');
      // It looks again by itself once the engine is back.
      await proxy.open();
      assert.deepEqual(linesOf(await collect(engine.launch(handMadePlan('echo back'), secrets, never))), ['back']);
      await proxy.close();
    });
  });
});
