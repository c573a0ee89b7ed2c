import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock';
import { WorkbenchError } from '../../src/base/errors';
import { english, setTranslator, t, translatorOf, type Bundle } from '../../src/base/l10n';
import { silentLogger } from '../../src/base/logger';
import { connectionError } from '../../src/engine/docker/errors';
import type * as DockerChunk from '../../src/engine/docker/lazy';
import { WorkerResultReader } from '../../src/files/resultReader';
import { readResultFolder } from '../../src/files/resultFolder';
import { parseLeanJson } from '../../src/lean/leanJson';
import { decideOutcome, type OutcomeSigns } from '../../src/lean/outcome';
import { presentProject, presentRun } from '../../src/ui/views/tree.present';
import { buildHead } from '../../src/ui/webviews/resultPresenter';
import { RECORDINGS } from '../unit/resultRecordings';
import { projectOf, runOf } from '../unit/uiSupport';
import { manifest, ROOT, text, words } from './manifest';
import { placeholders, readMessages } from './messages';

const { calls, untranslated } = readMessages(['src', 'webviews']);
const messages = [...new Set(calls.flatMap(({ message }) => (message === undefined ? [] : [message])))].sort();
/** A language that marks every text it was asked for. */
const pseudo: Bundle = Object.fromEntries(messages.map((message) => [message, `⟦${message}⟧`]));

/** What a function gives while the core speaks the pseudo-language. */
function inPseudo<T>(work: () => T): T {
  setTranslator(translatorOf(pseudo));
  try {
    return work();
  } finally {
    setTranslator(english);
  }
}

describe('messages in the sources', () => {
  it('are found in every room that speaks', () => {
    for (const room of ['src/lean/', 'src/engine/', 'src/files/', 'src/runs/', 'src/ui/', 'webviews/results/', 'webviews/shared/']) {
      assert.ok(calls.some(({ place }) => place.startsWith(room)), room);
    }
  });

  it('are plain literals, so that tools and translators find them', () => {
    // Only a translator handed on spreads what it was given.
    assert.deepEqual(calls.filter(({ message, spread }) => message === undefined && !spread), []);
    assert.deepEqual(calls.filter(({ message, spread }) => message !== undefined && spread), []);
  });

  it('get as many arguments as they have placeholders, numbered from 0', () => {
    const wrong = calls.filter(({ message, args }) => message !== undefined && placeholders(message).join() !== Array.from({ length: args }, (_, index) => index).join());
    assert.deepEqual(wrong, []);
  });

  it('are made when they are needed: on the host never while a module is loaded, before the language is set', () => {
    assert.deepEqual(calls.filter(({ atLoad, place }) => atLoad && place.startsWith('src/')), []);
  });

  it('are all of what errors tell a person', () => {
    assert.deepEqual(untranslated, []);
  });
});

describe('German', () => {
  const bundle = JSON.parse(text(manifest.l10n, 'bundle.l10n.de.json')) as Bundle;
  const nls = JSON.parse(text('package.nls.de.json')) as Readonly<Record<string, string>>;

  it('has every message of the sources, and none besides', () => {
    assert.deepEqual(messages.filter((message) => bundle[message] === undefined), [], 'missing');
    assert.deepEqual(Object.keys(bundle).filter((message) => !messages.includes(message)), [], 'no longer said');
    assert.deepEqual(Object.keys(nls).sort(), Object.keys(words).sort());
  });

  it('keeps placeholders, and the blanks by which parts of a sentence are joined', () => {
    const blanks = (value: string): string => `${/^\s*/.exec(value)?.[0] ?? ''}|${/\s*$/.exec(value)?.[0] ?? ''}`;
    for (const [message, translation] of Object.entries(bundle)) {
      assert.deepEqual(placeholders(translation), placeholders(message), message);
      assert.equal(blanks(translation), blanks(message), message);
    }
  });

  it('keeps commands, addresses and settings of the manifest, and values in code', () => {
    const kept = (value: string): string[] => [...value.matchAll(/\]\([^)]*\)|`[^`]*`/g)].map(([part]) => part).sort();
    for (const [key, value] of Object.entries(words)) assert.deepEqual(kept(nls[key] ?? ''), kept(value), key);
  });

  it('translates: no sentence was left English', () => {
    const sentence = (value: string): boolean => value.split(' ').length > 3;
    assert.deepEqual(Object.entries(bundle).filter(([message, translation]) => sentence(message) && message === translation), []);
    assert.deepEqual(Object.entries(words).filter(([key, value]) => sentence(value) && nls[key] === value), []);
  });
});

describe('another language', () => {
  const SIGNS: OutcomeSigns = { kind: 'backtest', language: 'Python', facts: { posted: false, quitCommand: false, interrupted: false, stopped: false, exiting: false } as unknown as OutcomeSigns['facts'], stop: 'none', lastLines: [] };

  it('reaches outcomes', () => {
    assert.equal(decideOutcome({ ...SIGNS, exitCode: 134 }).message, 'Backtest failed: LEAN aborted (exit code 134).');
    assert.equal(inPseudo(() => decideOutcome({ ...SIGNS, exitCode: 134 }).message), '⟦⟦Backtest⟧ failed: LEAN aborted (exit code 134).⟧');
  });

  it('reaches errors of the engine and of files, with their values in place', () => {
    const endpoint = { address: 'unix:///x.sock', connection: { kind: 'socket', path: '/x.sock' }, foundBy: 'DOCKER_HOST', explicit: true } as const;
    const refused = (): string => connectionError(Object.assign(new Error('x'), { code: 'ENOENT' }), endpoint, true).message;
    assert.equal(refused(), 'Docker does not run at unix:///x.sock (DOCKER_HOST): there is no such socket. No other engine is tried, because DOCKER_HOST names this one.');
    assert.equal(inPseudo(refused), '⟦Docker does not run at unix:///x.sock (DOCKER_HOST): ⟦there is no such socket⟧.⟦ No other engine is tried, because DOCKER_HOST names this one.⟧⟧');
    assert.throws(() => inPseudo(() => parseLeanJson('{ "data-folder": ', '/w/lean.json')), (error) => error instanceof WorkbenchError && error.message === '⟦lean.json is not valid JSON: line 1, column 18: expected ⟦a value⟧, found ⟦the end of the file⟧.⟧');
  });

  it('reaches the tree and the head of the result page', async () => {
    const pseudoT = translatorOf(pseudo);
    const now = new Date(2026, 10, 21, 12, 0).getTime();
    const run = runOf({ state: 'failed' });
    for (const present of [presentRun(run, now, pseudoT), presentProject(projectOf({ isLibrary: true }), [run], false, pseudoT)]) assert.match(present.accessibility, /⟦/);
    assert.notEqual(presentRun(run, now, pseudoT).accessibility, presentRun(run, now, english).accessibility);
    const folder = join(RECORDINGS, 'daily-multiyear');
    const result = await readResultFolder(folder);
    const parts = { folder, run: undefined, result: result === undefined ? assert.fail('no result') : { ...result, dataRequests: { succeeded: 5, failed: 2 } }, hasCodeSnapshot: false, hasPlan: false };
    assert.equal(buildHead(parts, english).warnings[0], '2 of 7 data requests failed: data may be missing.');
    assert.equal(buildHead(parts, pseudoT).warnings[0], '⟦2 of 7 data requests failed: data may be missing.⟧');
    assert.deepEqual(buildHead(parts, pseudoT).statistics.map(({ title }) => title), buildHead(parts, english).statistics.map(({ title }) => `⟦${title}⟧`));
    // What LEAN wrote stays as LEAN wrote it.
    assert.deepEqual(buildHead(parts, pseudoT).statistics.map(({ rows }) => rows), buildHead(parts, english).statistics.map(({ rows }) => rows));
  });

  it('is handed to the Docker chunk, which has a state of its own', async () => {
    const { DockerAdapter, nodeHost, setTranslator: setThere } = createRequire(import.meta.url)(join(ROOT, 'dist', 'docker.js')) as typeof DockerChunk;
    const adapter = new DockerAdapter({ hostSetting: () => 'ssh://me@far', delivery: () => 'stdin', logger: silentLogger, clock: systemClock, host: nodeHost({}), patience: 1 });
    await assert.rejects(adapter.info(), /^WorkbenchError: setting lean\.docker\.host is ssh:/);
    setThere(translatorOf(pseudo));
    adapter.forget();
    await assert.rejects(adapter.info(), /^WorkbenchError: ⟦⟦setting lean\.docker\.host⟧ is ssh:/);
    assert.equal(t('Cancelled before it started.'), 'Cancelled before it started.', 'this bundle goes on in English');
  });

  it('is handed to the thread that reads results', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lw-l10n-'));
    const workerFile = join(ROOT, 'dist', 'resultWorker.js');
    const readers = [new WorkerResultReader({ workerFile }), new WorkerResultReader({ workerFile, bundle: pseudo })] as const;
    try {
      await writeFile(join(folder, 'A.json'), '');
      await assert.rejects(readers[0].read(folder, 'A'), /^WorkbenchError: The result file is empty: /);
      await assert.rejects(readers[1].read(folder, 'A'), /^WorkbenchError: ⟦The result file is empty: /);
    } finally {
      for (const reader of readers) reader.dispose();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('never fills a value that looks like a placeholder again', () => {
    assert.equal(translatorOf({ '{0} and {1}': '{1} und {0}' })('{0} and {1}', '{1}', 'b'), 'b und {1}');
    assert.equal(english('{ … } {2} {0}', 'x'), '{ … } {2} x');
    assert.equal(translatorOf({})('toString {0}', 1), 'toString 1');
  });
});
