import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileError } from './fileErrors';

/** Folders of results and of `lean` itself, never part of an algorithm's code. */
const RESULT_FOLDERS: ReadonlySet<string> = new Set(['backtests', 'live', 'optimizations', 'storage', 'report']);
const BUILD_FOLDERS: ReadonlySet<string> = new Set(['bin', 'obj', 'node_modules', '__pycache__']);
const CODE = /\.(py|cs|ipynb|css|html)$/;
/** Far deeper than any project; stops at what is not one. */
const MAX_DEPTH = 32;

export interface SourceFile {
  /** Below the folder, with forward slashes. */
  readonly path: string;
  readonly absolute: string;
}

/** What `lean` counts as an algorithm's code: .py .cs .ipynb .css .html. */
export function isCode(name: string): boolean {
  return CODE.test(name);
}

/**
 * The files of a project that `accept` takes, sorted: no hidden folders, Python environments, build output, results,
 * and no links that lead out of it (a container would not see what they mean). Throws `file-unreadable` for a folder that cannot be read.
 */
export async function sourceFiles(folder: string, accept: (name: string) => boolean): Promise<SourceFile[]> {
  const found: SourceFile[] = [];
  await walk({ root: folder, accept, found }, folder, '', 0);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Walk {
  readonly root: string;
  readonly accept: (name: string) => boolean;
  readonly found: SourceFile[];
}

async function walk(context: Walk, folder: string, below: string, depth: number): Promise<void> {
  const { root, accept, found } = context;
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw fileError(error, folder, 'read');
  }
  if (depth > 0 && entries.some(({ name }) => name === 'pyvenv.cfg' || name === 'conda-meta')) return;
  const folders: string[] = [];
  for (const entry of entries) {
    const { name } = entry;
    if (entry.isDirectory()) {
      if (!name.startsWith('.') && !BUILD_FOLDERS.has(name) && !RESULT_FOLDERS.has(name) && depth < MAX_DEPTH) folders.push(name);
    } else if (entry.isFile() ? accept(name) : entry.isSymbolicLink() && accept(name) && (await leadsInside(root, join(folder, name)))) {
      found.push({ path: below + name, absolute: join(folder, name) });
    }
  }
  await Promise.all(folders.map((name) => walk(context, join(folder, name), `${below}${name}/`, depth + 1)));
}

async function leadsInside(root: string, link: string): Promise<boolean> {
  try {
    const [target, folder] = await Promise.all([realpath(link), realpath(root)]);
    return target.startsWith(folder + sep) && (await stat(target)).isFile();
  } catch {
    // A link that leads nowhere is no source; the compiler would not see it either.
    return false;
  }
}
