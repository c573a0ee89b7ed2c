import type { Disposable } from '../base/disposable';
import { Emitter } from '../base/emitter';
import { asWorkbenchError, WorkbenchError } from '../base/errors';
import { withFreeOutput } from '../lean/moveOutput';
import type { LaunchPlan } from '../lean/plan';
import { isFinal, type RunSnapshot } from '../lean/run';
import type { SourceContext } from '../lean/sourcePaths';
import { findAdoptable, resumeRun } from './adoption';
import { LiveRun } from './liveRun';
import { RunQueue } from './runQueue';
import type { RunnerOptions } from './runnerOptions';
import type { RunListener } from './transcript';

/** One run on its way. */
export interface RunHandle {
  readonly id: string;
  /** The run is over for the person: results posted, failed, stopped. Never rejects. */
  readonly done: Promise<RunSnapshot>;
  /** Its container is gone and everything is kept. Never rejects. */
  readonly gone: Promise<void>;
}

/** A run that could not start, and why. */
export interface LaunchFailure {
  readonly run: RunSnapshot;
  readonly error: WorkbenchError;
}

/** Joins engine, result folder and store for every run, from the plan to the last line. */
export class Runner implements Disposable {
  readonly #options: RunnerOptions;
  readonly #queue: RunQueue;
  readonly #live = new Map<string, LiveRun>();
  readonly #ended = new Emitter<RunSnapshot>();
  readonly #failed = new Emitter<LaunchFailure>();
  #disposed = false;
  #again: NodeJS.Timeout | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#queue = new RunQueue(options.maxConcurrent);
  }

  /** Runs that are over for the person, once each. */
  readonly onDidEnd = this.#ended.event;

  /** Launches that failed before LEAN ran, once each; what they left on disk is gone, and with it the run. */
  readonly onDidFailToLaunch = this.#failed.event;

  /**
   * Starts a plan, at once or when there is a place. Throws when its run is known already.
   * Plans of the same second name the same output folder: a later one gets another (see the run's snapshot).
   */
  start(planned: LaunchPlan): RunHandle {
    if (this.#disposed) throw new WorkbenchError('cancelled', 'The workbench is closing.', { visible: false });
    const plan = withFreeOutput(planned, (folder) => this.#options.store.get(folder) !== undefined);
    if (this.#live.has(plan.runId)) throw new WorkbenchError('internal', `Run ${plan.runId} was started already.`);
    const run = this.#track(new LiveRun(plan, this.#options, this.#options.store.begin(plan)));
    this.#queue.add(plan.runId, () => run.launch());
    return handleOf(run);
  }

  /** A run on its way, by id. */
  find(runId: string): RunHandle | undefined {
    const run = this.#live.get(runId);
    return run === undefined ? undefined : handleOf(run);
  }

  /** How places in a live run's messages come back to the person's files; undefined for other runs. */
  sourceContext(runId: string): SourceContext | undefined {
    return this.#live.get(runId)?.sourceContext;
  }

  /**
   * Stops a run: out of the queue, or before its start, or SIGINT; SIGKILL with `force`.
   * Resolves when the request is delivered. A run that is over or unknown is left as it is.
   * @throws WorkbenchError when the engine cannot be reached
   */
  async stop(runId: string, force = false): Promise<void> {
    const run = this.#live.get(runId);
    if (run === undefined) {
      // One that another window follows: that window sees the end, and records it.
      const elsewhere = this.#options.store.get(runId);
      if (elsewhere?.container !== undefined && !isFinal(elsewhere.state)) await this.#options.engine.stop(elsewhere.container.id, force);
      return;
    }
    if (this.#queue.cancel(runId)) run.cancelQueued();
    else await run.stop(force);
  }

  /** Follows what a run says, first what was said already. For a run that is over, its kept console is read. */
  onLines(runId: string, listener: RunListener): Disposable {
    const run = this.#live.get(runId);
    if (run !== undefined) return run.transcript.listen(listener);
    return this.#replayKept(runId, listener);
  }

  /**
   * Takes up runs of ours that a former session left: running ones are followed on, ended ones get their outcome and
   * their container is removed. Only those whose output lies in one of the folders. What another window follows is left
   * to it, and looked at again later: that window may be closed.
   * @throws WorkbenchError when the engine cannot be reached
   */
  async adopt(workspaceFolders: readonly string[]): Promise<readonly RunHandle[]> {
    const handles: RunHandle[] = [];
    let elsewhere = false;
    for (const container of await findAdoptable(this.#options.engine, workspaceFolders)) {
      if (this.#live.has(container.runId) || this.#disposed) continue;
      const resumed = await resumeRun(container, this.#options);
      if (resumed === 'elsewhere') elsewhere = true;
      if (resumed === undefined || resumed === 'elsewhere' || this.#live.has(container.runId)) continue;
      const run = this.#track(resumed);
      void run.follow(container);
      handles.push(handleOf(run));
    }
    if (elsewhere && !this.#disposed) this.#lookAgain(workspaceFolders);
    return handles;
  }

  #lookAgain(workspaceFolders: readonly string[]): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      this.adopt(workspaceFolders).catch((error: unknown) => {
        this.#options.logger.debug(`Runs of other windows cannot be looked at: ${asWorkbenchError(error).message}`);
      });
    }, this.#options.lookAgainMs ?? 10_000);
    this.#again.unref();
  }

  /** Stops following. Containers that run go on; they are taken up again by `adopt`. */
  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#again);
    for (const run of this.#live.values()) {
      this.#queue.cancel(run.id);
      run.abandon();
    }
    this.#ended.dispose();
    this.#failed.dispose();
  }

  #track(run: LiveRun): LiveRun {
    this.#live.set(run.id, run);
    void run.done.then((snapshot) => {
      if (!this.#disposed && isFinal(snapshot.state)) this.#ended.fire(snapshot);
    });
    void run.gone.then(() => {
      this.#live.delete(run.id);
      if (this.#disposed || run.failure === undefined) return;
      const failure = { run: run.snapshot, error: run.failure };
      // Nothing is left on disk: the run is told of once and then forgotten.
      if (run.discarded) this.#options.store.remove(run.id);
      this.#failed.fire(failure);
    });
    return run;
  }

  #replayKept(runId: string, listener: RunListener): Disposable {
    let listening = true;
    const run = this.#options.store.get(runId);
    const replay = async (): Promise<void> => {
      const lines = run === undefined ? [] : await this.#options.records.readConsole(run.folder);
      if (!listening) return;
      if (lines.length > 0) listener.onLines(lines, 0);
      if (run !== undefined) listener.onEnd(run);
      listener.onClose?.();
    };
    replay().catch((error: unknown) => {
      const { message } = asWorkbenchError(error, 'file-unreadable');
      this.#options.logger.warn(`The console of run ${runId} cannot be read: ${message}`);
      if (listening) listener.onClose?.();
    });
    return { dispose: () => { listening = false; } };
  }
}

function handleOf(run: LiveRun): RunHandle {
  return { id: run.id, done: run.done, gone: run.gone };
}
