import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { delay } from '../base/clock';
import { errorCode, messageOf, WorkbenchError } from '../base/errors';
import { isJsonObject, type Json } from '../base/json';
import { t } from '../base/l10n';
import type { BacktestResult } from '../lean/result';
import { parseBacktestResult, resultFileKind } from '../lean/resultParse';

export interface FolderReadOptions {
  /** LEAN's algorithm-id, which names the file; without it the folder is searched. */
  readonly algorithmId?: string;
  /** How often a file that is being written is read again, and how long it must rest to count as finished. */
  readonly retries?: number;
  readonly restMs?: number;
}

/**
 * Reads the backtest result of a folder; undefined when there is none (yet).
 * A file that does not parse but changed a moment ago is being written: it is read again, not reported.
 * @throws WorkbenchError `file-invalid`, `file-empty`, `file-unreadable`
 */
export async function readResultFolder(folder: string, options: FolderReadOptions = {}): Promise<BacktestResult | undefined> {
  const { retries = 6, restMs = 2000 } = options;
  for (let attempt = 0; ; attempt++) {
    const file = await findResultFile(folder, options.algorithmId);
    if (file === undefined) return undefined;
    try {
      return await readResultFile(file, folder);
    } catch (error) {
      if (!isHalfWritten(error) || attempt >= retries || !(await changedWithin(file, restMs))) throw error;
      await delay(150 * (attempt + 1));
    }
  }
}

/** Whether an error may only mean that LEAN is just writing the file. */
export function isHalfWritten(error: unknown): boolean {
  return error instanceof WorkbenchError && (error.reason === 'file-invalid' || error.reason === 'file-empty');
}

async function readResultFile(file: string, folder: string): Promise<BacktestResult> {
  const eventsFile = file.replace(/\.json$/, '-order-events.json');
  const [text, events, dataRequests] = await Promise.all([
    readText(file),
    readText(eventsFile).catch((error: unknown) => {
      if (error instanceof WorkbenchError && error.reason === 'file-missing') return undefined;
      throw error;
    }),
    readDataRequests(folder),
  ]);
  const result = parseBacktestResult({ file, text, ...(events === undefined ? {} : { events: { file: eventsFile, text: events } }) });
  return dataRequests === undefined ? result : { ...result, dataRequests };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = errorCode(cause);
    if (code === 'ENOENT') throw new WorkbenchError('file-missing', t('There is no {0}', file), { cause });
    const tooLarge = code === 'ERR_STRING_TOO_LONG' || code === 'ERR_FS_FILE_TOO_LARGE';
    const why = tooLarge ? t('it is larger than 512 MB') : messageOf(cause);
    throw new WorkbenchError('file-unreadable', t('The result file cannot be read: {0} ({1})', why, file), { cause, location: { file } });
  }
}

async function changedWithin(file: string, ms: number): Promise<boolean> {
  const { mtimeMs } = await stat(file);
  return Math.abs(Date.now() - mtimeMs) < ms;
}

/** The folder's result file: by the algorithm id, else by what the files begin with and then hold. */
export async function findResultFile(folder: string, algorithmId: string | undefined): Promise<string | undefined> {
  if (algorithmId !== undefined && algorithmId !== '') {
    const file = join(folder, `${algorithmId}.json`);
    return (await sizeOf(file)) === undefined ? undefined : file;
  }
  const names = await readdir(folder).catch((cause: unknown) => {
    if (errorCode(cause) === 'ENOENT') return [];
    throw new WorkbenchError('file-unreadable', t('The folder cannot be read: {0}', messageOf(cause)), { cause, location: { file: folder } });
  });
  const candidates: { file: string; size: number }[] = [];
  for (const name of names.filter((item) => item.endsWith('.json'))) {
    const file = join(folder, name);
    const size = await sizeOf(file);
    if (size !== undefined && (await looksLikeResult(file))) candidates.push({ file, size });
  }
  // The whole result is larger than its summary, which begins alike.
  candidates.sort((a, b) => b.size - a.size);
  if (candidates.length < 2) return candidates[0]?.file;
  for (const { file } of candidates) if (await isWholeResult(file)) return file;
  return candidates[0]?.file;
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new WorkbenchError('file-unreadable', t('The file cannot be read: {0}', messageOf(error)), { cause: error, location: { file } });
  }
}

/** First keys of LEAN's results, new and old, backtest and live. */
const FIRST_KEY = /^\uFEFF?\s*\{\s*"(rollingWindow|charts|orders|profitLoss|statistics|totalPerformance|holdings|state)"/i;

async function looksLikeResult(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    return FIRST_KEY.test(buffer.toString('utf8', 0, bytesRead));
  } finally {
    await handle.close();
  }
}

async function isWholeResult(file: string): Promise<boolean> {
  try {
    const kind = resultFileKind(JSON.parse(await readText(file)) as Json);
    return kind === 'backtest' || kind === 'live';
  } catch (error) {
    // Not yet whole, or broken: then the largest candidate is read and its fault told in full.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Counts of the newest data-monitor report, told by its content. */
async function readDataRequests(folder: string): Promise<BacktestResult['dataRequests']> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('data-monitor-report') && name.endsWith('.json')).sort();
  const name = names.at(-1);
  if (name === undefined) return undefined;
  let json: Json;
  try {
    json = JSON.parse(await readFile(join(folder, name), 'utf8')) as Json;
  } catch (error) {
    // A side file: LEAN writes it last, and a half-written one only means that the counts are not known yet.
    if (error instanceof SyntaxError || errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  if (!isJsonObject(json) || resultFileKind(json) !== 'data-monitor') return undefined;
  const succeeded = json['succeeded-data-requests-count'];
  const failed = json['failed-data-requests-count'];
  return typeof succeeded === 'number' && typeof failed === 'number' ? { succeeded, failed } : undefined;
}
