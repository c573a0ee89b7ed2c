import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Daemon, startDaemon } from '../harness/dockerd';
import { pause, until } from '../harness/exec';
import { loadStandin } from '../harness/standin';
import { Bench, unstamped } from './standinRun';

const MEBIBYTE = 1024 * 1024;

describe("the stand-in engine's failures on demand", () => {
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

  it('exit-50ms: dies before its first line, and its last words are there', async () => {
    const ended = await bench.run(bench.python({ 'standin-fault': 'exit-50ms' }));
    assert.equal(ended.code, 3);
    assert.equal(ended.stdout, '');
    assert.match(ended.stderr, /dying in its first 50 ms/);
    assert.deepEqual(bench.files(), []);
  });

  it('no-output: ends with success, silently, without a file', async () => {
    const ended = await bench.run(bench.python({ 'standin-fault': 'no-output' }));
    assert.deepEqual([ended.code, ended.stdout, ended.stderr, bench.files()], [0, '', '', []]);
  });

  it('no-results: a whole console, but no result file', async () => {
    const ended = await bench.run(bench.python({ 'standin-fault': 'no-results' }));
    assert.equal(ended.code, 0);
    assert.match(ended.stdout, /Analysis Completed and Results Posted\./);
    assert.deepEqual(bench.files(), ['log.txt']);
  });

  it('hang: says nothing after its first line, until it is stopped', async () => {
    const container = await bench.start(bench.python({ 'standin-fault': 'hang' }));
    await until('the first line', async () => ((await container.logs()).stdout.includes('stand-in') ? true : undefined), 20_000);
    await pause(1000);
    assert.equal((await container.logs()).stdout.trim().split('\n').length, 2);
    await container.signal('SIGINT');
    const ended = await container.end();
    assert.equal(ended.code, 0);
    assert.deepEqual(bench.files(), ['log.txt']);
  });

  it('ignore-sigint: goes on after SIGINT; only SIGKILL ends it', async () => {
    const container = await bench.start(bench.python({ 'standin-fault': 'ignore-sigint' }));
    const bars = async (): Promise<number> => ((await container.logs()).stdout.match(/still here/g) ?? []).length;
    await until('the algorithm to run', async () => ((await bars()) > 0 ? true : undefined), 20_000);
    await container.signal('SIGINT');
    await pause(500);
    const before = await bars();
    await until('another bar', async () => ((await bars()) > before ? true : undefined), 5000);
    await container.signal('SIGKILL');
    const ended = await container.end();
    assert.equal(ended.code, 137);
    assert.doesNotMatch(ended.stdout, /ExitKeyPress/);
  });

  it('out-of-memory: is killed at the limit of the container, and refuses without one', async () => {
    const ended = await bench.run(bench.python({ 'standin-fault': 'out-of-memory' }), { memory: 96 * MEBIBYTE });
    assert.equal(ended.code, 137);
    assert.equal(ended.oomKilled, true);
    assert.match(ended.stdout, /Begin DataStream/);
    const unlimited = await bench.run(bench.python({ 'standin-fault': 'out-of-memory' }));
    assert.equal(unlimited.code, 1);
    assert.match(unlimited.stderr, /needs a container with a memory limit/);
  });

  it('log-200000: two hundred thousand lines of the algorithm, on the console and in log.txt', async () => {
    const ended = await bench.run(bench.python({ 'standin-fault': 'log-200000' }));
    assert.equal(ended.code, 0);
    const lines = ended.stdout.split('\n').filter((line) => line.includes(' of 200000'));
    assert.equal(lines.length, 200_000);
    assert.match(lines.at(-1) ?? '', /TRACE:: Debug: .* line 200000 of 200000$/);
    assert.equal(bench.read('log.txt').match(/ of 200000\n/g)?.length, 200_000);
    assert.ok(ended.seconds < 20, `took ${ended.seconds} s`);
  });

  it('bad-json and truncated: the result cannot be parsed, the rest can', async () => {
    for (const fault of ['bad-json', 'truncated']) {
      const ended = await bench.run(bench.python({ 'standin-fault': fault }));
      assert.equal(ended.code, 0);
      assert.throws(() => bench.json('1234567890.json'), SyntaxError, fault);
      assert.ok(bench.read('1234567890.json').length > 100_000, 'most or half of it is there');
      assert.equal(bench.json('1234567890-summary.json').state['Status'], 'Completed');
    }
    assert.ok(!bench.read('1234567890.json').trimEnd().endsWith('}'), 'cut off in the middle');
  });

  it('runtime-error: the recorded error, on the marked line of the own source', async () => {
    bench.write('project/main.py', 'class A(QCAlgorithm):\n    def initialize(self):\n        pass\n\n    def on_data(self, data):\n        raise ValueError()  # standin-error\n');
    const ended = await bench.run(bench.python({ 'standin-fault': 'runtime-error' }));
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /Runtime Error: The key 'missing_key' was not found/);
    assert.match(ended.stderr, /\n in main\.py: line 6\n/);
    assert.match(ended.stderr, /File "\/LeanCLI\/main\.py", line 6, in helper/);
    assert.equal(bench.json('1234567890.json').state['Status'], 'RuntimeError');
    const csharp = await bench.run(bench.csharp({ 'standin-fault': 'runtime-error' }));
    assert.equal(csharp.code, 1);
    assert.match(csharp.stderr, /ERROR:: 2013-03-27 16:00:00 Runtime Error: .* in Main\.cs:line 8\n/);
  });

  it('init-error: fails in Initialize, in both languages', async () => {
    const python = await bench.run(bench.python({ 'standin-fault': 'init-error' }));
    assert.equal(python.code, 1);
    assert.match(python.stderr, /During the algorithm initialization, the following exception has occurred: /);
    const csharp = await bench.run(bench.csharp({ 'standin-fault': 'init-error' }));
    assert.equal(csharp.code, 1);
    assert.match(csharp.stderr, /Parameter 'fast' must be smaller than 'slow' in Main\.cs:line 11/);
  });

  it('python-syntax-error: the recorded one, without touching the source', async () => {
    const ended = await bench.run(bench.python({ 'standin-fault': 'python-syntax-error' }));
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /'\(' was never closed \(main\.py, line 6\)/);
  });

  it('quit: ends with 0; only the state line and the message tell', async () => {
    const ended = await bench.run(bench.python({ 'standin-fault': 'quit' }));
    assert.equal(ended.code, 0);
    assert.match(unstamped(ended.stderr), /^ERROR:: AlgorithmManager\.Run\(\): Algorithm state changed to Stopped at /);
    assert.match(ended.stdout, /Quit\(\): drawdown limit reached/);
    assert.match(ended.stdout, /PythonInitializer\.Shutdown\(\): start\n/, 'a Python project ends like a Python run');
  });

  it('slow-start: the first line comes late', async () => {
    const ended = await bench.run(bench.python({ 'standin-fault': 'slow-start', 'standin-speed': '0.1' }));
    assert.equal(ended.code, 0);
    assert.ok(ended.seconds > 1, `took ${ended.seconds} s`);
  });

  it('result-html: HTML in every text that an algorithm chooses', async () => {
    const ended = await bench.run(bench.python({ 'standin-fault': 'result-html' }));
    assert.equal(ended.code, 0);
    const result = bench.json('1234567890.json');
    assert.match(result.orders['1']?.tag ?? '', /<script>/);
    assert.ok(Object.keys(result.statistics).some((name) => name.includes('<img')));
    assert.ok(Object.values(result.runtimeStatistics).some((text) => text.includes('<script>')));
    assert.ok(Object.keys(result.charts).some((name) => name.includes('<img')));
    assert.match(bench.read('1234567890-order-events.json'), /"message":"<img/);
  });

  it('takes the fault from a comment in the source too, and knows no others', async () => {
    bench.write('project/main.py', 'class A(QCAlgorithm):\n    pass  # standin-fault: exit-50ms\n');
    assert.equal((await bench.run(bench.python())).code, 3);
    const unknown = await bench.run(bench.python({ 'standin-fault': 'explode' }));
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /there is no fault 'explode'; there are: exit-50ms, /);
  });
});
