import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { neutralize, TerminalFormatter } from '../../src/lean/terminal';
import { linesOf, PROJECT, readRecording, SOURCES } from './logRecordings';

const RED = '\u001b[31m';
const RESET = '\u001b[0m';

function lines(...text: readonly string[]): readonly string[] {
  const shown = new TerminalFormatter(SOURCES).format(text);
  assert.ok(shown === '' || shown.endsWith('\r\n'));
  return shown.split('\r\n').slice(0, -1);
}

describe('terminal text', () => {
  it('an error and its stack are red, with host files as file:line', () => {
    assert.deepEqual(lines('20261121 08:36:06.180 ERROR:: 2013-03-27 16:00:00 Runtime Error: bad in A.cs:line 8', '   at X.Deep(Int32 i) in /LeanCLI/A.cs:line 8', ' in main.py: line 20'), [
      `${RED}20261121 08:36:06.180 ERROR:: 2013-03-27 16:00:00 Runtime Error: bad in ${PROJECT}/A.cs:8${RESET}`,
      `${RED}   at X.Deep(Int32 i) in ${PROJECT}/A.cs:8${RESET}`,
      `${RED} in ${PROJECT}/main.py:20${RESET}`,
    ]);
  });

  it('a syntax error names its file and line', () => {
    const shown = new TerminalFormatter(SOURCES).format(linesOf(readRecording('py-pysyntax')));
    assert.match(shown, new RegExp(`\\(${PROJECT}/PySyntax\\.py:6\\)`));
    assert.doesNotMatch(shown, /\/LeanCLI/);
  });

  it('results and data stand at their host paths', () => {
    assert.deepEqual(lines('20261121 08:28:08.402 TRACE:: Debug: 2013-10-11 16:00:00 Your log was successfully created and can be retrieved from: /Results/A-log.txt'), [
      `20261121 08:28:08.402 TRACE:: Debug: 2013-10-11 16:00:00 Your log was successfully created and can be retrieved from: ${PROJECT}/backtests/one/A-log.txt`,
    ]);
    assert.deepEqual(lines('see /Lean/Database/x and /Lean/Data/equity/usa'), ['see /Lean/Database/x and /home/me/ws/data/equity/usa']);
  });

  it('compiler lines have the colour of their severity', () => {
    assert.deepEqual(lines('/LeanCLI/Main.cs(12,9): error CS0103: no x [/LeanCLI/x.csproj]', '/LeanCLI/Main.cs(3,1): warning CS0168: unused [/LeanCLI/x.csproj]'), [
      `${RED}${PROJECT}/Main.cs(12,9): error CS0103: no x [${PROJECT}/x.csproj]${RESET}`,
      `\u001b[33m${PROJECT}/Main.cs(3,1): warning CS0168: unused [${PROJECT}/x.csproj]${RESET}`,
    ]);
  });

  it('our markers are not shown, harmless errors are quiet', () => {
    assert.deepEqual(lines('##[lean-workbench] phase building'), []);
    const [line] = lines('20261121 08:38:03.072 ERROR:: BacktestingResultHandler.SendFinalResult(): Error running backtest analysis System.NullReferenceException: x');
    assert.ok(line?.startsWith('\u001b[2m'));
  });

  it('control characters cannot move the cursor or change the title; colours pass', () => {
    assert.equal(neutralize('a\u001b[31mred\u001b[0m\tb'), 'a\u001b[31mred\u001b[0m\tb');
    assert.equal(neutralize('a\u001b[2Jb\u001b]0;title\u0007c\rd\u009be\u007f'), 'a\u241b[2Jb\u241b]0;title\u2407c\u240dd\ufffde\u2421');
    assert.equal(neutralize('plain ü €'), 'plain ü €');
  });
});
