import { DisposableStore, toDisposable, type Disposable } from '../base/disposable';
import { asWorkbenchError, errorCode, WorkbenchError } from '../base/errors';
import { t } from '../base/l10n';

/** What changed in what the tree shows: look again at this kind of thing in this folder. */
export interface TreeChange {
  readonly kind: 'workspaces' | 'projects' | 'runs';
  /** `workspaces`: an opened folder or a workspace's. `projects`: a workspace's. `runs`: a project's. */
  readonly folder: string;
}

export interface WatchTargets {
  /** Opened folders: a lean.json may appear in them, or in a folder of theirs. */
  readonly folders: readonly string[];
  readonly workspaces: readonly { readonly folder: string; readonly dataFolder: string }[];
}

/** Changes within this time come as one. Milliseconds. */
const COALESCE = 150;

/**
 * Watches what the tree shows until disposed: lean.json, the files that make a project, the folders of runs and the
 * summary of a new run. Data, code and results are not watched. chokidar is loaded on the first call.
 * @param onError told once, in words, when watching fails; what is shown then only changes on refresh
 */
export function watchTree(targets: WatchTargets, onChange: (changes: readonly TreeChange[]) => void, onError: (error: WorkbenchError) => void): Disposable {
  const store = new DisposableStore();
  const pending = new Map<string, TreeChange>();
  let timer: NodeJS.Timeout | undefined;
  let failed = false;
  const flush = (): void => {
    timer = undefined;
    const changes = [...pending.values()];
    pending.clear();
    if (!store.isDisposed) onChange(changes);
  };
  const report = (change: TreeChange): void => {
    pending.set(`${change.kind}:${change.folder}`, change);
    timer ??= setTimeout(flush, COALESCE);
  };
  const fail = (error: unknown): void => {
    if (failed || store.isDisposed) return;
    failed = true;
    onError(watchError(error));
  };
  store.add(toDisposable(() => {
    clearTimeout(timer);
  }));
  import('./watcher.lazy').then(
    ({ startWatching }) => store.add(startWatching(targets, report, fail)),
    fail,
  );
  return store;
}

function watchError(error: unknown): WorkbenchError {
  const code = errorCode(error);
  // Linux says ENOSPC when inotify's watches are used up.
  if (code === 'ENOSPC' || code === 'EMFILE') {
    return new WorkbenchError('file-unreadable', t('The system allows no more watched files, so the LEAN view only changes when it is refreshed. (On Linux: fs.inotify.max_user_watches.)'), { cause: error });
  }
  return asWorkbenchError(error, 'file-unreadable');
}
