import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../base/errors';
import type { RunClaim } from '../lean/ports';
import { RECORD_FOLDER } from './recordFolder';

interface Owner {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
}

/** How often an owner shows that it lives. Milliseconds. */
const HEARTBEAT = 5_000;
/** An owner on another machine (a folder that is shared, a container) that was silent this long is gone. Milliseconds. */
const SILENCE = 30_000;
/** A process id is used again some day: an owner of this machine that was silent this long is gone as well. Milliseconds. */
const LONG_SILENCE = 24 * 3600_000;
/** Claims that this process holds. */
const held = new Set<string>();

/**
 * Claims a run for this window: two windows on one workspace must not both keep its console and its record.
 * Undefined when another window that lives has it, or when the run's folder is gone. An owner that died is replaced.
 */
export async function claimRun(folder: string): Promise<RunClaim | undefined> {
  const file = fileOf(folder);
  const owner: Owner = { token: randomUUID(), pid: process.pid, host: hostname() };
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(file, JSON.stringify(owner), { flag: 'wx', mode: 0o600 });
      return hold(file, owner.token);
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    if ((await readOwner(file))?.alive === true || !(await removeDead(file))) return undefined;
  }
  return undefined;
}

/** Whether a window that lives follows the run: this one or another. */
export async function isRunClaimed(folder: string): Promise<boolean> {
  return (await readOwner(fileOf(folder)))?.alive === true;
}

function fileOf(folder: string): string {
  return join(folder, RECORD_FOLDER, 'owner.json');
}

function hold(file: string, token: string): RunClaim {
  held.add(token);
  const beat = setInterval(() => {
    const now = new Date();
    // A folder that was deleted needs no owner any more.
    utimes(file, now, now).catch(() => clearInterval(beat));
  }, HEARTBEAT);
  beat.unref();
  return {
    async release() {
      clearInterval(beat);
      if (held.delete(token)) await rm(file, { force: true });
    },
  };
}

async function readOwner(file: string): Promise<{ readonly owner: Owner | undefined; readonly alive: boolean } | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    const owner = parseOwner(text);
    return { owner, alive: isAlive(owner, Date.now() - mtimeMs) };
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const { token, pid, host } = JSON.parse(text) as Partial<Owner>;
    return typeof token === 'string' && typeof pid === 'number' && typeof host === 'string' ? { token, pid, host } : undefined;
  } catch (error) {
    // Just being written, or cut off by a crash: its age tells which.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isAlive(owner: Owner | undefined, silence: number): boolean {
  if (owner?.host !== hostname()) return silence < SILENCE;
  if (owner.pid === process.pid) return held.has(owner.token);
  return silence < LONG_SILENCE && isProcess(owner.pid);
}

function isProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // One that may not be signalled is there all the same.
    return errorCode(error) === 'EPERM';
  }
}

/**
 * Removes a dead owner's claim; false when another window is just doing that. One at a time, and looked at again before
 * the removal: else a slow window could remove the claim that a quick one has made since.
 */
async function removeDead(file: string): Promise<boolean> {
  const mutex = `${file}.takeover`;
  try {
    await writeFile(mutex, '', { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true;
    if (errorCode(error) !== 'EEXIST') throw error;
    // Whoever made it needs it for milliseconds: an old one was left by a crash, and the next attempt will find none.
    if ((await ageOf(mutex)) > SILENCE) await rm(mutex, { force: true });
    return false;
  }
  try {
    if ((await readOwner(file))?.alive === false) await rm(file, { force: true });
  } finally {
    await rm(mutex, { force: true });
  }
  return true;
}

async function ageOf(file: string): Promise<number> {
  try {
    return Date.now() - (await stat(file)).mtimeMs;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
