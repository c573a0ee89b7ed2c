import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../base/errors';
import { RECORD_FOLDER } from './recordFolder';

/** At most this much of a log's end goes to a page. */
const MOST_BYTES = 24 * 1024 * 1024;

export interface RunLog {
  readonly file: string;
  readonly lines: readonly string[];
  /** Bytes of the beginning that were left out. */
  readonly leftOut: number;
}

/**
 * The log of a run folder: the console as we saw it, else LEAN's log.txt, else the algorithm's own log.
 * Undefined when there is none.
 */
export async function readRunLog(folder: string, algorithmId?: string): Promise<RunLog | undefined> {
  const candidates = [join(folder, RECORD_FOLDER, 'console.log'), join(folder, 'log.txt')];
  if (algorithmId !== undefined) candidates.push(join(folder, `${algorithmId}-log.txt`));
  for (const file of candidates) {
    const log = await readEnd(file);
    if (log !== undefined && log.lines.length > 0) return log;
  }
  return undefined;
}

async function readEnd(file: string): Promise<RunLog | undefined> {
  let handle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - MOST_BYTES);
    const buffer = Buffer.alloc(size - start);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    const lines = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    if (start > 0) lines.shift();
    return { file, lines, leftOut: start };
  } finally {
    await handle.close();
  }
}
