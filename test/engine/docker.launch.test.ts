import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { RunEvent } from '../../src/lean/events';
import { startDaemon, type Daemon } from '../harness/dockerd';
import { dockerApi } from '../harness/dockerApi';
import { loadStandin, STANDIN_IMAGE } from '../harness/standin';
import { collect, containersOf, engineAt, handMadePlan, linesOf, never, only, SECRET, secrets } from './dockerPlan';

void describe('a launch on a real engine', () => {
  let daemon: Daemon;
  before(async () => {
    daemon = await startDaemon();
    await loadStandin(daemon.dockerHost);
  });
  after(() => daemon.stop());

  it('tells what the engine is, and what the image is', async () => {
    const engine = engineAt(daemon.dockerHost);
    const info = await engine.info();
    assert.match(info.product, /^Docker \d+\.\d+$/);
    assert.equal(info.endpoint, daemon.dockerHost);
    assert.equal(info.foundBy, 'setting lean.docker.host');
    assert.ok(info.cpus > 0 && info.memoryBytes > 0);
    const image = await engine.inspectImage(STANDIN_IMAGE);
    assert.equal(image?.leanVersion, '17000');
    assert.equal(image.targetFramework, 'net10.0');
    assert.deepEqual(image.repoDigests, []);
    assert.ok(image.createdAt > Date.parse('2020-01-01') && image.sizeBytes > 1000);
    const listed = (await engine.listImages()).find(({ name }) => name === STANDIN_IMAGE);
    assert.ok(listed !== undefined, 'it is among the images to choose from');
    assert.equal(listed.id, image.id);
    assert.equal(Math.floor(listed.createdAt / 1000), Math.floor(image.createdAt / 1000));
    assert.equal(await engine.inspectImage('lean-workbench/nothing:here'), undefined);
    assert.equal(await engine.checkImageUpdate(STANDIN_IMAGE), 'local-only');
  });

  it('delivers files and secrets, yields its events in order, and leaves no container', async () => {
    const plan = handMadePlan('echo "$GREETING $(cat config.json)"; echo complaint >&2; printf unfinished; exit 3');
    const events = await collect(engineAt(daemon.dockerHost).launch(plan, secrets, never));
    assert.deepEqual(
      events.map((event) => (event.type === 'phase' ? event.phase : event.type)).filter((name, index, all) => name !== all[index - 1]),
      ['creating', 'created', 'starting', 'started', 'loading', 'lines', 'exited'],
    );
    assert.deepEqual(linesOf(events), ['hello {', `  "api-key": "${SECRET}"`, '}', 'complaint', 'unfinished']);
    assert.deepEqual({ ...only(events, 'exited'), at: 0 }, { type: 'exited', code: 3, outOfMemory: false, at: 0 });
    assert.deepEqual(await containersOf(daemon.dockerHost, plan), []);
  });

  it('shows no secret in inspect or in the image of the container', async () => {
    const plan = handMadePlan('echo ready; while [ ! -e /tmp/go ]; do sleep 0.05; done', {});
    const seen: string[] = [];
    const engine = engineAt(daemon.dockerHost);
    const events = await collect(engine.launch(plan, secrets, never), async (event) => {
      if (event.type !== 'lines') return;
      const [id = ''] = await containersOf(daemon.dockerHost, plan);
      for (const path of [`/containers/${id}/json`, `/containers/${id}/changes`, `/containers/${id}/top`]) seen.push((await dockerApi(daemon.dockerHost, 'GET', path)).body);
      await engine.stop(id, true);
    });
    assert.equal(only(events, 'exited').code, 137);
    assert.equal(seen.length, 3);
    assert.match(seen[0] ?? '', /"GREETING=hello"/);
    assert.ok(seen.every((text) => !text.includes(SECRET)));
  });

  it('delivers large files byte for byte', async () => {
    const text = `${'ü€𝄞 '.repeat(150_000)}\n`;
    const start = handMadePlan('sha256sum < big.txt').files[1];
    assert.ok(start !== undefined);
    const plan = handMadePlan('', { files: [{ name: 'big.txt', content: { text } }, start] });
    const events = await collect(engineAt(daemon.dockerHost).launch(plan, secrets, never));
    assert.deepEqual(linesOf(events), [`${createHash('sha256').update(text).digest('hex')}  -`]);
  });

  it('keeps the lines of a container that dies at once, every time', async () => {
    const engine = engineAt(daemon.dockerHost);
    for (let round = 0; round < 12; round++) {
      const plan = handMadePlan(`echo first ${round}; echo last ${round} >&2; exit 7`);
      const events = await collect(engine.launch(plan, secrets, never));
      assert.deepEqual(linesOf(events), [`first ${round}`, `last ${round}`]);
      assert.equal(only(events, 'exited').code, 7);
    }
  });

  it('tells 200,000 lines, each once and in order', async () => {
    const plan = handMadePlan('seq -f "line %.0f of the log, which is about as long as a line of LEAN usually is" 1 200000');
    let next = 1;
    let bytes = 0;
    const events = await collect(engineAt(daemon.dockerHost).launch(plan, secrets, never), (event) => {
      if (event.type !== 'lines') return;
      for (const line of event.lines) {
        if (!line.startsWith(`line ${next} `)) assert.fail(`expected line ${next}, got ${line}`);
        next++;
        bytes += line.length + 1;
      }
    });
    assert.equal(next, 200_001);
    assert.equal(only(events, 'exited').code, 0);
    const last = events.filter((event): event is Extract<RunEvent, { type: 'lines' }> => event.type === 'lines').at(-1);
    const markers = '##[lean-workbench] delivery-read\n##[lean-workbench] phase loading\n'.length;
    assert.equal(last?.offset, bytes + markers);
  });

  it('survives odd bytes: a line of 1 MB, invalid UTF-8, carriage returns, blank lines', async () => {
    const plan = handMadePlan(String.raw`head -c 1048576 /dev/zero | tr '\0' x; echo; printf 'bad \377\376 bytes\r\n\r\n10%%\r20%%\r30%%\nünï\303'; sleep 0.2; printf '\274\n'`);
    const lines = linesOf(await collect(engineAt(daemon.dockerHost).launch(plan, secrets, never)));
    assert.equal(lines[0]?.length, 1_048_576);
    assert.deepEqual(lines.slice(1), ['bad �� bytes', '', '10%', '20%', '30%', 'ünïü']);
  });

  it('stops gracefully, and by force what does not listen', async () => {
    const engine = engineAt(daemon.dockerHost);
    const graceful = handMadePlan("trap 'echo stopping; exit 0' INT; echo ready; while :; do sleep 0.05; done");
    const events = await collect(engine.launch(graceful, secrets, never), async (event) => {
      if (event.type === 'lines' && event.lines.includes('ready')) await engine.stop((await containersOf(daemon.dockerHost, graceful))[0] ?? '', false);
    });
    assert.deepEqual(linesOf(events), ['ready', 'stopping']);
    assert.equal(only(events, 'exited').code, 0);

    const deaf = handMadePlan("trap '' INT; echo ready; while :; do sleep 0.05; done");
    const forced = await collect(engine.launch(deaf, secrets, never), async (event) => {
      if (event.type !== 'lines') return;
      const [id = ''] = await containersOf(daemon.dockerHost, deaf);
      await engine.stop(id, false);
      await engine.stop(id, true);
    });
    const exited = only(forced, 'exited');
    assert.equal(exited.code, 137);
    assert.equal(exited.endedByUs, undefined);
    assert.equal(exited.outOfMemory, false);
    await engine.stop('0123456789ab', true);
    await engine.remove('0123456789ab');
  });

  it('tells out of memory', async () => {
    const plan = handMadePlan("echo filling; x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}", { container: { limits: { memoryBytes: 48 * 1024 * 1024 } } });
    // The shell itself must be the one that is killed.
    const events = await collect(engineAt(daemon.dockerHost).launch(plan, secrets, never));
    const exited = only(events, 'exited');
    assert.equal(exited.outOfMemory, true);
    assert.equal(exited.code, 137);
    assert.deepEqual(linesOf(events), ['filling']);
  });

  it('ends the process itself once the end marker stands in the log', async () => {
    const plan = handMadePlan("echo before; echo 'TRACE:: PythonInitializer.Shutdown(): start'; sleep 30; echo never", { endMarker: 'PythonInitializer.Shutdown(): start' });
    const began = Date.now();
    const events = await collect(engineAt(daemon.dockerHost).launch(plan, secrets, never));
    assert.ok(Date.now() - began < 10_000);
    assert.deepEqual(linesOf(events), ['before', 'TRACE:: PythonInitializer.Shutdown(): start']);
    assert.equal(only(events, 'exited').endedByUs, true);
    assert.deepEqual(await containersOf(daemon.dockerHost, plan), []);
  });

  it('holds the container back while nobody reads, with little memory', async () => {
    const plan = handMadePlan('yes 0123456789012345678901234567890123456789012345678901234567890123 | head -c 400000000');
    let waited = false;
    const before = process.memoryUsage().rss;
    let most = 0;
    let bytes = 0;
    const events = engineAt(daemon.dockerHost).launch(plan, secrets, never);
    for await (const event of events) {
      if (event.type !== 'lines') continue;
      if (!waited) await new Promise((resolve) => setTimeout(resolve, 1_500));
      waited = true;
      most = Math.max(most, process.memoryUsage().rss - before);
      for (const line of event.lines) bytes += line.length + 1;
      if (bytes > 100_000_000) break;
    }
    assert.ok(waited);
    assert.ok(most < 200e6, `memory grew by ${most}`);
    // Leaving the loop leaves the run alone.
    const [id = ''] = await containersOf(daemon.dockerHost, plan);
    assert.notEqual(id, '');
    await engineAt(daemon.dockerHost).remove(id);
  });
});
