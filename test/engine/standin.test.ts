import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { runContainer } from '../harness/container';
import { dockerApi } from '../harness/dockerApi';
import { type Daemon, startDaemon } from '../harness/dockerd';
import { pause, until } from '../harness/exec';
import { loadStandin, STANDIN_IMAGE } from '../harness/standin';
import { Bench, type Config, RECORDINGS, unstamped } from './standinRun';

const NOTICE = /^\d{8} \d\d:\d\d:\d\d\.\d{3} TRACE:: Lean Workbench test stand-in: replaying recording '([\w-]+)'; nothing is computed\n/;

describe('the stand-in engine', () => {
  let daemon: Daemon;
  let bench: Bench;
  before(async () => {
    daemon = await startDaemon();
    await loadStandin(daemon.dockerHost);
  });
  after(() => daemon.stop());
  beforeEach(() => {
    bench = new Bench(daemon.dockerHost);
  });
  afterEach(() => bench.remove());

  it('is an image like the real one: labels, working directory, entrypoint, Python of Debian', async () => {
    const { Config: image } = JSON.parse((await dockerApi(daemon.dockerHost, 'GET', `/images/${STANDIN_IMAGE}/json`)).body) as { Config: Record<string, unknown> };
    const labels = image['Labels'] as Record<string, string>;
    assert.equal(labels['python_version'], '3.11');
    assert.equal(labels['target_framework'], 'net10.0');
    assert.equal(labels['lean_version'], '17000');
    assert.equal(image['WorkingDir'], '/Lean/Launcher/bin/Debug');
    assert.deepEqual(image['Entrypoint'], ['dotnet', 'QuantConnect.Lean.Launcher.dll']);
    const script = 'python -c "import sys, json, ssl, ctypes; print(sys.prefix)" && setpriv --reuid 1000 --regid 1000 --clear-groups id -u && head -c 2 /etc/passwd && echo && printf x | sha256sum && printf x | md5sum && stat -c %u:%g / && chown 1:1 /tmp && ls /Lean/Data';
    const ended = await runContainer(daemon.dockerHost, { entrypoint: ['bash', '-c', script] });
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /^\/usr\n1000\nro\n2d711642b726/);
  });

  it("says on the console and in log.txt that it is a stand-in, in LEAN's two forms of stamp", async () => {
    const ended = await bench.run(bench.python());
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(NOTICE.exec(ended.stdout)?.[1], 'py-pygood');
    assert.match(bench.read('log.txt'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z TRACE:: Lean Workbench test stand-in: /);
    const stamp = ended.stdout.slice(0, 17);
    const now = new Date().toISOString().replaceAll('-', '').replace('T', ' ').slice(0, 14);
    assert.equal(stamp.slice(0, 11), now.slice(0, 11), 'the stamp is of now, in UTC');
  });

  for (const name of replayable()) {
    it(`replays ${name} word for word, with its exit code and files`, async () => {
      const folder = join(RECORDINGS, name);
      const recorded = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Config & { 'algorithm-location': string; 'algorithm-type-name': string };
      const isPython = recorded['algorithm-language'] === 'Python';
      const file = isPython ? recorded['algorithm-location'].slice('/LeanCLI/'.length) : 'bin/Samples.dll';
      bench.write(`project/${file}`, 'x = 1\n');
      const location = isPython ? recorded['algorithm-location'] : '/LeanCLI/bin/Samples.dll';
      const ended = await bench.run({
        ...recorded,
        'algorithm-location': location,
        'algorithm-id': recorded['algorithm-type-name'],
        'data-folder': '/Lean/Data',
        parameters: { ...recorded.parameters, 'standin-recording': name, 'standin-speed': '0' },
      });
      const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as { exit_code: number };
      assert.equal(ended.code, run.exit_code);
      const expected = (stream: string): string =>
        // A library that names no source of its own is taken to be built from Main.cs.
        plain(readFileSync(join(folder, stream), 'utf8').replaceAll(recorded['algorithm-location'], location).replaceAll('A.cs', 'Main.cs'));
      assert.equal(plain(ended.stdout.replace(NOTICE, '').replace('/config.json', '/Results/config.json')), expected('stdout.txt'));
      assert.equal(plain(ended.stderr), expected('stderr.txt'));
      const kinds = (names: string[]): string[] => names.map((item) => item.replace(/-\d{17}\./, '-STAMP.')).sort();
      const side = new Set(['config.json', 'console.timed.txt', 'run.json', 'stdout.txt', 'stderr.txt', 'evolution.txt']);
      assert.deepEqual(kinds(bench.files()), kinds(readdirSync(folder, { recursive: true }).map(String).filter((item) => !side.has(item))));
      for (const item of bench.files().filter((path) => path.endsWith('.json'))) assert.doesNotThrow(() => JSON.parse(bench.read(item)) as unknown, item);
    });
  }

  it('puts the id, name and parameters that were asked into names and contents of the files', async () => {
    const parameters = { 'ema-fast': '7', odd: 'a "quoted" \\ text' };
    const ended = await bench.run(bench.python(parameters));
    assert.equal(ended.code, 0);
    assert.deepEqual(
      bench.files().filter((name) => name.startsWith('1234567890')),
      ['1234567890-log.txt', '1234567890-order-events.json', '1234567890-summary.json', '1234567890.json'],
    );
    const result = bench.json('1234567890.json');
    assert.equal(result.state['Status'], 'Completed');
    assert.equal(result.state['Name'], 'Happy Fox');
    assert.ok(Math.abs(Date.parse(result.state['EndTime'] ?? '') - Date.now()) < 60_000, 'the state has the run\'s own times');
    assert.equal(result.algorithmConfiguration?.name, 'Happy Fox');
    assert.deepEqual(result.algorithmConfiguration.parameters, { 'standin-speed': '0', ...parameters });
    assert.match(ended.stdout, /AlgoId: 1234567890\n/);
    assert.match(ended.stdout, /can be retrieved from: \/Results\/1234567890-log\.txt/);
    assert.match(ended.stdout, /Importing python module main\n/);
    assert.doesNotMatch(ended.stdout + bench.read('1234567890.json') + bench.read('1234567890-order-events.json'), /PyGood/);
    assert.match(bench.read('1234567890-order-events.json'), /"algorithmId":"1234567890"/);
    assert.ok(existsSync(join(bench.storage, 'standin', 'last-run.json')), 'the object store was written');
  });

  it('takes the recording from a parameter, a comment in the source, or the name of the algorithm class', async () => {
    const chosen = async (config: Config): Promise<string | undefined> => NOTICE.exec((await bench.run(config)).stdout)?.[1];
    assert.equal(await chosen(bench.python({ 'standin-recording': 'nodata' })), 'nodata');
    assert.equal(await chosen(bench.csharp({}, { 'algorithm-type-name': 'OrderTypesAlgorithm' })), 'order-types');
    bench.write('project/main.py', '# standin: fw-basic-csharp\nclass PyThrow(QCAlgorithm):\n    pass\n');
    assert.equal(await chosen(bench.python()), 'fw-basic-csharp');
    bench.write('project/main.py', 'class PyThrow(QCAlgorithm):\n    pass\n');
    assert.equal(await chosen(bench.python()), 'py-pythrow');
    const unknown = await bench.run(bench.python({ 'standin-recording': 'no-such' }));
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /There is no recording 'no-such' to replay; there are: basic-daily-csharp, /);
  });

  it('keeps the pace of the recording: C# about 1.8 s, Python 2.2 s from the posted result to the end', async () => {
    const csharp = await bench.run(bench.csharp({ 'standin-speed': '1' }));
    assert.ok(csharp.seconds > 1.7 && csharp.seconds < 4, `C# took ${csharp.seconds} s`);
    const python = await bench.run(bench.python({ 'standin-speed': '1' }));
    const at = (text: string): number => {
      const line = python.stdout.split('\n').find((item) => item.includes(text)) ?? '';
      return Date.parse(`${line.slice(0, 4)}-${line.slice(4, 6)}-${line.slice(6, 8)}T${line.slice(9, 21)}Z`) / 1000;
    };
    const shutdown = at('Program.Main(): Exiting Lean...') - at('Analysis Completed and Results Posted.');
    assert.ok(shutdown > 2.1 && shutdown < 3, `Python's end took ${shutdown} s`);
  });

  it('writes partial results while it runs: state Running, series that grow, the last 100 orders', async () => {
    const container = await bench.start(bench.python({ 'standin-recording': 'slow-progress', 'standin-speed': '0.1' }));
    const points = (): number => bench.json('1234567890.json').charts['Strategy Equity']?.series['Equity']?.values.length ?? 0;
    await until('the first partial result', () => (bench.has('1234567890.json') ? true : undefined), 10_000);
    await pause(200);
    const first = bench.json('1234567890.json');
    assert.equal(first.state['Status'], 'Running');
    assert.equal(first.state['EndTime'], '');
    assert.deepEqual(first.statistics, {});
    assert.equal(first.algorithmConfiguration, undefined);
    assert.ok(Object.keys(first.orders).length > 0 && Object.keys(first.orders).length < 30);
    assert.match(bench.read('1234567890-order-events.json'), /^\[\{"id":"1234567890-1-1"/);
    const early = points();
    assert.ok(!bench.has('1234567890-summary.json'));
    await until('the second partial result', () => (points() > early ? true : undefined), 10_000);
    const ended = await container.end();
    assert.equal(ended.code, 0);
    assert.equal(bench.json('1234567890.json').state['Status'], 'Completed');
    assert.equal(points(), 1851);
  });

  it('stops on SIGINT as the engine does: says so, writes results up to then, ends with 0', async () => {
    const container = await bench.start(bench.csharp({ 'standin-recording': 'slow-progress', 'standin-speed': '1' }));
    await until('the algorithm to run', async () => ((await container.logs()).stdout.includes('bar 10') ? true : undefined), 20_000);
    await container.signal('SIGINT');
    const ended = await container.end();
    assert.equal(ended.code, 0);
    assert.match(ended.stdout, /TRACE:: Program\.ExitKeyPress\(\): Lean instance has been cancelled, shutting down safely now\n/);
    assert.match(unstamped(ended.stderr), /^ERROR:: AlgorithmManager\.Run\(\): Algorithm state changed to Stopped at \d\d\/\d\d\/2010 \d\d:\d\d:\d\d\n$/);
    assert.match(ended.stdout, /Firing On End Of Algorithm\.\.\.\n.*Stopping algorithm\.\.\.\n.*Engine\.Run\(\): Exiting Algorithm Manager\n/);
    assert.ok(ended.seconds < 8, `took ${ended.seconds} s`);
    const equity = bench.json('1234567890.json').charts['Strategy Equity']?.series['Equity']?.values ?? [];
    assert.ok(equity.length > 0 && equity.length < 400, `${equity.length} points`);
  });

  it('ends at once with 143 on SIGTERM, without results', async () => {
    const container = await bench.start(bench.python({ 'standin-recording': 'slow-progress', 'standin-speed': '1' }));
    await until('the first lines', async () => ((await container.logs()).stdout.includes('Engine.Main(): Started') ? true : undefined), 20_000);
    await container.signal('SIGTERM');
    const ended = await container.end();
    assert.equal(ended.code, 143);
    assert.ok(!bench.has('1234567890.json'));
    assert.doesNotMatch(ended.stdout, /ExitKeyPress/);
  });

  it('refuses what the real engine refuses, in its words', async () => {
    const bad = await bench.run('{ "environment": "backtesting",\n');
    assert.equal(bad.code, 134);
    assert.match(bad.stderr, /^Unhandled exception\. Newtonsoft\.Json\.JsonReaderException: /);
    const option = await bench.run(bench.python(), { command: ['--bogus', '1'] });
    assert.equal(option.code, 134);
    assert.match(option.stdout + option.stderr, /Specify --help[^]*Unrecognized option '--bogus'/);
    const library = await bench.run(bench.csharp({}, { 'algorithm-location': '/LeanCLI/nope.dll' }));
    assert.equal(library.code, 134);
    assert.match(library.stderr, /Could not find file '\/LeanCLI\/nope\.dll'/);
    const script = await bench.run(bench.python({}, { 'algorithm-location': '/LeanCLI/nope.py' }));
    assert.equal(script.code, 1);
    const data = await bench.run(bench.python({}, { 'data-folder': '/nowhere' }));
    assert.equal(data.code, 1);
    assert.match(data.stderr, /Unable to locate symbol properties file: \/nowhere\/symbol-properties\/symbol-properties-database\.csv/);
  });

  it('shows a real Python syntax error of the source with its own file and line', async () => {
    bench.write('project/main.py', 'class A(QCAlgorithm):\n    def initialize(self)\n        pass\n');
    const ended = await bench.run(bench.python());
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /AlgorithmPythonWrapper\(\): expected ':' \(main\.py, line 2\): def initialize\(self\)/);
  });

  it('reads a config with comments, overriding options, and the config beside the launcher', async () => {
    const config = JSON.stringify(bench.python()).replace('{', '{ // a comment\n');
    const ended = await bench.run(config, { command: ['--config', '/config.json', '--algorithm-id', 'other', '--parameters', 'standin-speed:0,a:1'] });
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(bench.json('other.json').algorithmConfiguration?.parameters, { 'standin-speed': '0', a: '1' });
    const script = 'cp /config.json config.json && exec dotnet QuantConnect.Lean.Launcher.dll';
    const beside = await bench.run(bench.python(), { entrypoint: ['bash', '-c', script] });
    assert.equal(beside.code, 0, beside.stderr);
    assert.match(beside.stdout, /Using config\.json as configuration file/);
  });

  it('dies like the engine where it may not write results', async () => {
    const ended = await bench.run(bench.python(), { user: '12345:12345' });
    assert.equal(ended.code, 134);
    assert.match(ended.stderr, /UnauthorizedAccessException: Access to the path '\/Results\/log\.txt' is denied/);
  });
});

/** Recordings of whole backtests: those the stand-in can be asked for by name. */
function replayable(): string[] {
  const other = new Set(['bt-sigint', 'bt-sigterm', 'slow-progress-midrun']);
  return readdirSync(RECORDINGS).filter((name) => !other.has(name) && !name.startsWith('live') && existsSync(join(RECORDINGS, name, 'console.timed.txt')) && existsSync(join(RECORDINGS, name, 'run.json')) && !name.startsWith('no-datafolder') && !name.startsWith('dllnotfound'));
}

/** Without what differs from run to run: stamps, host, start time. */
function plain(text: string): string {
  return unstamped(text).replace(/Host: \S+/, 'Host: H').replace(/Started \d\d:\d\d/, 'Started T').trimEnd();
}
