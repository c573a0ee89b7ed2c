import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { basename, join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { dockerApi } from '../harness/dockerApi';
import { startDaemon, type Daemon } from '../harness/dockerd';
import { pause } from '../harness/exec';
import { loadStandin, STANDIN_IMAGE } from '../harness/standin';
import type { Ended, TestWorkbench } from '../harness/workbench';
import { assertOutcome, consoleOf, CSHARP, CSPROJ, Place, PYTHON, resultOf, SECRET } from './runsWorkspace';

/** Names that break shells, paths, MSBuild and XML. */
const ODD = ['two words', "it's", 'say "hi"', '$HOME', '`date`', 'grün 日本', '-n', 'a;b,c=d', '50% (x) & <y>', `long ${'x'.repeat(180)}`];

describe('launches of whole backtests', () => {
  let daemon: Daemon;
  let place: Place;
  let bench: TestWorkbench;
  before(async () => {
    daemon = await startDaemon();
    await loadStandin(daemon.dockerHost);
    place = new Place(daemon.dockerHost, `odd 'work' "space" $x ü日本`);
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
    // Nothing outside of the workspace, and nothing in it but what belongs there.
    assert.deepEqual(readdirSync(place.root), [basename(place.folder)]);
    assert.deepEqual(place.names().filter((name) => /__pycache__|\.tmp$|(^|\/)(bin|obj)(\/|$)/.test(name)), []);
  });

  const succeed = async (name: string, request: Parameters<TestWorkbench['run']>[1] = {}, other = bench): Promise<Ended> => {
    const ended = await other.run(name, request);
    await assertOutcome(other, ended, 'completed', 'success', 'Backtest completed.');
    return ended;
  };
  const built = (ended: Ended): boolean => ended.phases.includes('building');

  it('C#: nothing changed, no build; edited, an incremental one; the csproj or Release, another', async () => {
    place.csharp('Build');
    const first = await succeed('Build');
    assert.ok(built(first));
    const again = await succeed('Build');
    assert.ok(!built(again), again.phases.join());
    assert.ok(!consoleOf(again).includes('Build succeeded'));
    place.write('Build/Main.cs', CSHARP.replace('MyAlgorithm', 'Renamed'));
    const edited = await succeed('Build');
    assert.ok(built(edited));
    assert.match(consoleOf(first), /^ +Restored /m);
    assert.doesNotMatch(consoleOf(edited), /Restored |Determining projects/, 'packages are restored once');
    assert.match(consoleOf(edited), /Build succeeded/);
    assert.equal(edited.plan.leanConfig['algorithm-type-name'], 'Renamed');
    place.write('Build/Extra/More.cs', 'class More { }\n');
    assert.ok(built(await succeed('Build')), 'a new source');
    assert.ok(!built(await succeed('Build')));
    assert.ok(built(await succeed('Build', { release: true })));
    assert.ok(!built(await succeed('Build', { release: true })));
    place.write('Build/Main.cs', CSHARP.replace('{ }', '{ } // standin-build-error: foo'));
    assert.equal((await bench.run('Build')).run.outcome?.kind, 'build-error');
    place.write('Build/Main.cs', CSHARP);
    assert.ok(built(await succeed('Build')), 'a failed build is no base');
  });

  it('C#: two runs of one project at once do not disturb each other', async () => {
    place.csharp('Twice');
    const first = succeed('Twice');
    place.write('Twice/Main.cs', CSHARP.replace('MyAlgorithm', 'Second'));
    const all = await Promise.all([first, succeed('Twice'), succeed('Twice')]);
    assert.equal(new Set(all.map(({ plan }) => plan.output.folder)).size, 3);
    for (const ended of all) assert.equal(resultOf(ended).state['Status'], 'Completed');
  });

  it('packages of requirements.txt are installed once for each content; a failure is named', async () => {
    const stamp = Date.now();
    place.python('Packages');
    place.write('Packages/requirements.txt', `# ours\nscikit-learn==${stamp}.1\n`);
    const first = await succeed('Packages');
    assert.ok(first.phases.includes('packages'));
    assert.match(consoleOf(first), /Successfully installed scikit-learn/);
    const second = await succeed('Packages');
    assert.ok(!second.phases.includes('packages'));
    place.python('Same');
    place.write('Same/requirements.txt', `scikit-learn==${stamp}.1`);
    assert.ok(!(await succeed('Same')).phases.includes('packages'), 'another project, the same content');
    place.write('Packages/requirements.txt', `scikit-learn==${stamp}.2\n`);
    assert.ok((await succeed('Packages')).phases.includes('packages'));
    place.write('Packages/requirements.txt', `standin-no-such-package==${stamp}\n`);
    const ended = await bench.run('Packages');
    const run = await assertOutcome(bench, ended, 'failed', 'packages-error', /^Python packages could not be installed: .*standin-no-such-package/);
    assert.equal(run.outcome?.exitCode, 94);
    assert.ok(!ended.phases.includes('loading'));
    // What failed is tried again, not taken for done.
    assert.equal((await bench.run('Packages')).run.outcome?.kind, 'packages-error');
  });

  it('at most ten volumes of packages stay: the oldest goes, never one in use or the one just used', async () => {
    const names = async (): Promise<string[]> => {
      const { Volumes: found } = JSON.parse((await dockerApi(daemon.dockerHost, 'GET', '/volumes')).body) as { Volumes: { Name: string }[] | null };
      return (found ?? []).map((volume) => volume.Name).filter((name) => /^lean_workbench_python_[0-9a-f]{32}$/.test(name)).sort();
    };
    const make = async (name: string): Promise<string> => {
      assert.equal((await dockerApi(daemon.dockerHost, 'POST', '/volumes/create', { Name: name })).status, 201);
      return name;
    };
    for (const name of await names()) await dockerApi(daemon.dockerHost, 'DELETE', `/volumes/${name}`);
    const hash = (index: number): string => index.toString(16).padStart(32, '0');
    const stranger = await make(`lean_workbench_python_${hash(1)}_4321`);
    const held = await make(`lean_workbench_python_${hash(1)}`);
    const { Id: holder } = JSON.parse(
      (await dockerApi(daemon.dockerHost, 'POST', '/containers/create', { Image: STANDIN_IMAGE, HostConfig: { Mounts: [{ Type: 'volume', Source: held, Target: '/x' }] } })).body,
    ) as { Id: string };
    try {
      const old: string[] = [];
      for (let index = 2; index <= 12; index++) {
        // Creation times are whole seconds in some engines; only the first of these must be told apart.
        if (index > 2 && index <= 5) await pause(1100);
        old.push(await make(`lean_workbench_python_${hash(index)}`));
      }
      place.python('Pruned');
      place.write('Pruned/requirements.txt', `pruned==${Date.now()}\n`);
      const { plan } = await succeed('Pruned');
      const own = plan.container.mounts.flatMap((mount) => (mount.type === 'volume' && mount.source.includes('_python_') ? [mount.source] : []));
      // 13 with the run's own: three go, and the one that a container has is not among them.
      assert.deepEqual(await names(), [held, ...old.slice(3), ...own].sort());
      const { Volumes: all } = JSON.parse((await dockerApi(daemon.dockerHost, 'GET', '/volumes')).body) as { Volumes: { Name: string }[] };
      assert.ok(all.some((volume) => volume.Name === stranger), 'volumes of others stay');
    } finally {
      await dockerApi(daemon.dockerHost, 'DELETE', `/containers/${holder}?force=1`);
      for (const name of [stranger, ...(await names())]) await dockerApi(daemon.dockerHost, 'DELETE', `/volumes/${name}`);
    }
    assert.deepEqual(bench.warnings, []);
  });

  it('odd project names, in Python and C#', async () => {
    for (const name of ODD) {
      place.python(`In Python/${name}`);
      place.csharp(`In C#/${name}`);
      for (const language of ['In Python', 'In C#']) {
        const { plan } = await succeed(`${language}/${name}`);
        assert.equal(plan.projectFolder, join(place.folder, language, name));
        assert.ok(existsSync(join(plan.output.folder, 'code', language === 'In Python' ? 'main.py' : 'Main.cs')));
      }
      // Errors come back to the very file.
      place.write(`In C#/${name}/Main.cs`, CSHARP.replace('{ }', '{ } // standin-build-error: foo'));
      const { run } = await bench.run(`In C#/${name}`);
      assert.deepEqual([run.outcome?.kind, run.outcome?.location?.file, run.outcome?.location?.line], ['build-error', join(place.folder, 'In C#', name, 'Main.cs'), 7]);
      place.write(`In Python/${name}/main.py`, `${PYTHON}def broken(:\n`);
      const syntax = (await bench.run(`In Python/${name}`)).run.outcome;
      assert.deepEqual([syntax?.kind, syntax?.location?.file, syntax?.location?.line], ['syntax-error', join(place.folder, 'In Python', name, 'main.py'), 6]);
    }
  });

  it('parameters and names with any characters arrive unchanged', async () => {
    const parameters = Object.fromEntries(ODD.flatMap((text, index) => [[text, `value ${index}`], [`p${index}`, text]]));
    const more = { newline: 'a\nb\r\nc', tab: '\t', backslash: 'C:\\x\\"y"', empty: '', emoji: '📈', json: '{"a":[1]}', 'very-long': 'z'.repeat(20_000) };
    const name = ODD.join(' | ');
    const ended = await succeed('Py', { parameters: { ...parameters, ...more }, name, extraConfig: { 'my-key': '`x` $y "z"' } });
    const { algorithmConfiguration } = resultOf(ended);
    assert.deepEqual(algorithmConfiguration?.parameters, { ...parameters, ...more });
    assert.equal(algorithmConfiguration.name, name);
    assert.equal(ended.run.name, name);
    assert.equal((JSON.parse(readFileSync(join(ended.plan.output.folder, 'config'), 'utf8')) as { 'backtest-name': string })['backtest-name'], name);
  });

  it('two runs of one second get two folders; ten at once all end right', async () => {
    const twin = await bench.project('Py');
    const plans = await Promise.all(Array.from({ length: 10 }, () => bench.plan(twin)));
    const handles = await Promise.all(plans.map((plan) => bench.start(plan)));
    const all = await Promise.all(handles.map((handle, index) => bench.end(handle, plans[index] ?? assert.fail())));
    for (const ended of all) {
      await assertOutcome(bench, ended, 'completed', 'success', 'Backtest completed.');
      assert.equal(resultOf(ended).state['Status'], 'Completed');
    }
    assert.equal(new Set(all.map(({ run }) => run.folder)).size, 10);
  });

  it('a secret reaches LEAN and nothing else', async () => {
    const request = { parameters: { 'standin-fault': 'hang' }, extraConfig: { 'my-api-token': 'T0KEN-77aa' }, docker: { environment: { MY_TOKEN: "T0KEN-77aa'" } } };
    const ended = await bench.run('Py', request, async (_run, plan) => {
      const run = await bench.until(plan, 'its first line', (now) => now.standIn === true);
      const id = run.container?.id ?? '';
      const config = JSON.parse(await place.exec(id, ['cat', '/run/lean-workbench/config.json'])) as Record<string, string>;
      assert.equal(config['polygon-api-key'], SECRET);
      assert.equal(config['my-api-token'], 'T0KEN-77aa');
      assert.match(await place.exec(id, ['cat', '/proc/1/environ']), /\0MY_TOKEN=T0KEN-77aa'\0/);
      assert.match(await place.exec(id, ['grep', ' /run/lean-workbench ', '/proc/mounts']), /^tmpfs /);
      assert.equal((await place.exec(id, ['stat', '-c', '%a', '/run/lean-workbench'])).trim(), '700');
      const inspected = JSON.stringify(await place.inspect(id));
      assert.ok(!inspected.includes(SECRET) && !inspected.includes('T0KEN-77aa'));
      await bench.runner.stop(plan.runId);
    });
    assert.equal(ended.run.state, 'stopped');
    const kept = place.names().filter((name) => /(^|\/)[^/]+\.[a-z]+$|\/config$/.test(name) && name !== 'lean.json');
    for (const name of kept.filter((file) => file.includes(basename(ended.plan.output.folder)))) {
      const file = join(place.folder, name);
      if (!readdirSync(join(file, '..'), { withFileTypes: true }).some((entry) => entry.isFile() && entry.name === basename(file))) continue;
      const text = readFileSync(file, 'utf8');
      assert.ok(!text.includes(SECRET) && !text.includes('T0KEN-77aa'), name);
    }
    for (const name of ['run.json', 'plan.json', 'console.log']) assert.ok(kept.some((file) => file.endsWith(`.lean-workbench/${name}`)), name);
  });

  it('lean.json and config.json stay as they are, byte for byte', async () => {
    const lean = Buffer.from('\uFEFF{\r\n  // comment\r\n  "data-folder": "data", // other\r\n\t"polygon-api-key": "x",\r\n}\r\n', 'utf8');
    const config = Buffer.from('\uFEFF{\r\n  /* mine */\r\n  "parameters": { "a": "1", },\r\n}\r\n', 'utf8');
    const other = new Place(daemon.dockerHost, 'bytes');
    try {
      other.python('Py');
      other.csharp('Cs');
      writeFileSync(join(other.folder, 'lean.json'), lean);
      for (const name of ['Py', 'Cs']) writeFileSync(join(other.folder, name, 'config.json'), config);
      const rooms = other.bench();
      for (const name of ['Py', 'Cs']) {
        const ended = await succeed(name, { parameters: { 'standin-speed': '0' } }, rooms);
        assert.equal(ended.plan.leanConfig['project-id'], rooms.store.get(ended.plan.runId) === undefined ? 0 : ended.plan.leanConfig['project-id']);
        assert.deepEqual(readFileSync(join(other.folder, 'lean.json')), lean);
        assert.deepEqual(readFileSync(join(other.folder, name, 'config.json')), config);
        assert.equal(readFileSync(join(other.folder, 'Cs', 'Cs.csproj'), 'utf8'), CSPROJ);
      }
      await other.assertClean();
    } finally {
      other.remove();
    }
  });

  it('limits and ports are applied; ports are published on the loopback only', async () => {
    const port = await freePort();
    const request = { parameters: { 'standin-fault': 'hang' }, docker: { ports: { '5678': String(port), '9000/udp': '0' }, limits: { cpus: 1.5, memoryBytes: 300 * 1024 ** 2 } } };
    await bench.run('Py', request, async (_run, plan) => {
      const run = await bench.until(plan, 'its first line', (now) => now.standIn === true);
      const id = run.container?.id ?? '';
      const facts = (await place.inspect(id)) as { HostConfig: { NanoCpus: number; Memory: number; MemorySwap: number }; NetworkSettings: { Ports: Record<string, { HostIp: string; HostPort: string }[]> } };
      assert.deepEqual([facts.HostConfig.NanoCpus, facts.HostConfig.Memory, facts.HostConfig.MemorySwap], [1.5e9, 300 * 1024 ** 2, 300 * 1024 ** 2]);
      assert.deepEqual(facts.NetworkSettings.Ports['5678/tcp'], [{ HostIp: '127.0.0.1', HostPort: String(port) }]);
      assert.equal(facts.NetworkSettings.Ports['9000/udp']?.[0]?.HostIp, '127.0.0.1');
      assert.match(await place.exec(id, ['cat', '/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']), new RegExp(`^${300 * 1024 ** 2}$`, 'm'));
      await assert.rejects(listen(port, '127.0.0.1'), /EADDRINUSE/);
      // Every other address of this machine is still free.
      for (const address of Object.values(networkInterfaces()).flatMap((list) => list ?? []).filter((item) => item.family === 'IPv4' && !item.internal)) await listen(port, address.address);
      await bench.runner.stop(plan.runId);
    });
  });

  it('volumes are ours by name, and no others are made', async () => {
    const { Volumes: volumes } = JSON.parse((await dockerApi(daemon.dockerHost, 'GET', '/volumes')).body) as { Volumes: { Name: string }[] };
    const made = volumes.map(({ Name: name }) => name);
    assert.ok(made.some((name) => name.startsWith('lean_workbench_compile_')));
    assert.deepEqual(made.filter((name) => !/^lean_workbench_(nuget|pip|compile_[0-9a-f]{16}|python_[0-9a-f]{32})(_\d+)?$/.test(name)), []);
  });
});

async function listen(port: number, host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const address = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return address.port;
}

const freePort = (): Promise<number> => listen(0, '127.0.0.1');
