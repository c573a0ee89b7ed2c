import { readdir, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../base/errors';
import type { LeanProject, RunFolder, RunKind } from '../lean/model';
import type { Discovered, DiscoveryWarning } from './discovery';
import { fileError } from './fileErrors';

/** Where `lean` keeps runs, below a project. */
export const RUN_FOLDERS: readonly (readonly [folder: string, kind: RunKind])[] = [
  ['backtests', 'backtest'],
  ['live', 'live'],
  ['optimizations', 'optimization'],
];

/**
 * The runs of a project, newest first: every folder under backtests/, live/ and optimizations/, whatever its name,
 * and these folders themselves where an old tool left a result directly in them. Only names are read.
 */
export async function findRuns(project: Pick<LeanProject, 'folder'>, signal?: AbortSignal): Promise<Discovered<RunFolder>> {
  const warnings: DiscoveryWarning[] = [];
  const found = await Promise.all(
    RUN_FOLDERS.map(async ([name, kind]) => {
      signal?.throwIfAborted();
      return runsIn(project.folder, join(project.folder, name), kind, warnings);
    }),
  );
  return { items: found.flat().sort((a, b) => b.startedAt - a.startedAt || (a.name < b.name ? 1 : -1)), warnings };
}

async function runsIn(projectFolder: string, parent: string, kind: RunKind, warnings: DiscoveryWarning[]): Promise<RunFolder[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(parent, { withFileTypes: true });
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      const wrapped = fileError(error, parent, 'read');
      warnings.push({ message: wrapped.message, location: { file: parent }, error: wrapped });
    }
    return [];
  }
  const folders = entries.filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'));
  const runs = await Promise.all(folders.map(({ name }) => runFolder(projectFolder, join(parent, name), kind, warnings)));
  const hasOwnResult = entries.some((entry) => entry.isFile() && entry.name.endsWith('.json') && !entry.name.startsWith('.'));
  const own = hasOwnResult ? [await runFolder(projectFolder, parent, kind, warnings)] : [];
  return [...own, ...runs].filter((run) => run !== undefined);
}

async function runFolder(projectFolder: string, folder: string, kind: RunKind, warnings: DiscoveryWarning[]): Promise<RunFolder | undefined> {
  const name = basename(folder);
  const stamp = timeOf(name);
  // A time stamp saves the look at the file system: there may be thousands of runs.
  if (stamp !== undefined) return { kind, projectFolder, folder, name, startedAt: stamp };
  try {
    const facts = await stat(folder);
    if (!facts.isDirectory()) return undefined;
    const born = facts.birthtimeMs > 0 ? Math.min(facts.birthtimeMs, facts.mtimeMs) : facts.mtimeMs;
    return { kind, projectFolder, folder, name, startedAt: Math.round(born) };
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') {
      const wrapped = fileError(error, folder, 'read');
      warnings.push({ message: wrapped.message, location: { file: folder }, error: wrapped });
    }
    return undefined;
  }
}

/** Unix milliseconds of a folder name such as `2026-11-21_08-29-18` or `2026-11-21_08-29-18-2`, in local time as `lean` writes it. */
export function timeOf(name: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})_(\d{2})-(\d{2})-(\d{2})(?:-\d+)?$/.exec(name);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const date = new Date(year, month - 1, day, hour, minute, second);
  // 2026-13-45 is a name, not a time.
  return date.getMonth() === month - 1 && date.getDate() === day && date.getHours() <= 23 && minute < 60 && second < 60 ? date.getTime() : undefined;
}

/** The project folder that a run's folder belongs to, by the names above it; undefined when they say nothing. */
export function projectOfRun(folder: string): string | undefined {
  const parent = dirname(folder);
  return RUN_FOLDERS.some(([name]) => basename(parent) === name) ? dirname(parent) : undefined;
}
