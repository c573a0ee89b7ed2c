import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseLogLine } from '../../src/lean/logGrammar';
import { linesOf, readRecording, RECORDINGS, recordingNames } from './logRecordings';

describe('a log line', () => {
  it('of the console', () => {
    assert.deepEqual(parseLogLine('20261121 08:28:07.232 TRACE:: Engine.Main(): Started 08:28'), {
      time: Date.UTC(2026, 10, 21, 8, 28, 7, 232),
      level: 'trace',
      source: 'Engine.Main',
      text: 'Engine.Main(): Started 08:28',
      continuation: false,
    });
  });

  it('of log.txt has the same parts', () => {
    const saved = parseLogLine('2026-11-21T08:28:07.2323577Z TRACE:: BaseSetupHandler.Setup(LocalPlatform): UID: 0');
    assert.equal(saved.time, Date.UTC(2026, 10, 21, 8, 28, 7, 232));
    assert.equal(saved.source, 'BaseSetupHandler.Setup');
  });

  it('of the algorithm has its kind and time', () => {
    const log = parseLogLine('20261121 08:42:46.973 TRACE:: Log: 1999-04-15 16:00:00 bar 500 cash 997972.02');
    assert.equal(log.userKind, 'log');
    assert.equal(log.algorithmTime, Date.UTC(1999, 3, 15, 16) / 1000);
    assert.equal(log.text, '1999-04-15 16:00:00 bar 500 cash 997972.02');
    assert.equal(parseLogLine('20261121 08:36:09.397 TRACE:: Debug: 2013-02-13 16:00:00 Quit(): over').userKind, 'debug');
    const error = parseLogLine('20261121 08:40:11.756 ERROR:: 2026-11-21 03:40:11 error message');
    assert.equal(error.userKind, 'error');
    assert.equal(error.level, 'error');
    const untimed = parseLogLine('20261121 08:43:59.575 TRACE:: Debug: Paper Brokerage account base currency: USD');
    assert.equal(untimed.userKind, 'debug');
    assert.equal(untimed.algorithmTime, undefined);
  });

  it('without a stamp belongs to the entry before, statistics stand alone', () => {
    assert.equal(parseLogLine('   at A.B() in /LeanCLI/A.cs:line 8').continuation, true);
    assert.equal(parseLogLine('').continuation, true);
    assert.equal(parseLogLine('STATISTICS:: Total Orders 3').continuation, false);
    assert.equal(parseLogLine('20261121 no level').continuation, true);
  });

  it('that looks like trouble and is none is known', () => {
    const kinds = [
      '20261121 08:38:03.072 ERROR:: BacktestingResultHandler.SendFinalResult(): Error running backtest analysis System.NullReferenceException: Object reference not set',
      "20261121 08:38:03.072 ERROR:: StopSafely(): Timeout waiting for 'Isolator Thread' thread to stop",
      '0.00s - Debugger warning: It seems that frozen modules are being used, which may',
      '0.00s - make the debugger miss breakpoints. Please pass -Xfrozen_modules=off',
      '20261121 08:36:17.137 ERROR:: 2013-10-07 10:00:00 Order Error: ids: [9], Insufficient buying power',
    ].map((line) => parseLogLine(line).benign);
    assert.deepEqual(kinds, ['analysis-null-reference', 'stop-safely-timeout', 'frozen-modules', 'frozen-modules', undefined]);
  });

  it('of every recording that begins with a stamp is taken apart', () => {
    for (const name of recordingNames()) {
      for (const line of linesOf(readRecording(name))) {
        const stamped = /^\d{8} \d\d:\d\d:\d\d\.\d{3} /.test(line);
        assert.equal(parseLogLine(line).time !== undefined, stamped, `${name}: ${line}`);
      }
    }
  });

  it('of a recorded log.txt says what the console said', () => {
    const consoleLines = linesOf(readRecording('fw-basic-csharp')).filter((line) => /^\d{8} /.test(line)).map(parseLogLine);
    const saved = readFileSync(join(RECORDINGS, 'fw-basic-csharp/log.txt'), 'utf8').split('\n').map(parseLogLine).filter((line) => line.time !== undefined);
    // log.txt lacks the first three console lines (contract: engine.md); its stamps are taken a moment apart.
    const expected = consoleLines.slice(3);
    assert.deepEqual(saved.map((line) => ({ ...line, time: 0 })), expected.map((line) => ({ ...line, time: 0 })));
    for (const [index, line] of saved.entries()) assert.ok(Math.abs((line.time ?? 0) - (expected[index]?.time ?? 0)) <= 2);
  });
});
