import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogFacts } from '../../src/lean/logFacts';
import { LogInterpreter } from '../../src/lean/logInterpreter';
import { decideOutcome, stateOf } from '../../src/lean/outcome';
import { problemsOf } from '../../src/lean/problems';
import type { OutcomeKind, RunPhase } from '../../src/lean/run';
import { linesOf, PROJECT, readRecording, recordingNames, SOURCES } from './logRecordings';

interface Expected {
  readonly kind: OutcomeKind;
  readonly message: string;
  /** `A.cs:8`, below the project. */
  readonly place?: string;
  readonly phases: readonly RunPhase[];
  readonly range?: readonly [string, string];
  readonly dataPoints?: number;
  readonly hash?: string;
  readonly statistics?: number;
  readonly exitCode?: number;
}

const WHOLE: readonly RunPhase[] = ['loading', 'initializing', 'running', 'writing-results', 'ended'];
const WARMED: readonly RunPhase[] = ['loading', 'initializing', 'warming-up', 'running', 'writing-results', 'ended'];
const NO_ORDERS = 'd41d8cd98f00b204e9800998ecf8427e';
const KEY_ERROR = "The key 'missing_key' was not found in the collection, which raises a KeyError exception. To prevent the exception, use collection.get(key), which returns None when the key is not found, or guard the access with 'if key in collection:'";
const NOT_FOUND = 'Algorithm type name not found, or unable to resolve multiple algorithm types to a single type. Please verify algorithm type name matches the algorithm name in the configuration file and that there is one and only one class derived from QCAlgorithm.';

const EXPECTED: Readonly<Record<string, Expected>> = {
  badconfig: { kind: 'abort', message: "Backtest failed: LEAN aborted: Unexpected end of content while loading JObject. Path 'environment', line 2, position 0.", phases: [], exitCode: 134 },
  'basic-daily-csharp': { kind: 'success', message: 'Backtest completed.', phases: WHOLE, range: ['2013-10-08', '2013-10-18'], dataPoints: 72, hash: '70f21e930175a2ec9d465b21edc1b6d9', statistics: 27 },
  'bt-sigint': { kind: 'stopped', message: 'Backtest was stopped.', phases: WHOLE, range: ['1999-01-01', '2021-04-01'], dataPoints: 72161, hash: '9017e1eeb2f08a3e7dbb471065552ce4', statistics: 27 },
  'bt-sigterm': { kind: 'killed-from-outside', message: 'Backtest was killed from outside (exit code 143).', phases: ['loading', 'initializing', 'running'], range: ['1999-01-01', '2021-04-01'] },
  'daily-multiyear': { kind: 'success', message: 'Backtest completed.', phases: WARMED, range: ['2000-01-01', '2021-01-01'], dataPoints: 59288, hash: 'ef907128d4e9f9cdddfcb29c0fb9944b', statistics: 28 },
  'dllnotfound-csharp': { kind: 'abort', message: "Backtest failed: LEAN aborted: Could not find file '/tmp/nope.dll'.", phases: ['loading'] },
  'fw-basic-csharp': { kind: 'success', message: 'Backtest completed.', phases: WHOLE, range: ['2013-10-07', '2013-10-12'], dataPoints: 3943, hash: 'f209ed42701b0419858e0100595b40c0', statistics: 27 },
  'init-throw': { kind: 'initialization-error', message: "Backtest failed in Initialize: Parameter 'fast' must be smaller than 'slow' (A.cs:11)", place: 'A.cs:11', phases: ['loading', 'initializing', 'writing-results', 'ended'], hash: NO_ORDERS },
  'live-paper': { kind: 'stopped', message: 'Live deployment was stopped by a command.', phases: WHOLE },
  'live-paper-sigint': { kind: 'stopped', message: 'Live deployment was stopped.', phases: WHOLE },
  'live-paper-throw': { kind: 'runtime-error', message: 'Live deployment failed at 2026-11-21 03:41:44: live failure at bar 12 (A.cs:70)', place: 'A.cs:70', phases: WHOLE },
  'no-datafolder': { kind: 'data-missing', message: 'Backtest failed: market data is missing: Unable to locate symbol properties file: /tmp/nonexistent/symbol-properties/symbol-properties-database.csv', phases: ['loading', 'writing-results', 'ended'], hash: NO_ORDERS },
  nodata: { kind: 'success', message: 'Backtest completed.', phases: WHOLE, range: ['2016-01-01', '2017-01-01'], dataPoints: 1769, hash: NO_ORDERS, statistics: 27 },
  'order-types': { kind: 'success', message: 'Backtest completed.', phases: WHOLE, range: ['2013-10-07', '2013-10-12'], dataPoints: 3944, hash: 'a8105e437c1c44334f5134abe1049efc', statistics: 27 },
  'py-print2': { kind: 'success', message: 'Backtest completed.', phases: WHOLE, range: ['2013-10-07', '2013-10-09'], dataPoints: 24, hash: NO_ORDERS, statistics: 27 },
  'py-pygood': { kind: 'success', message: 'Backtest completed.', phases: WARMED, range: ['2013-01-01', '2015-01-01'], dataPoints: 4270, hash: 'a656683faca10bed45c7ca56740f554c', statistics: 27 },
  'py-pyimport': { kind: 'import-error', message: "Import failed: No module named 'not_a_real_module' (PyImport.py:2)", place: 'PyImport.py:2', phases: ['loading', 'writing-results', 'ended'], hash: NO_ORDERS },
  'py-pyinitthrow': { kind: 'initialization-error', message: "Backtest failed in initialize: int() argument must be a string, a bytes-like object or a real number, not 'NoneType' (PyInitThrow.py:8)", place: 'PyInitThrow.py:8', phases: ['loading', 'initializing', 'writing-results', 'ended'], hash: NO_ORDERS },
  'py-pysyntax': { kind: 'syntax-error', message: "Syntax error: '(' was never closed (PySyntax.py:6)", place: 'PySyntax.py:6', phases: ['loading', 'writing-results', 'ended'], hash: NO_ORDERS },
  'py-pythrow': { kind: 'runtime-error', message: `Backtest failed at 2013-10-07 11:10:00: ${KEY_ERROR} (PyThrow.py:20)`, place: 'PyThrow.py:20', phases: WHOLE, range: ['2013-10-07', '2013-10-12'], dataPoints: 210, hash: '3da9fa60bf95b9ed148b95e02e0cfc9e', statistics: 27 },
  quit: { kind: 'quit', message: 'The algorithm ended the backtest with Quit(): drawdown limit reached.', phases: WHOLE, range: ['2013-01-01', '2014-01-01'], dataPoints: 248, hash: '5d0d9bbd5a2d69c93e537a0c38ba1c82', statistics: 27 },
  'runtime-throw': { kind: 'runtime-error', message: 'Backtest failed at 2013-03-27 16:00:00: Strategy blew up while computing the signal on 03/27/2013 16:00:00 (A.cs:8)', place: 'A.cs:8', phases: WHOLE, range: ['2013-01-01', '2014-01-01'], dataPoints: 481, hash: 'c108885b6d88555eacddef35de03ae02', statistics: 27 },
  'slow-progress': { kind: 'success', message: 'Backtest completed.', phases: WHOLE, range: ['2010-01-01', '2013-01-01'], dataPoints: 6037, hash: '1fc1292089e966ee0302516cae8de049', statistics: 27 },
  'slow-progress-midrun': { kind: 'unknown', message: 'Backtest ended without saying why.', phases: ['loading', 'initializing', 'running'], range: ['2010-01-01', '2013-01-01'] },
  'typenotfound-csharp': { kind: 'algorithm-not-found', message: `Backtest failed: ${NOT_FOUND}`, phases: ['loading', 'writing-results', 'ended'], hash: NO_ORDERS },
  'warmup-fail': { kind: 'runtime-error', message: 'Backtest failed at 2013-09-09 16:00:00: failed while warming up (A.cs:75)', place: 'A.cs:75', phases: ['loading', 'initializing', 'warming-up', 'writing-results', 'ended'], range: ['2013-10-07', '2013-10-12'], dataPoints: 4, hash: NO_ORDERS },
};

function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function factsOf(lines: readonly string[], failed: boolean, chunk = 7): LogFacts {
  const interpreter = new LogInterpreter(SOURCES);
  for (let at = 0; at < lines.length; at += chunk) interpreter.feed(lines.slice(at, at + chunk));
  return interpreter.end(failed);
}

describe('the log of every recording', () => {
  it('is expected', () => {
    assert.deepEqual([...recordingNames()].sort(), Object.keys(EXPECTED).sort());
  });
  for (const [name, expected] of Object.entries(EXPECTED)) {
    it(name, () => {
      const recording = readRecording(name);
      const code = recording.exitCode ?? expected.exitCode;
      const facts = factsOf(linesOf(recording), code !== undefined && code !== 0);
      const python = name.startsWith('py-');
      const outcome = decideOutcome({
        kind: name.startsWith('live') ? 'live' : 'backtest',
        language: python ? 'Python' : 'CSharp',
        facts,
        stop: 'none',
        lastLines: ['last'],
        ...(code !== undefined && { exitCode: code }),
      });
      assert.equal(outcome.kind, expected.kind);
      assert.equal(outcome.message, expected.message);
      const { location } = outcome;
      assert.equal(location === undefined ? undefined : `${location.file}:${location.line ?? ''}`, expected.place && `${PROJECT}/${expected.place}`);
      assert.deepEqual(facts.phases, expected.phases);
      assert.deepEqual(facts.range && [day(facts.range.start), day(facts.range.end)], expected.range);
      assert.equal(facts.speed?.dataPoints, expected.dataPoints);
      assert.equal(facts.orderListHash, expected.hash);
      assert.equal(facts.statistics.length, expected.statistics ?? 0);
      assert.equal(facts.engineVersion, name === 'badconfig' ? undefined : '2.5.0.0');
      assert.equal(facts.standIn, false);
      const problems = problemsOf(facts, python ? 'Python' : 'CSharp');
      assert.equal(problems.length, expected.place === undefined ? 0 : 1);
      if (expected.place !== undefined) assert.deepEqual(problems[0]?.location, location);
      // Line by line or all at once, the facts are the same.
      assert.deepEqual(factsOf(linesOf(recording), code !== undefined && code !== 0, 1_000_000), facts);
    });
  }
});

describe('what a result already tells when it is posted', () => {
  for (const name of ['py-pythrow', 'runtime-throw', 'init-throw', 'py-pysyntax', 'no-datafolder', 'quit', 'bt-sigint', 'fw-basic-csharp']) {
    it(name, () => {
      const lines = linesOf(readRecording(name));
      const posted = lines.findIndex((line) => line.includes('Results Posted.'));
      // Two of the recordings have stderr after stdout; its lines came before.
      const stderr = lines.filter((line, index) => index > posted && line.includes(' ERROR:: '));
      const interpreter = new LogInterpreter(SOURCES);
      const facts = interpreter.feed([...lines.slice(0, posted), ...stderr, lines[posted] ?? '']);
      assert.equal(facts.posted, true);
      const outcome = decideOutcome({ kind: 'backtest', language: name.startsWith('py') ? 'Python' : 'CSharp', facts, stop: 'none', lastLines: [] });
      assert.equal(outcome.message, EXPECTED[name]?.message);
      assert.equal(outcome.exitCode, undefined);
    });
  }
});

describe('the start script’s lines', () => {
  const feed = (lines: readonly string[], context = SOURCES): LogFacts => {
    const interpreter = new LogInterpreter(context);
    interpreter.feed(lines);
    return interpreter.end(true);
  };

  it('compiler errors and warnings, told twice by MSBuild, become one problem each', () => {
    const error = "/LeanCLI/Main.cs(12,9): error CS0103: The name 'x' does not exist in the current context [/LeanCLI/My Project.csproj]";
    const warning = `${PROJECT}/Sub/B.cs(3,5,3,8): warning CS0168: The variable 'e' is declared but never used [/LeanCLI/My Project.csproj]`;
    const restore = '/LeanCLI/My Project.csproj : error NU1101: Unable to find package Nope. No packages exist with this id [/LeanCLI/x.sln]';
    const facts = feed(['##[lean-workbench] phase building', '  Determining projects to restore...', error, warning, restore, '', 'Build FAILED.', error, warning, '    1 Warning(s)', '    1 Error(s)']);
    assert.deepEqual(facts.phases, ['building']);
    assert.deepEqual(facts.problems, [
      { severity: 'error', message: "The name 'x' does not exist in the current context", source: 'csharp', location: { file: `${PROJECT}/Main.cs`, line: 12, column: 9 }, code: 'CS0103' },
      { severity: 'warning', message: "The variable 'e' is declared but never used", source: 'csharp', location: { file: `${PROJECT}/Sub/B.cs`, line: 3, column: 5 }, code: 'CS0168' },
      { severity: 'error', message: 'Unable to find package Nope. No packages exist with this id', source: 'csharp', location: { file: `${PROJECT}/My Project.csproj` }, code: 'NU1101' },
    ]);
    const outcome = decideOutcome({ kind: 'backtest', language: 'CSharp', facts, exitCode: 95, stop: 'none', lastLines: [] });
    assert.equal(outcome.kind, 'build-error');
    assert.equal(outcome.message, "Build failed: The name 'x' does not exist in the current context (CS0103) (Main.cs:12)");
    assert.match(outcome.details ?? '', /NU1101/);
    assert.doesNotMatch(outcome.details ?? '', /LeanCLI/);
  });

  it('a syntax error found by compileall has its line', () => {
    const facts = feed([
      '##[lean-workbench] phase compiling',
      "*** Error compiling '/LeanCLI/sub/signals.py'...",
      '  File "/LeanCLI/sub/signals.py", line 6',
      '    self.add_equity("SPY"',
      '                   ^',
      "SyntaxError: '(' was never closed",
      '',
    ]);
    assert.deepEqual(facts.problems, [
      { severity: 'error', message: "'(' was never closed", source: 'python', location: { file: `${PROJECT}/sub/signals.py`, line: 6 }, code: 'SyntaxError' },
    ]);
    const outcome = decideOutcome({ kind: 'backtest', language: 'Python', facts, exitCode: 96, stop: 'none', lastLines: [] });
    assert.equal(outcome.kind, 'syntax-error');
    assert.equal(outcome.message, "Syntax error: '(' was never closed (signals.py:6)");
    assert.deepEqual(outcome.location, { file: `${PROJECT}/sub/signals.py`, line: 6 });
  });

  it('an indentation error told by py_compile in one line', () => {
    const facts = feed(['Sorry: IndentationError: unexpected indent (main.py, line 4)'], { ...SOURCES, sourceFiles: [`${PROJECT}/main.py`] });
    assert.equal(facts.error?.message, 'IndentationError: unexpected indent');
    assert.deepEqual(facts.error.location, { file: `${PROJECT}/main.py`, line: 4 });
  });

  it('a warning of the compile step; those of packages are not the person’s', () => {
    const facts = feed(["/LeanCLI/main.py:5: SyntaxWarning: invalid escape sequence '\\d'", '/opt/miniconda3/lib/python3.11/site-packages/x.py:9: DeprecationWarning: old']);
    assert.deepEqual(facts.problems, [
      { severity: 'warning', message: "invalid escape sequence '\\d'", source: 'python', location: { file: `${PROJECT}/main.py`, line: 5 }, code: 'SyntaxWarning' },
    ]);
    assert.equal(facts.error, undefined);
  });

  it('pip’s reason', () => {
    const facts = feed(['##[lean-workbench] phase packages', 'Collecting nope', 'ERROR: Could not find a version that satisfies the requirement nope', 'ERROR: No matching distribution found for nope']);
    const outcome = decideOutcome({ kind: 'backtest', language: 'Python', facts, exitCode: 94, stop: 'none', lastLines: [] });
    assert.equal(outcome.kind, 'packages-error');
    assert.equal(outcome.message, 'Python packages could not be installed: No matching distribution found for nope');
  });

  it('a path that is not visible', () => {
    const facts = feed(['##[lean-workbench] not-visible /Lean/Data']);
    const outcome = decideOutcome({ kind: 'backtest', language: 'Python', facts, exitCode: 92, stop: 'none', lastLines: [] });
    assert.equal(outcome.kind, 'launch-failed');
    assert.match(outcome.message, /'\/Lean\/Data'/);
  });
});

describe('signs that could mislead', () => {
  it('an algorithm that logs the words of a runtime error has not failed', () => {
    const interpreter = new LogInterpreter(SOURCES);
    interpreter.feed(['20261121 08:00:00.000 ERROR:: 2013-10-07 11:10:00 Runtime Error: not really in main.py: line 3', '20261121 08:00:01.000 TRACE:: Engine.Main(): Analysis Completed and Results Posted.']);
    const facts = interpreter.end(false);
    assert.equal(facts.error, undefined);
    assert.equal(facts.posted, true);
  });

  it('the same words count once the process failed', () => {
    const interpreter = new LogInterpreter(SOURCES);
    interpreter.feed(['20261121 08:00:00.000 ERROR:: 2013-10-07 11:10:00 Runtime Error: really', ' in main.py: line 3']);
    assert.equal(interpreter.end(true).error?.message, 'really');
  });

  it('a frame in a package that shares no file with the project is not the place', () => {
    const interpreter = new LogInterpreter({ ...SOURCES, sourceFiles: [`${PROJECT}/main.py`, `${PROJECT}/sub/helper.py`] });
    interpreter.feed([
      '20261121 08:00:00.000 ERROR:: Extensions.SetRuntimeError(): RuntimeError at 10/07/2013 15:10:00 UTC. Context: OnData Python.Runtime.PythonException: bad',
      '  File "/opt/miniconda3/lib/python3.11/site-packages/pandas/core/frame.py", line 4102, in __getitem__',
      '  File "/LeanCLI/sub/helper.py", line 5, in compute',
      '20261121 08:00:00.100 ERROR:: 2013-10-07 11:10:00 Runtime Error: bad',
      '  at __getitem__',
      '    indexer = x',
      ' in frame.py: line 4102',
      '  at compute',
      '    y = frame["z"]',
      ' in helper.py: line 5',
    ]);
    assert.deepEqual(interpreter.end(true).error?.location, { file: `${PROJECT}/sub/helper.py`, line: 5 });
  });

  it('an error in the project wins over a deeper one in a library of the workspace', () => {
    const interpreter = new LogInterpreter({ ...SOURCES, pathMap: [...SOURCES.pathMap, { container: '/Library', host: '/home/me/ws/Library' }] });
    interpreter.feed([
      '20261121 08:00:00.000 ERROR:: Extensions.SetRuntimeError(): RuntimeError at 10/07/2013 15:10:00 UTC. Context: OnData System.Exception: bad',
      '   at Lib.Deep() in /Library/Util/U.cs:line 4',
      '   at A.OnData(Slice s) in /LeanCLI/A.cs:line 9',
    ]);
    assert.deepEqual(interpreter.end(true).error?.location, { file: `${PROJECT}/A.cs`, line: 9 });
  });

  it('the stand-in says that it is one', () => {
    const interpreter = new LogInterpreter(SOURCES);
    assert.equal(interpreter.feed(['Lean Workbench test stand-in: results are replayed']).standIn, true);
  });

  it('outcomes lead to states', () => {
    const states = (['success', 'quit', 'stopped', 'killed', 'killed-from-outside', 'runtime-error', 'container-lost', 'unknown'] as const).map((kind) => stateOf({ kind, message: '' }));
    assert.deepEqual(states, ['completed', 'completed', 'stopped', 'stopped', 'failed', 'failed', 'lost', 'unknown']);
    assert.equal(stateOf({ kind: 'unknown', message: '', exitCode: 7 }), 'failed');
  });
});
