import { type WorkbenchError } from '../../src/base/errors';
import { silentLogger } from '../../src/base/logger';
import type { RunEvent } from '../../src/lean/events';
import { stubOf } from '../../src/lean/foundRun';
import type { LaunchPlan } from '../../src/lean/plan';
import type { Engine, EngineContainer, ResultFolderPort, RunClaim, RunRecord, RunRecordPort } from '../../src/lean/ports';
import { Runner } from '../../src/runs/runner';
import type { RunnerOptions } from '../../src/runs/runnerOptions';
import { RunStore } from '../../src/runs/runStore';

type RunnerEngine = RunnerOptions['engine'];

/** What a scripted engine does for one launch; it may wait for `gate` and look at `stops`. */
export type Script = (plan: LaunchPlan, engine: ScriptedEngine, signal: AbortSignal) => AsyncIterable<RunEvent>;

/** An engine that says what a test wants. */
export class ScriptedEngine implements RunnerEngine {
  readonly stops: { id: string; force: boolean }[] = [];
  readonly removed: string[] = [];
  readonly adopted: { id: string; offset: number }[] = [];
  containers: EngineContainer[] = [];
  running = 0;
  mostRunning = 0;
  script: Script;
  adoptScript: (id: string, offset: number) => readonly RunEvent[] = () => [];
  #stopWaiters: (() => void)[] = [];

  constructor(script: Script) {
    this.script = script;
  }

  async *launch(plan: LaunchPlan, _secrets: Parameters<Engine['launch']>[1], signal: AbortSignal): AsyncIterable<RunEvent> {
    this.running++;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      yield* this.script(plan, this, signal);
    } finally {
      this.running--;
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- an async iterable of what is known already
  async *adopt(id: string, _plan: LaunchPlan, offset: number): AsyncIterable<RunEvent> {
    this.adopted.push({ id, offset });
    yield* this.adoptScript(id, offset);
  }

  stop(id: string, force: boolean): Promise<void> {
    this.stops.push({ id, force });
    for (const wake of this.#stopWaiters.splice(0)) wake();
    return Promise.resolve();
  }

  /** Resolves with the next stop. */
  nextStop(): Promise<void> {
    return new Promise((resolve) => this.#stopWaiters.push(resolve));
  }

  listContainers(): Promise<readonly EngineContainer[]> {
    return Promise.resolve(this.containers);
  }

  remove(id: string): Promise<void> {
    this.removed.push(id);
    return Promise.resolve();
  }
}

/** Result folders in memory. */
export class FakeResults implements ResultFolderPort {
  readonly folders = new Set<string>();
  readonly discarded: string[] = [];
  prepareError: WorkbenchError | undefined;
  result: Extract<RunEvent, { type: 'results' }> | undefined;
  onResults: ((event: Extract<RunEvent, { type: 'results' }>) => void) | undefined;
  watching = 0;

  prepare(plan: LaunchPlan): Promise<void> {
    if (this.prepareError !== undefined) return Promise.reject(this.prepareError);
    this.folders.add(plan.output.folder);
    return Promise.resolve();
  }

  discard(plan: LaunchPlan): Promise<void> {
    this.folders.delete(plan.output.folder);
    this.discarded.push(plan.output.folder);
    return Promise.resolve();
  }

  watch(_plan: LaunchPlan, onResults: (event: Extract<RunEvent, { type: 'results' }>) => void): { dispose(): void } {
    this.watching++;
    this.onResults = onResults;
    return { dispose: () => { this.watching--; } };
  }

  read(): Promise<Extract<RunEvent, { type: 'results' }> | undefined> {
    return Promise.resolve(this.result);
  }
}

/** Records in memory. */
export class FakeRecords implements RunRecordPort {
  readonly plans = new Map<string, LaunchPlan>();
  readonly records = new Map<string, RunRecord>();
  readonly consoles = new Map<string, string>();
  readonly #sizes = new Map<string, number>();
  readonly claims = new Set<string>();
  appends = 0;
  discovered = 0;

  claim(folder: string): Promise<RunClaim | undefined> {
    if (this.claims.has(folder)) return Promise.resolve(undefined);
    this.claims.add(folder);
    let released = false;
    const release = (): Promise<void> => {
      if (!released) this.claims.delete(folder);
      released = true;
      return Promise.resolve();
    };
    return Promise.resolve({ release });
  }

  savePlan(plan: LaunchPlan): Promise<void> {
    this.plans.set(plan.output.folder, plan);
    return Promise.resolve();
  }

  loadPlan(folder: string): Promise<LaunchPlan | undefined> {
    return Promise.resolve(this.plans.get(folder));
  }

  saveSnapshot(folder: string, record: RunRecord): Promise<void> {
    this.records.set(folder, record);
    return Promise.resolve();
  }

  load(folder: string): Promise<RunRecord | undefined> {
    return Promise.resolve(this.records.get(folder));
  }

  async appendConsole(folder: string, text: string): Promise<number> {
    this.appends++;
    // A disk takes a moment.
    await new Promise((resolve) => setImmediate(resolve));
    this.consoles.set(folder, (this.consoles.get(folder) ?? '') + text);
    const size = (this.#sizes.get(folder) ?? 0) + Buffer.byteLength(text);
    this.#sizes.set(folder, size);
    return size;
  }

  truncateConsole(folder: string, bytes: number): Promise<void> {
    this.consoles.set(folder, Buffer.from(this.consoles.get(folder) ?? '').subarray(0, bytes).toString());
    this.#sizes.set(folder, bytes);
    return Promise.resolve();
  }

  readConsole(folder: string): Promise<readonly string[]> {
    return Promise.resolve((this.consoles.get(folder) ?? '').split('\n').slice(0, -1));
  }

  sourceFiles(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  discover(found: Parameters<RunRecordPort['discover']>[0]): ReturnType<RunRecordPort['discover']> {
    this.discovered++;
    const record = this.records.get(found.folder.folder);
    return Promise.resolve(record?.snapshot ?? { ...stubOf(found), state: 'completed' });
  }
}

export interface Bench {
  readonly runner: Runner;
  readonly store: RunStore;
  readonly engine: ScriptedEngine;
  readonly results: FakeResults;
  readonly records: FakeRecords;
}

/** A runner with everything faked around it. */
export function makeBench(script: Script, change: Partial<RunnerOptions> = {}, kept?: Pick<Bench, 'results' | 'records'>): Bench {
  const engine = new ScriptedEngine(script);
  const results = kept?.results ?? new FakeResults();
  const records = kept?.records ?? new FakeRecords();
  const store = new RunStore({ records, coalesceMs: 0 });
  const runner = new Runner({
    engine,
    results,
    records,
    store,
    secrets: () => Promise.resolve(null),
    clock: { now: () => 1_700_000_000_000 },
    logger: silentLogger,
    maxConcurrent: () => 2,
    graceMs: () => 20,
    onGraceExpired: () => Promise.resolve(false),
    ...change,
  });
  return { runner, store, engine, results, records };
}
