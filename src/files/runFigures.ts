import { open, readdir, readFile, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../base/errors';
import { isJsonObject, type Json } from '../base/json';
import { t } from '../base/l10n';
import { stubOf, type FoundRun } from '../lean/foundRun';
import { LogInterpreter } from '../lean/logInterpreter';
import { decideOutcome, stateOf } from '../lean/outcome';
import type { RunRecord } from '../lean/ports';
import { parseBacktestResult, resultFileKind } from '../lean/resultParse';
import { summarizeResult, type ResultSummary } from '../lean/resultSummary';
import { isFinal, type Outcome, type RunSnapshot, type RunState } from '../lean/run';

/** A summary is small; a whole result is read instead of it only up to this size. Bytes. */
const MAX_RESULT = 2 * 1024 * 1024;
/** How much of the end of log.txt is looked at for signs of an early end. Bytes. */
const LOG_TAIL = 32 * 1024;
const NOT_RESULTS = /^(?:data-monitor-report|succeeded-data-requests|failed-data-requests|alpha-results|optimizer-config)|-(?:order-events|alpha-results)\.json$/;
/** LEAN's live result cuts (contract: engine.md, "Live"). */
const LIVE_CUT = /-\d{4}-\d\d-\d\d(?:-\d\d)?_(?:minute|10minute|second_.*)\.json$/;

interface Discovery extends FoundRun {
  /** What we kept of it ourselves, if it is ours. */
  readonly record: RunRecord | undefined;
  /** Whether a window that lives follows it. */
  readonly claimed: () => Promise<boolean>;
  readonly console: () => Promise<readonly string[]>;
}

/** A run on disk as a snapshot: our own record where it is whole, else what LEAN's and `lean`'s files tell. */
export async function discoverRun(found: Discovery): Promise<RunSnapshot> {
  const { record } = found;
  if (record !== undefined && (isFinal(record.snapshot.state) || (await found.claimed()))) return { ...record.snapshot, ...placeOf(found) };
  const config = await readConfig(found.folder.folder);
  const algorithmId = record?.snapshot.algorithmId ?? textOf(config['id']);
  const summary = await readSummary(found.folder.folder, algorithmId);
  const base = record === undefined ? stubOf(found) : { ...record.snapshot, ...placeOf(found) };
  const name = record === undefined ? textOf(config['backtest-name']) : undefined;
  const ended = summary?.endTime === undefined ? Number.NaN : Date.parse(summary.endTime);
  const figures = summary === undefined ? {} : { ...base.figures, ...summary.figures };
  const { state, outcome } = record === undefined ? await endOf(summary, found) : await endOfOurs(record, summary, found);
  return {
    ...base,
    state,
    phase: 'ended',
    ...(name !== undefined && name !== '' && { name }),
    ...(algorithmId !== undefined && { algorithmId }),
    ...(Number.isFinite(ended) && base.endedAt === undefined && { endedAt: ended }),
    ...(Object.keys(figures).length > 0 && { figures }),
    ...(summary !== undefined && record === undefined && { parameters: summary.parameters }),
    ...(outcome !== undefined && { outcome }),
  };
}

function placeOf(found: FoundRun): Pick<RunSnapshot, 'workspaceFolder' | 'projectFolder' | 'projectName' | 'folder'> {
  return {
    workspaceFolder: found.workspaceFolder,
    projectFolder: found.folder.projectFolder,
    projectName: found.projectName,
    folder: found.folder.folder,
  };
}

/** A run of ours whose end this workbench did not live to see: its kept console and LEAN's files tell. */
async function endOfOurs(
  record: RunRecord,
  summary: ResultSummary | undefined,
  found: Discovery,
): Promise<{ readonly state: RunState; readonly outcome?: Outcome }> {
  const { snapshot } = record;
  const interpreter = new LogInterpreter({ pathMap: [{ container: '/LeanCLI', host: snapshot.projectFolder }], projectFolder: snapshot.projectFolder });
  interpreter.feed(await found.console());
  const facts = interpreter.end(false);
  if (!facts.posted && facts.error === undefined) return endOf(summary, found);
  const outcome = decideOutcome({ kind: snapshot.kind, language: facts.error?.location?.file.endsWith('.py') === true ? 'Python' : 'CSharp', facts, stop: 'none', lastLines: snapshot.lastLines });
  return { state: stateOf(outcome), outcome };
}

async function endOf(summary: ResultSummary | undefined, found: Discovery): Promise<{ readonly state: RunState; readonly outcome?: Outcome }> {
  const lost: Outcome = { kind: 'container-lost', message: t('Its end was never recorded: the container is gone and no final result was written.') };
  if (summary === undefined) return found.record === undefined ? { state: 'unknown' } : { state: 'lost', outcome: lost };
  switch (summary.status) {
    case 'Completed': {
      const early = await earlyEnd(found);
      if (early !== undefined) return { state: stateOf(early), outcome: early };
      // A live deployment has no end of its own.
      return { state: found.folder.kind === 'live' ? 'stopped' : 'completed' };
    }
    case 'Stopped':
    case 'Liquidated':
    case 'Deleted':
      return { state: 'stopped' };
    case 'RuntimeError': {
      const interpreter = new LogInterpreter({ pathMap: [{ container: '/LeanCLI', host: found.folder.projectFolder }], projectFolder: found.folder.projectFolder });
      // The result's own words, read as the log entry they came from: they give message and place.
      interpreter.feed([`20000101 00:00:00.000 ERROR:: ${summary.runtimeError}`, ...summary.stackTrace.split('\n')].flatMap((text) => text.split('\n')));
      const facts = interpreter.end(true);
      const outcome = decideOutcome({
        kind: found.folder.kind,
        language: /\.py\b/.test(summary.stackTrace) ? 'Python' : 'CSharp',
        facts,
        stop: 'none',
        resultStatus: summary.status,
        resultError: summary.runtimeError,
        lastLines: [],
      });
      return { state: 'failed', outcome };
    }
    case 'Running':
    case 'Initializing':
      return { state: 'lost', outcome: lost };
    default:
      return { state: summary.partial ? 'lost' : 'unknown' };
  }
}

/** A run that was stopped, or ended itself with `Quit()`, calls itself completed: only LEAN's log knows (contract: engine.md, "Exit codes"). */
async function earlyEnd(found: Discovery): Promise<Outcome | undefined> {
  const { projectFolder, folder, kind } = found.folder;
  const interpreter = new LogInterpreter({ pathMap: [], projectFolder });
  interpreter.feed(await readTail(join(folder, 'log.txt')));
  const facts = interpreter.end(false);
  if (!facts.stopped && !facts.interrupted && !facts.quitCommand && facts.quitMessage === undefined) return undefined;
  return decideOutcome({ kind, language: 'CSharp', facts, stop: 'none', lastLines: [] });
}

/** The last lines of a file; empty when there is none. */
async function readTail(file: string): Promise<readonly string[]> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    const { size } = await handle.stat();
    const from = Math.max(0, size - LOG_TAIL);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOG_TAIL), 0, LOG_TAIL, from);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    return from === 0 ? lines : lines.slice(1);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR') return [];
    throw error;
  } finally {
    await handle?.close();
  }
}

/** `lean`'s `config` of an output folder; empty when there is none or it is not JSON. */
async function readConfig(folder: string): Promise<{ readonly [key: string]: Json }> {
  const json = await readJsonFile(join(folder, 'config'));
  return json !== undefined && isJsonObject(json) ? json : {};
}

/** The smallest file that tells how the run ended: the summary, else a result that is small enough. */
export async function readSummary(folder: string, algorithmId: string | undefined): Promise<ResultSummary | undefined> {
  for (const name of await candidates(folder, algorithmId)) {
    const file = join(folder, name);
    const text = await readSmall(file);
    if (text === undefined) continue;
    const json = parseJson(text);
    if (json === undefined || !isJsonObject(json)) continue;
    const kind = resultFileKind(json);
    // A summary is a result without its orders.
    const whole = kind === 'summary' ? JSON.stringify({ orders: {}, ...json }) : text;
    if (kind === 'backtest' || kind === 'live' || kind === 'summary') return summarizeResult(parseBacktestResult({ file, text: whole }));
  }
  return undefined;
}

async function candidates(folder: string, algorithmId: string | undefined): Promise<readonly string[]> {
  if (algorithmId !== undefined && algorithmId !== '') return [`${algorithmId}-summary.json`, `${algorithmId}.json`];
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw error;
  });
  const results = names.filter((name) => name.endsWith('.json') && !NOT_RESULTS.test(name) && !LIVE_CUT.test(name));
  return results.sort((a, b) => Number(b.endsWith('-summary.json')) - Number(a.endsWith('-summary.json')) || a.localeCompare(b));
}

async function readSmall(file: string): Promise<string | undefined> {
  try {
    if ((await stat(file)).size > MAX_RESULT) return undefined;
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function readJsonFile(file: string): Promise<Json | undefined> {
  const text = await readSmall(file);
  return text === undefined ? undefined : parseJson(text);
}

/** Undefined for text that is cut off or no JSON: another file may tell. */
function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : undefined;
}
