import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { errorCode, messageOf, WorkbenchError, type SourceLocation } from '../base/errors';
import { dataFolderOf, leanJsonMissing, parseLeanJson } from '../lean/leanJson';
import type { AlgorithmLanguage, LeanProject, LeanWorkspace } from '../lean/model';
import { fileError } from './fileErrors';

/** Something that could not be read while looking; the search goes on without it. */
export interface DiscoveryWarning {
  readonly message: string;
  readonly location: SourceLocation;
  readonly error?: WorkbenchError;
}

export interface Discovered<T> {
  readonly items: readonly T[];
  readonly warnings: readonly DiscoveryWarning[];
}

/** Never searched: not a person's own, or far too large. */
const NEVER: ReadonlySet<string> = new Set(['node_modules', '__pycache__', 'bin', 'obj', 'venv', 'env', 'site-packages', 'backtests', 'live', 'optimizations', 'storage']);
/** A lean.json stands at most this far below an opened folder. */
const WORKSPACE_DEPTH = 4;
/** Categories of projects nest at most this far below a workspace. */
const PROJECT_DEPTH = 8;

/**
 * Finds the LEAN workspaces of opened folders: lean.json in them or below, and in additional folders (absolute, or
 * relative to each opened folder). A lean.json that cannot be read is a warning with its line, and is left out.
 * Throws the signal's reason when aborted.
 */
export async function findWorkspaces(
  folders: readonly string[],
  additional: readonly string[] = [],
  signal?: AbortSignal,
): Promise<Discovered<LeanWorkspace>> {
  const search = new Search(signal);
  const files = new Set<string>();
  for (const folder of folders) {
    for (const file of await search.leanJsons(folder)) files.add(file);
  }
  for (const extra of additional) {
    const candidates = folders.length === 0 ? [resolve(extra)] : folders.map((folder) => resolve(folder, extra));
    const found = (await Promise.all(candidates.map((folder) => search.leanJsonIn(folder)))).filter((file) => file !== undefined);
    for (const file of found) files.add(file);
    if (found.length === 0) search.warn(leanJsonMissing(join(candidates[0] ?? extra, 'lean.json')));
  }
  const read = await Promise.all([...files].sort().map((file) => search.readWorkspace(file)));
  const warnings = search.warnings.sort((a, b) => (a.location.file < b.location.file ? -1 : 1));
  return { items: tellApart(read.filter((item) => item !== undefined)), warnings };
}

/** Reads the workspace of a folder. Throws `file-missing`, `file-empty`, `file-invalid` or `file-unreadable`. */
export async function readWorkspace(folder: string): Promise<LeanWorkspace> {
  const file = join(folder, 'lean.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw errorCode(error) === 'ENOENT' ? leanJsonMissing(file, error) : fileError(error, file, 'read');
  }
  const leanConfig = parseLeanJson(text, file);
  return { folder, name: basename(folder) || folder, leanJsonPath: file, dataFolder: dataFolderOf(leanConfig, folder), leanConfig };
}

/**
 * Finds the projects of a workspace: folders with a main.py, or a Main.cs and a .csproj, at any depth of categories.
 * A workspace inside another is not searched. Sorted by name.
 */
export async function findProjects(workspace: Pick<LeanWorkspace, 'folder' | 'dataFolder'>, signal?: AbortSignal): Promise<Discovered<LeanProject>> {
  const search = new Search(signal);
  const items = await search.projects(workspace);
  return { items: items.sort((a, b) => a.name.localeCompare(b.name)), warnings: search.warnings };
}

/** The project in a folder, or undefined when it holds none. Throws `file-unreadable`. */
export async function readProject(workspaceFolder: string, folder: string): Promise<LeanProject | undefined> {
  try {
    return projectOf(workspaceFolder, folder, await readdir(folder));
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw fileError(error, folder, 'read');
  }
}

class Search {
  readonly warnings: DiscoveryWarning[] = [];
  readonly #signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  warn(error: WorkbenchError): void {
    this.warnings.push({ message: error.message, location: error.location ?? { file: '' }, error });
  }

  async leanJsonIn(folder: string): Promise<string | undefined> {
    const file = join(folder, 'lean.json');
    try {
      return (await stat(file)).isFile() ? file : undefined;
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.warn(fileError(error, file, 'read'));
      return undefined;
    }
  }

  async leanJsons(folder: string): Promise<string[]> {
    const found: string[] = [];
    await this.#walk(folder, WORKSPACE_DEPTH, new Set(), (path, entries) => {
      if (!entries.some((entry) => entry.name === 'lean.json' && !entry.isDirectory())) return 'deeper';
      found.push(join(path, 'lean.json'));
      return 'enough';
    });
    return found;
  }

  async readWorkspace(file: string): Promise<LeanWorkspace | undefined> {
    try {
      return await readWorkspace(dirname(file));
    } catch (error) {
      if (!(error instanceof WorkbenchError)) throw error;
      this.warn(error);
      return undefined;
    }
  }

  async projects(workspace: Pick<LeanWorkspace, 'folder' | 'dataFolder'>): Promise<LeanProject[]> {
    const found: LeanProject[] = [];
    await this.#walk(workspace.folder, PROJECT_DEPTH, new Set([workspace.dataFolder]), (path, entries) => {
      const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
      const isRoot = path === workspace.folder;
      // A workspace of its own inside this one is found by itself.
      if (!isRoot && names.includes('lean.json')) return 'enough';
      const project = projectOf(workspace.folder, path, names);
      if (project === undefined) return 'deeper';
      found.push(project);
      // Below a project are its packages, not projects; the workspace itself may be one that holds others.
      return isRoot ? 'deeper' : 'enough';
    });
    return found;
  }

  /** Depth first, links followed once, so that a loop of links ends. */
  async #walk(top: string, depth: number, skip: ReadonlySet<string>, visit: (path: string, entries: readonly Dirent[]) => 'deeper' | 'enough'): Promise<void> {
    const seen = new Set<string>();
    let root = '';
    const walk = async (path: string, left: number): Promise<void> => {
      this.#signal?.throwIfAborted();
      let entries: Dirent[];
      try {
        const real = await realpath(path);
        root ||= real;
        // A link to a folder that holds this one is a circle too.
        if (seen.has(real) || root.startsWith(real + sep)) return;
        seen.add(real);
        entries = await readdir(path, { withFileTypes: true });
      } catch (error) {
        if (path === top || (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR' && errorCode(error) !== 'ELOOP')) this.warn(fileError(error, path, 'read'));
        return;
      }
      if (path !== top && entries.some(({ name }) => name === 'pyvenv.cfg' || name === 'conda-meta')) return;
      if (visit(path, entries) === 'enough' || left === 0) return;
      // A data folder of LEAN may be named anything; these two files are in each.
      if (path !== top && entries.some(({ name }) => name === 'market-hours') && entries.some(({ name }) => name === 'symbol-properties')) return;
      for (const entry of entries) {
        const { name } = entry;
        const child = join(path, name);
        if (name.startsWith('.') || NEVER.has(name) || skip.has(child)) continue;
        if (entry.isDirectory() || (entry.isSymbolicLink() && (await this.#isFolder(child)))) await walk(child, left - 1);
      }
    };
    await walk(top, depth);
  }

  async #isFolder(link: string): Promise<boolean> {
    try {
      return (await stat(link)).isDirectory();
    } catch (error) {
      const code = errorCode(error);
      // A link that leads nowhere, or in a circle, is nobody's project.
      if (code !== 'ENOENT' && code !== 'ELOOP' && code !== 'ENOTDIR') this.warnings.push({ message: messageOf(error), location: { file: link } });
      return false;
    }
  }
}

function projectOf(workspaceFolder: string, folder: string, names: readonly string[]): LeanProject | undefined {
  const csproj = names.filter((name) => name.endsWith('.csproj')).sort();
  const python = names.includes('main.py');
  const csharp = names.includes('Main.cs') && csproj.length > 0;
  if (!python && !csharp) return undefined;
  // As `lean`: main.py first.
  const language: AlgorithmLanguage = python ? 'Python' : 'CSharp';
  const name = relative(workspaceFolder, folder).split(sep).join('/');
  const own = csproj.find((file) => basename(file, '.csproj') === basename(folder)) ?? csproj[0];
  return {
    workspaceFolder,
    folder,
    name: name === '' ? basename(folder) : name,
    language,
    mainFile: join(folder, python ? 'main.py' : 'Main.cs'),
    ...(language === 'CSharp' && own !== undefined ? { csprojFile: join(folder, own) } : {}),
    isLibrary: name.startsWith('Library/'),
    configPath: join(folder, 'config.json'),
  };
}

/** Workspaces of the same folder name are shown with as much of their path as tells them apart. */
function tellApart(workspaces: readonly LeanWorkspace[]): LeanWorkspace[] {
  const nameOf = (folder: string, parts: number): string => folder.split(sep).filter(Boolean).slice(-parts).join('/') || folder;
  return workspaces.map((workspace) => {
    for (let parts = 1; ; parts += 1) {
      const name = nameOf(workspace.folder, parts);
      const same = workspaces.filter(({ folder }) => nameOf(folder, parts) === name);
      if (same.length === 1 || parts > 20) return { ...workspace, name };
    }
  });
}
