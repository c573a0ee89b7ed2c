import { watch, type FSWatcher } from 'chokidar';
import type { Stats } from 'node:fs';
import { basename, dirname, relative, sep } from 'node:path';
import { toDisposable, type Disposable } from '../base/disposable';
import { RUN_FOLDERS } from './runFolders';
import type { TreeChange, WatchTargets } from './watcher';

/** Never watched: not a person's own, or far too large. */
const NEVER: ReadonlySet<string> = new Set(['node_modules', '__pycache__', 'bin', 'obj', 'venv', 'env', 'site-packages', 'storage']);
const RUNS: ReadonlySet<string> = new Set(RUN_FOLDERS.map(([name]) => name));
/** Categories of projects nest at most this far below a workspace. */
const PROJECT_DEPTH = 8;

/** Starts the watchers behind `watchTree`. */
export function startWatching(targets: WatchTargets, report: (change: TreeChange) => void, fail: (error: unknown) => void): Disposable {
  const watchers = [
    ...targets.workspaces.map((workspace) => watchWorkspace(workspace, report)),
    watchOpened(targets.folders, report),
  ].flat();
  for (const watcher of watchers) watcher.on('error', fail);
  return toDisposable(() => {
    for (const watcher of watchers) watcher.close().catch(fail);
  });
}

/** An opened folder and its direct children: a lean.json may appear there. */
function watchOpened(folders: readonly string[], report: (change: TreeChange) => void): FSWatcher {
  const watcher = watch([...folders], {
    ignoreInitial: true,
    depth: 1,
    ignored: (path, stats) => isHidden(path, folders) || NEVER.has(basename(path)) || (stats?.isFile() === true && basename(path) !== 'lean.json'),
  });
  return watcher.on('all', (event, path) => {
    if (basename(path) === 'lean.json' || event === 'unlinkDir') report({ kind: 'workspaces', folder: folders.find((folder) => path.startsWith(folder)) ?? dirname(path) });
  });
}

function watchWorkspace(workspace: WatchTargets['workspaces'][number], report: (change: TreeChange) => void): FSWatcher[] {
  const { folder, dataFolder } = workspace;
  const runs = watchRuns(report);
  const tree = watch(folder, {
    ignoreInitial: false,
    followSymlinks: true,
    depth: PROJECT_DEPTH,
    ignored: (path, stats) => isHidden(path, [folder]) || path === dataFolder || ignoredInTree(folder, path, stats),
  });
  let ready = false;
  tree.on('ready', () => {
    ready = true;
  });
  tree.on('all', (event, path) => {
    if (RUNS.has(basename(path)) && (event === 'addDir' || event === 'unlinkDir')) {
      if (event === 'addDir') runs.add(path);
      else runs.unwatch(path);
      if (ready) report({ kind: 'runs', folder: dirname(path) });
    } else if (ready) {
      if (path.endsWith(`${sep}lean.json`)) report({ kind: 'workspaces', folder });
      else if (event !== 'addDir') report({ kind: 'projects', folder });
    }
  });
  return [tree, runs];
}

/** The folders of runs, one level deep, and the summary that a run gets at its end. */
function watchRuns(report: (change: TreeChange) => void): FSWatcher {
  const since = Date.now() - RECENT;
  const watcher = watch([], {
    ignoreInitial: false,
    alwaysStat: true,
    depth: 0,
    ignored: (path, stats) => stats?.isFile() === true && !path.endsWith('-summary.json') && !RUNS.has(basename(dirname(path))),
  });
  return watcher.on('all', (event, path, stats) => {
    const parent = dirname(path);
    if (RUNS.has(basename(parent))) {
      // What the first listing finds is old, and known already; only what is young is looked into.
      if (event === 'addDir' && Math.max(stats?.mtimeMs ?? 0, stats?.birthtimeMs ?? 0) < since) return;
      if (event === 'addDir') watcher.add(path);
      report({ kind: 'runs', folder: dirname(parent) });
    } else if (path.endsWith('-summary.json')) {
      report({ kind: 'runs', folder: dirname(dirname(parent)) });
    }
  });
}

/** A folder changed since this long before the watching began may be of a run that is going on. Milliseconds. */
const RECENT = 60_000;

function ignoredInTree(root: string, path: string, stats: Stats | undefined): boolean {
  const name = basename(path);
  if (path !== root && NEVER.has(name)) return true;
  if (RUNS.has(basename(dirname(path)))) return true;
  return stats?.isFile() === true && name !== 'lean.json' && name !== 'config.json' && name !== 'main.py' && name !== 'Main.cs' && !name.endsWith('.csproj');
}

/** Hidden below what is watched; a hidden folder that was opened itself is fine. */
function isHidden(path: string, roots: readonly string[]): boolean {
  const root = roots.find((folder) => path === folder || path.startsWith(folder + sep));
  return root !== undefined && relative(root, path).split(sep).some((part) => part.startsWith('.'));
}
