import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { english } from '../../src/ui/host/translate';
import { presentStatus, RESULT_SHOWN_MS } from '../../src/ui/status/status.present';
import { presentLenses } from '../../src/ui/language/codeLens.present';
import { projectOf, runOf } from './uiSupport';

const NOW = new Date(2026, 10, 21, 12, 0).getTime();
const TRUSTED = { hasProjects: true, trusted: true };

describe('the status bar item', () => {
  it('hides without projects, asks for one when there are several, runs the current one', () => {
    assert.equal(presentStatus(undefined, undefined, { hasProjects: false, trusted: true }, NOW, english).visible, false);
    assert.deepEqual([presentStatus(undefined, undefined, TRUSTED, NOW, english)].map(({ text, click }) => [text, click]), [['$(play) LEAN: pick a project', 'pick']]);
    const idle = presentStatus(projectOf(), undefined, TRUSTED, NOW, english);
    assert.equal(idle.text, '$(play) MeanReversion');
    assert.equal(idle.click, 'run');
    assert.equal(idle.ticking, false);
  });

  it('shows progress and elapsed time, then the result for ten seconds, then the project again', () => {
    const started = NOW - 70_000;
    const active = runOf({ state: 'running', phase: 'running', requestedAt: started, startedAt: started, progress: { fraction: 0.62 } });
    const running = presentStatus(projectOf(), active, TRUSTED, NOW, english);
    assert.equal(running.text, '$(sync~spin) MeanReversion 62 % · 1 m 10 s');
    assert.ok(running.ticking);
    assert.equal(running.click, 'menu');
    const done = runOf({ requestedAt: started, startedAt: started, endedAt: NOW });
    assert.equal(presentStatus(projectOf(), done, TRUSTED, NOW + 9_000, english).text, '$(pass) +12.4 % · SR 1.31');
    assert.equal(presentStatus(projectOf(), done, TRUSTED, NOW + RESULT_SHOWN_MS, english).text, '$(play) MeanReversion');
  });

  it('never invents progress: without figures it says what is done', () => {
    const active = runOf({ state: 'preparing', phase: 'pulling', requestedAt: NOW - 3000, startedAt: NOW - 3000 });
    assert.equal(presentStatus(projectOf(), active, TRUSTED, NOW, english).text, '$(sync~spin) MeanReversion pulling image · 3 s');
  });

  it('says that it stops, whatever the progress', () => {
    const active = runOf({ state: 'stopping', requestedAt: NOW - 3000, startedAt: NOW - 3000, progress: { fraction: 0.4 } });
    assert.equal(presentStatus(projectOf(), active, TRUSTED, NOW, english).text, '$(sync~spin) MeanReversion stopping · 3 s');
  });

  it('says failed and stopped in words', () => {
    const failed = presentStatus(projectOf(), runOf({ state: 'failed', endedAt: NOW }), TRUSTED, NOW, english);
    assert.equal(failed.text, '$(error) MeanReversion failed');
    assert.equal(failed.mood, 'error');
    assert.match(presentStatus(projectOf(), runOf({ state: 'stopped', endedAt: NOW }), TRUSTED, NOW, english).text, /stopped · \+12\.4 %/);
    assert.match(presentStatus(projectOf(), runOf({ state: 'stopped', endedAt: NOW, outcome: { kind: 'killed', message: 'x' } }), TRUSTED, NOW, english).text, /killed/);
  });

  it('is not fooled by a project that is named like an icon', () => {
    assert.equal(presentStatus(projectOf({ name: '$(zap)' }), undefined, TRUSTED, NOW, english).text, '$(play) \\$(zap)');
  });

  it('says that an untrusted workspace runs nothing', () => {
    assert.match(presentStatus(projectOf(), undefined, { hasProjects: true, trusted: false }, NOW, english).text, /workspace-untrusted/);
  });
});

describe('lenses', () => {
  const source = '# class Fake(QCAlgorithm):\nfrom AlgorithmImports import *\n\nclass MeanReversion(QCAlgorithm):\n    pass\n';

  it('stand above the algorithm class, not above a comment', () => {
    const lenses = presentLenses('Python', source, projectOf(), [], NOW, english);
    assert.deepEqual(lenses.map(({ line, title }) => [line, title]), [[3, '$(play) Backtest'], [3, 'Backtest with…']]);
    assert.deepEqual(presentLenses('Python', 'print(1)\n', projectOf(), [], NOW, english), []);
  });

  it('tell the last result, and while one runs, how to stop it', () => {
    const at = NOW - 60_000;
    const last = runOf({ requestedAt: at, startedAt: at, endedAt: at + 1000 });
    assert.equal(presentLenses('Python', source, projectOf(), [last], NOW, english)[2]?.title, 'last: +12.4 % SR 1.31 (11:59)');
    const active = runOf({ id: 'a', state: 'running', requestedAt: NOW, startedAt: NOW, progress: { fraction: 0.5 } });
    const lens = presentLenses('Python', source, projectOf(), [last, active], NOW, english)[2];
    assert.equal(lens?.title, '$(debug-stop) Stop (50 %)');
    assert.deepEqual(lens.argument, { runId: 'a' });
    assert.equal(presentLenses('Python', source, projectOf(), [runOf({ state: 'failed', requestedAt: at, startedAt: at })], NOW, english)[2]?.title, 'last: failed (11:59)');
  });

  it('find a C# algorithm', () => {
    const csharp = 'namespace X;\npublic class Breakout : QCAlgorithm\n{\n}\n';
    assert.equal(presentLenses('CSharp', csharp, projectOf({ language: 'CSharp' }), [], NOW, english)[0]?.line, 1);
  });
});
