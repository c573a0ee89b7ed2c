import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkbenchError } from '../../src/base/errors';
import type { RunState } from '../../src/lean/run';
import { english } from '../../src/ui/host/translate';
import { groupRuns, NodePool, structureOf } from '../../src/ui/views/treeModel';
import { presentGroup, presentLibrary, presentNotice, presentProject, presentRun, presentWorkspace, runTooltip, shortImage } from '../../src/ui/views/tree.present';
import { projectOf, runOf } from './uiSupport';

const NOW = new Date(2026, 10, 21, 12, 0).getTime();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('runs in groups', () => {
  it('puts running runs first, then today, then this week; older ones behind a row', () => {
    const running = runOf({ state: 'running', requestedAt: NOW - 30 * DAY, startedAt: NOW - 30 * DAY, folder: '/r' });
    const today = runOf({ requestedAt: NOW - HOUR, startedAt: NOW - HOUR, folder: '/t' });
    const week = runOf({ requestedAt: NOW - 3 * DAY, startedAt: NOW - 3 * DAY, folder: '/w' });
    const old = runOf({ requestedAt: NOW - 60 * DAY, startedAt: NOW - 60 * DAY, folder: '/o' });
    const grouped = groupRuns([old, week, today, running], NOW);
    assert.deepEqual(grouped.shown.map((run) => run.folder), ['/r', '/t', '/w']);
    assert.deepEqual(grouped.week, []);
    assert.deepEqual(grouped.older.map((run) => run.folder), ['/o']);
  });

  it('gives a busy week a row of its own, and keeps today in sight', () => {
    const runs = Array.from({ length: 40 }, (_, index) => runOf({ requestedAt: NOW - index * 4 * HOUR, startedAt: NOW - index * 4 * HOUR, folder: `/${index}` }));
    const grouped = groupRuns(runs, NOW);
    assert.deepEqual(grouped.shown.map((run) => run.folder), ['/0', '/1', '/2', '/3'], 'from midnight on');
    assert.equal(grouped.week.length + grouped.shown.length + grouped.older.length, 40);
    assert.ok(grouped.week.length > 12);
  });

  it('shows the newest of a project that rested long', () => {
    const runs = [90, 91, 92, 93, 94].map((days) => runOf({ requestedAt: NOW - days * DAY, startedAt: NOW - days * DAY, folder: `/${days}` }));
    const grouped = groupRuns(runs, NOW);
    assert.deepEqual(grouped.shown.map((run) => run.folder), ['/90', '/91', '/92']);
    assert.equal(grouped.older.length, 2);
  });

  it('changes its structure when a run comes, goes or ends, and not with progress', () => {
    const run = runOf({ state: 'running', requestedAt: NOW });
    const before = structureOf(groupRuns([run], NOW));
    assert.equal(structureOf(groupRuns([{ ...run, progress: { fraction: 0.4 } }], NOW)), before);
    assert.notEqual(structureOf(groupRuns([run, runOf({ id: 'b', folder: '/b', requestedAt: NOW - HOUR })], NOW)), before);
  });

  it('gives the same row for the same run, so that the tree keeps its state', () => {
    const pool = new NodePool();
    const run = runOf();
    assert.equal(pool.run(run), pool.run({ ...run, progress: { fraction: 0.5 } }));
    assert.equal(pool.project('/p'), pool.project('/p'));
    const renamed = pool.run({ ...run, id: 'its own id' });
    assert.equal(renamed.id, pool.run(run).id, 'the row keeps its id when the run gets its own');
    assert.equal(pool.find('project:/p'), pool.project('/p'));
  });
});

describe('the row of a run', () => {
  it('says when, what it gave, how long it took', () => {
    const row = presentRun(runOf(), NOW, english);
    assert.equal(row.label, 'today 09:12');
    assert.equal(row.description, '+12.4 %  SR 1.31  DD 8.2 %  1,214 orders  41 s');
    assert.equal(row.icon, 'pass');
    assert.equal(row.contextValue, 'run;backtest;final;result;plan');
    assert.equal(row.accessibility, 'Backtest, today 09:12, completed, +12.4 %  SR 1.31  DD 8.2 %  1,214 orders  41 s');
  });

  it('names runs that a person named, however old', () => {
    const at = new Date(2026, 9, 2, 17, 5).getTime();
    const row = presentRun(runOf({ name: 'base', requestedAt: at, startedAt: at, endedAt: at + 1000 }), NOW, english);
    assert.equal(row.label, '2026-10-02 17:05');
    assert.match(row.description ?? '', /^base {2}\+12\.4 %/);
  });

  it('shows progress from what is known, else the phase', () => {
    const progress = { fraction: 0.617, simulatedTo: Date.UTC(2019, 3, 12) / 1000, secondsLeft: 70 };
    assert.equal(presentRun(runOf({ state: 'running', phase: 'running', progress }), NOW, english).description, '62 %  2019-04-12  1 m 10 s left');
    assert.equal(presentRun(runOf({ state: 'preparing', phase: 'building', figures: {} }), NOW, english).description, 'building');
    assert.equal(presentRun(runOf({ state: 'stopping' }), NOW, english).description, 'stopping');
  });

  it('says why a run failed, with the line', () => {
    const outcome = { kind: 'runtime-error', message: 'KeyError: missing\nand more', location: { file: '/ws/MeanReversion/main.py', line: 42 } } as const;
    const row = presentRun(runOf({ state: 'failed', outcome }), NOW, english);
    assert.equal(row.description, 'main.py:42  KeyError: missing', 'the line first: a narrow sidebar cuts the end');
    assert.equal(row.icon, 'error');
    const said = { ...outcome, message: 'KeyError (main.py:42)' };
    assert.equal(presentRun(runOf({ state: 'failed', outcome: said }), NOW, english).description, 'main.py:42  KeyError', 'not twice');
    const problems = [{ severity: 'error', message: 'missing', source: 'python', location: outcome.location }] as const;
    assert.equal(presentRun(runOf({ state: 'failed', outcome, problems }), NOW, english).description, 'main.py:42  missing', 'the bare reason where there is one');
  });

  it('tells a kill from a stop, and says each once', () => {
    const stopped = presentRun(runOf({ state: 'stopped', figures: {} }), NOW, english);
    assert.equal(stopped.description, 'stopped  41 s');
    assert.equal(stopped.accessibility, 'Backtest, today 09:12, stopped, 41 s');
    const killed = presentRun(runOf({ state: 'stopped', figures: {}, outcome: { kind: 'killed', message: 'killed' } }), NOW, english);
    assert.equal(killed.description, 'killed  41 s');
    assert.match(killed.accessibility, /killed/);
    assert.equal(presentRun(runOf({ state: 'stopping' }), NOW, english).accessibility, 'Backtest, today 09:12, stopping');
  });

  it('takes no duration from an end before the start', () => {
    const at = NOW - HOUR;
    assert.equal(presentRun(runOf({ requestedAt: at, startedAt: at, endedAt: at - DAY, figures: { netProfit: 0.1 } }), NOW, english).description, '+10.0 %');
  });

  it('tells states apart by shape and word, not by colour alone', () => {
    const states: RunState[] = ['queued', 'running', 'completed', 'failed', 'stopped', 'lost', 'unknown'];
    const icons = states.map((state) => presentRun(runOf({ state }), NOW, english).icon);
    assert.equal(new Set(icons).size, states.length);
    for (const state of ['failed', 'stopped', 'lost'] as const) assert.match(presentRun(runOf({ state, figures: {} }), NOW, english).accessibility, new RegExp(state));
  });

  it('shows what is unknown as unknown, never as 0', () => {
    const { figures, ...bare } = runOf({ state: 'unknown' });
    assert.ok(figures !== undefined);
    assert.equal(presentRun(bare, NOW, english).description, '');
    assert.match(runTooltip(bare, NOW, english), /\| Sharpe ratio \| — \|/);
  });

  it('marks live runs and optimizations with a word, and offers them no backtest', () => {
    const live = presentRun(runOf({ kind: 'live', state: 'unknown' }), NOW, english);
    assert.match(live.description ?? '', /^live/);
    assert.doesNotMatch(live.contextValue, /backtest/);
    assert.match(presentRun(runOf({ kind: 'optimization' }), NOW, english).description ?? '', /^optimization/);
  });
});

describe('the card of a run', () => {
  it('has eight statistics and the parameters', () => {
    const figures = { netProfit: 0.1243, sharpeRatio: 1.3071, drawdown: 0.082, totalOrders: 214, totalFees: 310.5, compoundingAnnualReturn: -0.05, endEquity: 112_431, capacity: 4_100_000 };
    const card = runTooltip(runOf({ figures, parameters: { fast: '10', slow: '20' } }), NOW, english);
    assert.equal(card.split('\n').filter((line) => line.startsWith('| ')).length - 1, 8);
    assert.ok(card.includes('| Return | \\+12\\.43 % |'));
    assert.ok(card.includes('| Annual return | −5\\.00 % |'));
    assert.ok(card.includes('fast = 10, slow = 20'));
  });

  it('keeps what may be a secret, and what nobody set, to itself', () => {
    const card = runTooltip(runOf({ parameters: { fast: '10', 'intrinio-password': 'hunter2', 'intrinio-username': '' } }), NOW, english);
    assert.ok(card.includes('fast = 10'));
    assert.doesNotMatch(card, /hunter2|username/);
  });

  it('shows what files hold as text: no HTML, no link, no image, no icon', () => {
    const evil = '<img src=x onerror=alert(1)> [a](command:evil) ![b](http://x) $(zap) | c';
    const card = runTooltip(runOf({ name: evil, projectName: evil, parameters: { [evil]: evil }, image: evil, state: 'failed', outcome: { kind: 'runtime-error', message: evil } }), NOW, english);
    assert.doesNotMatch(card, /<img/);
    assert.doesNotMatch(card, /(?<!\\)\]\(/);
    assert.doesNotMatch(card, /(?<!\\)\$\(/);
    assert.doesNotMatch(card, /(?<!\\)\| c/);
  });
});

describe('other rows', () => {
  const workspace = { folder: '/home/me/quant', name: 'quant', leanJsonPath: '/home/me/quant/lean.json', dataFolder: '/home/me/quant/data', leanConfig: {} };
  const info = { product: 'Docker 28.2', version: '28.2', apiVersion: '1.50', endpoint: 'unix:///x', foundBy: 'DOCKER_HOST', operatingSystem: 'linux', architecture: 'x86_64', rootless: false, desktop: false, cpus: 2, memoryBytes: 1e9 };

  it('a workspace names the engine and how old its image is', () => {
    const image = { name: 'quantconnect/lean:latest', id: 'x', createdAt: NOW - 3 * DAY, sizeBytes: 1, repoDigests: [], labels: {}, architecture: 'amd64', os: 'linux' };
    assert.equal(presentWorkspace(workspace, { info, image: { name: image.name, info: image } }, NOW, english).description, 'Docker 28.2 · lean:latest 3 d old');
    assert.equal(presentWorkspace(workspace, { info, image: { name: image.name } }, NOW, english).description, 'Docker 28.2 · lean:latest not pulled');
    assert.equal(presentWorkspace(workspace, {}, NOW, english).description, undefined, 'nothing is known: nothing is said');
    assert.equal(presentWorkspace(workspace, { error: new WorkbenchError('engine-not-running', 'x') }, NOW, english).description, 'Docker is not running');
    assert.equal(shortImage('registry:5000/me/lean@sha256:abc'), 'lean');
  });

  it('a project shows its language and the figures of its last run', () => {
    const older = runOf({ requestedAt: NOW - DAY, startedAt: NOW - DAY, figures: { netProfit: -0.5 } });
    const row = presentProject(projectOf(), [older, runOf()], false, english);
    assert.equal(row.description, 'py  +12.4 %  SR 1.31  (last)');
    const failed = runOf({ requestedAt: NOW - HOUR, startedAt: NOW - HOUR, state: 'failed', figures: { netProfit: 0, sharpeRatio: 0 } });
    assert.equal(presentProject(projectOf(), [failed, runOf()], false, english).description, 'py  +12.4 %  SR 1.31  (last)', 'a failed run does not count');
    assert.equal(presentProject(projectOf(), [failed], false, english).description, 'py');
    assert.match(presentProject(projectOf(), [runOf({ state: 'stopped' })], false, english).description ?? '', /\+12\.4 %/, 'a stopped one does');
    assert.equal(row.contextValue, 'project;runnable;python');
    assert.equal(presentProject(projectOf({ language: 'CSharp' }), [], false, english).description, 'c#');
    assert.match(presentProject(projectOf(), [runOf({ state: 'running' })], true, english).description ?? '', /running/);
    assert.equal(presentProject(projectOf(), [], false, english).collapsible, 'none');
  });

  it('a library is marked and not runnable', () => {
    const row = presentProject(projectOf({ name: 'Library/Signals', isLibrary: true }), [], false, english);
    assert.equal(row.label, 'Signals');
    assert.equal(row.icon, 'library');
    assert.doesNotMatch(row.contextValue, /runnable/);
    assert.equal(row.accessibility, 'Library Signals, Python');
    assert.equal(presentLibrary([projectOf()], english).description, '1');
    assert.equal(presentLibrary([projectOf()], english).accessibility, 'Library, 1 project');
  });

  it('groups say how many', () => {
    assert.equal(presentGroup('older', 118, english).label, 'older (118)');
    assert.equal(presentGroup('older', 118, english).accessibility, 'older, 118 runs');
    assert.equal(presentGroup('week', 1, english).accessibility, 'this week, 1 run');
  });

  it('each state of the engine has words of its own', () => {
    const reasons = ['engine-not-installed', 'engine-not-running', 'engine-permission', 'engine-not-linux', 'engine-too-old', 'engine-no-space', 'engine-unreachable'] as const;
    const labels = reasons.map((reason) => presentNotice('engine', new WorkbenchError(reason, 'why'), english).label);
    assert.equal(new Set(labels).size, reasons.length);
    assert.equal(presentNotice('untrusted', undefined, english).label, 'Not trusted: nothing is run');
    assert.equal(presentNotice('problem', new WorkbenchError('file-invalid', 'lean.json:3 is not valid'), english).label, 'lean.json:3 is not valid');
    const broken = presentNotice('problem', new WorkbenchError('file-invalid', 'lean.json:3 is not valid', { location: { file: '/home/me/second/lean.json', line: 3 } }), english);
    assert.equal(broken.description, 'second', 'the folder tells two lean.json apart');
    assert.equal(broken.accessibility, 'lean.json:3 is not valid /home/me/second/lean.json', 'said once');
  });
});
