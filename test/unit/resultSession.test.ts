import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { delay } from '../../src/base/clock';
import { Emitter } from '../../src/base/emitter';
import { WorkbenchError } from '../../src/base/errors';
import { english } from '../../src/base/l10n';
import { silentLogger } from '../../src/base/logger';
import { createInlineResultReader } from '../../src/files/resultReader';
import type { BacktestResult } from '../../src/lean/result';
import type { RunSnapshot } from '../../src/lean/run';
import type { ResultHostMessage } from '../../src/protocol/results';
import { buildHead, buildLogLines, spelledOut, statisticGroups } from '../../src/ui/webviews/resultPresenter';
import { contentPolicy, resultPageHtml } from '../../src/ui/webviews/resultPage';
import { ResultSession, type ResultSessionSources } from '../../src/ui/webviews/resultSession';
import { RECORDINGS } from './resultRecordings';

const FOLDER = join(RECORDINGS, 'order-types');
const RUN: RunSnapshot = {
  id: 'run-1', kind: 'backtest', workspaceFolder: '/q', projectFolder: '/q/My Py', projectName: 'My Py', folder: FOLDER, name: 'first try', origin: 'workbench', state: 'running', phase: 'running',
  requestedAt: 1000, startedAt: 2000, parameters: { fast: '10' }, progress: {}, problems: [], resultRevision: 1, lastLines: [],
};

/** A session over sources that a test steers. */
function stage(options: { run?: RunSnapshot; read: () => Promise<BacktestResult | undefined> }) {
  const changed = new Emitter<ReadonlySet<string>>();
  const messages: ResultHostMessage[] = [];
  const state = { run: options.run, reads: 0 };
  const sources: ResultSessionSources = {
    runs: { get: (id) => (id === state.run?.id ? state.run : undefined), onDidChange: changed.event },
    reader: { read: () => { state.reads++; return options.read(); } },
    log: (_run, _folder, onLines) => {
      onLines(['20261121 08:28:07.232 ERROR:: bad', '  at x'], true);
      return { dispose: () => undefined };
    },
    facts: () => Promise.resolve({ hasCodeSnapshot: true, hasPlan: true }),
    logger: silentLogger,
    translate: english,
    retryMs: 30,
  };
  const session = new ResultSession(FOLDER, options.run?.id ?? FOLDER, sources, (message) => messages.push(message));
  const change = (next: Partial<RunSnapshot>): void => {
    state.run = { ...(state.run ?? RUN), ...next };
    changed.fire(new Set([state.run.id]));
  };
  const types = (): string[] => messages.map((message) => message.type);
  const waitFor = async (type: ResultHostMessage['type'], count = 1): Promise<void> => {
    const end = Date.now() + 3000;
    while (types().filter((item) => item === type).length < count) {
      assert.ok(Date.now() < end, `no ${type} in ${types().join(', ')}`);
      await delay(5);
    }
  };
  return { session, messages, state, change, types, waitFor };
}

const readSample = (): Promise<BacktestResult | undefined> => createInlineResultReader().read(FOLDER);

describe('the feed of a result page', () => {
  it('sends whole snapshots in order once the page is ready', async () => {
    const { session, messages, types, waitFor } = stage({ run: RUN, read: readSample });
    assert.deepEqual(types(), []);
    session.start();
    await waitFor('orders');
    assert.deepEqual(types(), ['loading', 'log', 'head', 'charts', 'orders']);
    const charts = messages.find((message) => message.type === 'charts');
    assert.ok(charts?.type === 'charts' && charts.charts[0]?.series[0]?.times instanceof ArrayBuffer);
    const log = messages.find((message) => message.type === 'log');
    assert.deepEqual(log?.type === 'log' && log.lines.map((line) => line.level), ['error', 'error']);
    session.dispose();
  });

  it('follows the store: the head on every change, the files only when they changed or the run ended', async () => {
    const { session, state, change, messages, waitFor } = stage({ run: RUN, read: readSample });
    session.start();
    await waitFor('orders');
    change({ progress: { fraction: 0.5 } });
    assert.equal(state.reads, 1);
    const head = messages.at(-1);
    assert.ok(head?.type === 'head' && head.head.progress.fraction === 0.5);
    change({ resultRevision: 2 });
    await waitFor('orders', 2);
    change({ state: 'completed', endedAt: 9000 });
    await waitFor('orders', 3);
    assert.equal(state.reads, 3);
    change({ name: 'renamed' });
    assert.equal(state.reads, 3);
    session.dispose();
  });

  it('never calls a file broken that is being written: it tries again', async () => {
    let attempts = 0;
    const broken = new WorkbenchError('file-invalid', 'cut');
    const { session, types, waitFor } = stage({ run: RUN, read: () => (++attempts < 3 ? Promise.reject(broken) : readSample()) });
    session.start();
    await waitFor('orders');
    assert.equal(attempts, 3);
    assert.ok(!types().includes('error'));
    session.dispose();
  });

  it('says what is wrong with a broken file of a run that is over, and heals when it is replaced', async () => {
    let broken = true;
    const { session, messages, change, waitFor } = stage({ run: { ...RUN, state: 'completed' }, read: () => (broken ? Promise.reject(new WorkbenchError('file-invalid', 'ends too early: A.json')) : readSample()) });
    session.start();
    await waitFor('error');
    const error = messages.at(-1);
    assert.ok(error?.type === 'error');
    assert.match(error.message, /ends too early/);
    assert.equal(error.action, 'open-result-file');
    broken = false;
    change({ resultRevision: 7 });
    await waitFor('orders');
    session.dispose();
  });

  it('shows a folder that no store knows, and says when there is nothing in it', async () => {
    const known = stage({ read: readSample });
    known.session.start();
    await known.waitFor('orders');
    const head = known.messages.find((message) => message.type === 'head');
    assert.ok(head?.type === 'head' && head.head.state === 'completed' && head.head.title === 'order-types' && !head.head.canRunAgain);
    known.session.dispose();
    const empty = stage({ read: () => Promise.resolve(undefined) });
    empty.session.start();
    await empty.waitFor('error');
    empty.session.dispose();
  });

  it('is silent after its end', async () => {
    const { session, messages, change } = stage({ run: RUN, read: async () => { await delay(30); return readSample(); } });
    session.start();
    session.dispose();
    const count = messages.length;
    change({ resultRevision: 9 });
    await delay(80);
    assert.equal(messages.length, count);
  });
});

describe('the head of a result page', () => {
  it('tells the outcome with its place, the facts, and what to doubt', async () => {
    const result = await readSample();
    const run: RunSnapshot = { ...RUN, state: 'failed', endedAt: 5000, image: 'quantconnect/lean:latest', leanVersion: '2.5.0.0', standIn: true, outcome: { kind: 'runtime-error', message: 'KeyError', location: { file: '/q/My Py/main.py', line: 42 } } };
    const head = buildHead({ folder: FOLDER, run, result, hasCodeSnapshot: true, hasPlan: true }, english);
    assert.deepEqual([head.title, head.projectName, head.state, head.outcomeKind, head.outcomeLocation?.line, head.standIn], ['My Py · first try', 'My Py', 'failed', 'runtime-error', 42, true]);
    assert.deepEqual(head.parameters, { fast: '10' });
    const finished = buildHead({ folder: FOLDER, run: { ...RUN, state: 'completed' }, result, hasCodeSnapshot: false, hasPlan: false }, english);
    assert.deepEqual(finished.warnings, ['10 of 23 data requests failed: data may be missing.', 'Only 7 closed trades: too few to tell skill from luck.']);
    const missing = buildHead({ folder: FOLDER, run: undefined, result: result === undefined ? undefined : { ...result, dataRequests: { succeeded: 5, failed: 2 } }, hasCodeSnapshot: false, hasPlan: false }, english);
    assert.match(missing.warnings[0] ?? '', /2 of 7 data requests failed/);
  });

  it('shows every statistic of every group', async () => {
    const result = (await readSample()) ?? assert.fail('no result');
    const groups = statisticGroups(result, english);
    assert.deepEqual(groups.map((group) => group.title), ['Statistics', 'Runtime statistics', 'Portfolio', 'Trades', 'Server']);
    assert.equal(groups.reduce((sum, group) => sum + group.rows.length, 0), result.statistics.length + result.runtimeStatistics.length + result.portfolioStatistics.length + result.tradeStatistics.length + result.serverStatistics.length);
    assert.deepEqual([spelledOut('averageTradeDuration'), spelledOut('largestMAE'), spelledOut('valueAtRisk99')], ['Average trade duration', 'Largest MAE', 'Value at risk 99']);
  });

  it('gives log lines their level, stack lines that of their entry', () => {
    const lines = buildLogLines(['20261121 08:28:07.232 TRACE:: fine', '20261121 08:28:07.300 ERROR:: bad', '   at A.cs:line 8', '20261121 08:28:07.400 DEBUG:: more']);
    assert.deepEqual(lines.map((line) => line.level), ['trace', 'error', 'error', 'debug']);
  });
});

describe('the document of a result page', () => {
  it('allows nothing but its own files, and escapes what it is given', () => {
    assert.match(contentPolicy('https://x', 'n'), /^default-src 'none';/);
    assert.doesNotMatch(contentPolicy('https://x', 'n'), /unsafe/);
    const html = resultPageHtml({ cspSource: 'https://x', nonce: 'n', script: 'https://x/a.js?a=1&b="', styles: ['https://x/a.css'], title: '</title><script>alert(1)</script>', language: 'en', bundle: undefined });
    assert.equal(html.match(/<script/g)?.length, 1);
    assert.ok(html.includes('&amp;b=&quot;'));
  });
});
