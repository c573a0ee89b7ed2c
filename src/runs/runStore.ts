import type { Disposable } from '../base/disposable';
import { Emitter } from '../base/emitter';
import type { RunEvent } from '../lean/events';
import { stubOf, type FoundRun } from '../lean/foundRun';
import type { LaunchPlan } from '../lean/plan';
import type { RunRecordPort } from '../lean/ports';
import { isFinal, type RunSnapshot } from '../lean/run';
import { RunTracker, snapshotOf } from './runTracker';

export interface RunStoreOptions {
  readonly records: Pick<RunRecordPort, 'discover'>;
  /** Changes within this time are told together. Default 50 ms; 0 tells at the end of the turn. */
  readonly coalesceMs?: number;
  /** How many folders are read at once. Default 4. */
  readonly readers?: number;
  /** How often a run that another window follows is read again. Default 2,000 ms. */
  readonly rereadMs?: number;
  /** What a folder that cannot be read leads to, besides staying as it was. */
  readonly onError?: (folder: string, error: unknown) => void;
}

interface Entry {
  snapshot: RunSnapshot;
  tracker?: RunTracker;
  /** Found on disk and not read yet. */
  unread?: FoundRun;
  reading?: Promise<void>;
  /** Another window follows it: its record is read again. */
  again?: NodeJS.Timeout;
}

/** Remembers every run: live ones by their events, past ones from disk. All that views show comes from here. */
export class RunStore implements Disposable {
  readonly #options: RunStoreOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #byFolder = new Map<string, string>();
  readonly #byProject = new Map<string, Set<string>>();
  /** Former ids (a folder's path before its record was read) → present ones. */
  readonly #aliases = new Map<string, string>();
  readonly #changed = new Emitter<ReadonlySet<string>>();
  readonly #waiting: (() => void)[] = [];
  #readers = 0;
  #pending = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RunStoreOptions) {
    this.#options = options;
  }

  /** Ids that changed, came or went; several changes are told together. */
  readonly onDidChange = this.#changed.event;

  get size(): number {
    return this.#entries.size;
  }

  /** By id; the path of the run's folder works too. */
  get(id: string): RunSnapshot | undefined {
    return this.#entry(id)?.snapshot;
  }

  /** All runs, in no order. */
  all(): readonly RunSnapshot[] {
    return [...this.#entries.values()].map((entry) => entry.snapshot);
  }

  /** A project's runs, newest first. */
  ofProject(projectFolder: string): readonly RunSnapshot[] {
    const runs: RunSnapshot[] = [];
    for (const id of this.#byProject.get(projectFolder) ?? []) {
      const run = this.#entries.get(id)?.snapshot;
      if (run !== undefined) runs.push(run);
    }
    return runs.sort((a, b) => b.requestedAt - a.requestedAt || (a.folder < b.folder ? 1 : -1));
  }

  /** Runs that are not over: waiting, being prepared, running, stopping. */
  active(): readonly RunSnapshot[] {
    const runs: RunSnapshot[] = [];
    for (const { snapshot, tracker } of this.#entries.values()) if (tracker !== undefined && !isFinal(snapshot.state)) runs.push(snapshot);
    return runs.sort((a, b) => a.requestedAt - b.requestedAt);
  }

  /** Begins to track a run of ours; `snapshot` is what a former session knew of it. */
  begin(plan: LaunchPlan, snapshot: RunSnapshot = snapshotOf(plan)): RunTracker {
    const tracker = new RunTracker(plan);
    const before = this.#byFolder.get(snapshot.folder);
    if (before !== undefined && before !== snapshot.id) this.#rename(before, snapshot.id);
    this.#put({ snapshot, tracker });
    return tracker;
  }

  /** What happened to a run that is tracked. Unknown ids are ignored: the run was deleted meanwhile. */
  apply(id: string, event: RunEvent): RunSnapshot | undefined {
    const entry = this.#entry(id);
    if (entry?.tracker === undefined) return entry?.snapshot;
    const next = entry.tracker.apply(entry.snapshot, event);
    if (next !== entry.snapshot) {
      entry.snapshot = next;
      this.#tell(next.id);
    }
    return next;
  }

  /** The run's process is gone and all is said: its snapshot stays, its log's facts go. */
  release(id: string): void {
    const entry = this.#entry(id);
    if (entry !== undefined) delete entry.tracker;
  }

  /** Whether events still come for a run. */
  isTracked(id: string): boolean {
    return this.#entry(id)?.tracker !== undefined;
  }

  /** Makes run folders on disk known without reading them; those already known stay as they are. */
  addFound(found: readonly FoundRun[]): void {
    for (const item of found) {
      const { folder } = item.folder;
      if (this.#byFolder.has(folder)) continue;
      this.#put({ snapshot: stubOf(item), unread: item });
    }
  }

  /** Reads what was only found, a few at a time; resolves when all are read. Read ones cost nothing. */
  async load(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#load(id)));
  }

  /** Looks at a folder of the past again, because its files changed. A live run is left alone. */
  async reload(found: FoundRun): Promise<void> {
    const entry = this.#entry(found.folder.folder);
    if (entry?.tracker !== undefined) return;
    if (entry === undefined) this.addFound([found]);
    else entry.unread = found;
    await this.#load(found.folder.folder);
  }

  /** Forgets a run: its folder is gone. */
  remove(id: string): void {
    const entry = this.#entry(id);
    if (entry === undefined) return;
    const { snapshot } = entry;
    this.#entries.delete(snapshot.id);
    this.#byFolder.delete(snapshot.folder);
    const project = this.#byProject.get(snapshot.projectFolder);
    project?.delete(snapshot.id);
    if (project?.size === 0) this.#byProject.delete(snapshot.projectFolder);
    this.#tell(snapshot.id);
  }

  /** Tells what is waiting to be told, at once. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.size === 0) return;
    const ids = this.#pending;
    this.#pending = new Set();
    this.#changed.fire(ids);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const { again } of this.#entries.values()) clearTimeout(again);
    this.#changed.dispose();
  }

  #entry(id: string): Entry | undefined {
    const known = this.#entries.get(id) ?? this.#entries.get(this.#byFolder.get(id) ?? '');
    return known ?? this.#entries.get(this.#aliases.get(id) ?? '');
  }

  #put(entry: Entry): void {
    const { id, folder, projectFolder } = entry.snapshot;
    this.#entries.set(id, entry);
    this.#byFolder.set(folder, id);
    const project = this.#byProject.get(projectFolder) ?? new Set();
    project.add(id);
    this.#byProject.set(projectFolder, project);
    this.#tell(id);
  }

  /** A run turned out to have another id than its folder's path. */
  #rename(from: string, to: string): void {
    this.remove(from);
    this.#aliases.set(from, to);
  }

  async #load(id: string): Promise<void> {
    const entry = this.#entry(id);
    if (entry?.unread === undefined) {
      await entry?.reading;
      return;
    }
    const found = entry.unread;
    delete entry.unread;
    entry.reading = this.#read(entry, found);
    await entry.reading;
  }

  async #read(entry: Entry, found: FoundRun): Promise<void> {
    await this.#takeReader();
    try {
      const snapshot = withoutLines(await this.#options.records.discover(found));
      const now = this.#entry(found.folder.folder);
      // Deleted, or begun as a live run, while it was read.
      if (now !== entry || entry.tracker !== undefined) return;
      const before = entry.snapshot;
      // While another window follows it, that window counts.
      const revised = isFinal(snapshot.state) ? { ...snapshot, resultRevision: before.resultRevision + 1 } : snapshot;
      // A copied folder holds the record of the run it was copied from: two runs, two ids.
      const taken = this.#entries.get(revised.id);
      const next = taken !== undefined && taken !== entry ? { ...revised, id: revised.folder } : revised;
      if (next.id !== before.id) this.#rename(before.id, next.id);
      entry.snapshot = next;
      this.#put(entry);
      if (!isFinal(next.state)) this.#readAgain(entry, found);
    } catch (error) {
      this.#options.onError?.(found.folder.folder, error);
    } finally {
      this.#giveReader();
    }
  }

  #readAgain(entry: Entry, found: FoundRun): void {
    clearTimeout(entry.again);
    entry.again = setTimeout(() => {
      if (this.#entry(found.folder.folder) !== entry || entry.tracker !== undefined) return;
      entry.unread = found;
      void this.#load(found.folder.folder);
    }, this.#options.rereadMs ?? 2000);
    entry.again.unref();
  }

  async #takeReader(): Promise<void> {
    if (this.#readers < (this.#options.readers ?? 4)) {
      this.#readers++;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #giveReader(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#readers--;
    else next();
  }

  #tell(id: string): void {
    this.#pending.add(id);
    this.#timer ??= setTimeout(() => this.flush(), this.#options.coalesceMs ?? 50);
  }
}

/** There may be thousands of runs that went well, and nobody asks for their last words: those stay in the record. */
function withoutLines(run: RunSnapshot): RunSnapshot {
  return run.state === 'completed' && run.lastLines.length > 0 ? { ...run, lastLines: [] } : run;
}
