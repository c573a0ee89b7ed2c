import type { Disposable } from '../base/disposable';
import { asWorkbenchError, WorkbenchError } from '../base/errors';
import { t } from '../base/l10n';
import type { RunEvent } from '../lean/events';
import type { LaunchPlan } from '../lean/plan';
import type { ConsolePosition, RunClaim } from '../lean/ports';
import { isFinal, type RunPhase, type RunSnapshot } from '../lean/run';
import type { SourceContext } from '../lean/sourcePaths';
import type { RunnerOptions } from './runnerOptions';
import { RunKeeper } from './runKeeper';
import { snapshotOf, type RunTracker } from './runTracker';
import { Transcript } from './transcript';

/** One run from its plan to its last line. Every way out ends in `done` and then `gone`. */
export class LiveRun {
  readonly id: string;
  readonly transcript = new Transcript();
  readonly done: Promise<RunSnapshot>;
  readonly gone: Promise<void>;
  /** Why the launch failed, if it did. */
  failure: WorkbenchError | undefined;
  /** Nothing of it is left on disk. */
  discarded = false;
  readonly #plan: LaunchPlan;
  readonly #options: RunnerOptions;
  readonly #tracker: RunTracker;
  readonly #keeper: RunKeeper;
  readonly #abort = new AbortController();
  #snapshot: RunSnapshot;
  #sources: readonly string[] = [];
  #containerId: string | undefined;
  #started = false;
  /** From the first step of a launch until the container runs: what is broken off then leaves nothing. */
  #launching = false;
  /** Where the container's console was left by a former session, bytes. */
  #offset = 0;
  #prepared = false;
  #cancelled = false;
  #abandoned = false;
  #claim: RunClaim | undefined;
  #watch: Disposable | undefined;
  #grace: NodeJS.Timeout | undefined;
  #resolveDone: (run: RunSnapshot) => void = () => undefined;
  #resolveGone: () => void = () => undefined;

  constructor(plan: LaunchPlan, options: RunnerOptions, tracker: RunTracker, position?: ConsolePosition) {
    this.id = plan.runId;
    this.#plan = plan;
    this.#options = options;
    this.#tracker = tracker;
    this.#snapshot = options.store.get(plan.runId) ?? snapshotOf(plan);
    this.#keeper = new RunKeeper(plan.output.folder, options.records, options.logger, position);
    this.done = new Promise((resolve) => { this.#resolveDone = resolve; });
    this.gone = new Promise((resolve) => { this.#resolveGone = resolve; });
  }

  /** How places in this run's messages come back to the person's files; the sources are filled in once they are known. */
  get sourceContext(): SourceContext {
    const sources = (): readonly string[] => this.#sources;
    const { pathMap, projectFolder } = this.#plan;
    return {
      pathMap,
      projectFolder,
      get sourceFiles() {
        return sources();
      },
    };
  }

  get snapshot(): RunSnapshot {
    return this.#snapshot;
  }

  /** Carries the plan out. Never rejects. */
  async launch(): Promise<void> {
    const { engine, results, records, secrets } = this.#options;
    this.#launching = true;
    try {
      this.#apply({ type: 'phase', phase: 'checking-image', at: this.#now() });
      await results.prepare(this.#plan);
      this.#prepared = true;
      this.hold(await records.claim(this.#plan.output.folder));
      await records.savePlan(this.#plan);
      this.useSources(await records.sourceFiles(this.#plan));
      if (this.#cancelled) throw cancelled();
      await this.#consume(engine.launch(this.#plan, secrets, this.#abort.signal));
    } catch (error) {
      this.#broke(error);
    }
    await this.#close();
  }

  /** Goes on with a container that a former session started. Never rejects. */
  async follow(container: { readonly id: string; readonly name: string; readonly createdAt: number }): Promise<void> {
    this.#prepared = true;
    try {
      this.#apply({ type: 'created', containerId: container.id, name: container.name, at: container.createdAt });
      this.#apply({ type: 'started', at: container.createdAt });
      await this.#consume(this.#options.engine.adopt(container.id, this.#plan, this.#offset, this.#abort.signal));
    } catch (error) {
      this.#broke(error);
    }
    await this.#close();
  }

  /** Console lines of a former session: for listeners and facts, not kept again. */
  replay(lines: readonly string[], offset: number): void {
    this.#offset = offset;
    if (lines.length === 0) return;
    this.#tracker.replay(lines);
    this.transcript.push(lines);
  }

  /** The project's sources that the run works with, once they are known. */
  useSources(files: readonly string[]): void {
    this.#sources = files;
    this.#tracker.setSourceFiles(files);
  }

  /** The run is this window's until it is closed. */
  hold(claim: RunClaim | undefined): void {
    this.#claim = claim;
    if (this.#abandoned) void this.#release();
  }

  /** Its turn never came. */
  cancelQueued(): void {
    this.#cancelled = true;
    this.#broke(cancelled());
    void this.#close();
  }

  async stop(force: boolean): Promise<void> {
    if (isFinal(this.#snapshot.state) && !force) return;
    if (!isFinal(this.#snapshot.state)) this.#apply({ type: 'stop-requested', force, at: this.#now() });
    if (!this.#started) {
      this.#cancelled = true;
      this.#abort.abort(cancelled());
      return;
    }
    if (this.#containerId === undefined) return;
    await this.#options.engine.stop(this.#containerId, force);
    if (!force) this.#startGrace();
  }

  /** The session ends: nothing more is followed or told; the record stays as it is, to be taken up again. */
  abandon(): void {
    this.#abandoned = true;
    this.#abort.abort(cancelled());
    if (!this.#launching) void this.#release();
  }

  async #consume(events: AsyncIterable<RunEvent>): Promise<void> {
    this.#watch = this.#options.results.watch(this.#plan, (event) => this.#apply(event));
    for await (const event of events) {
      if (this.#abandoned) {
        // It runs on, for the next session to take up.
        if (event.type === 'started') this.#launching = false;
        return;
      }
      if (event.type === 'exited') await this.#readResults(event.code);
      if (event.type === 'launch-failed') this.failure = event.error;
      else this.#apply(event);
    }
    if (this.#abandoned) return;
    if (this.failure !== undefined) throw this.failure;
    if (!isFinal(this.#snapshot.state) || (this.#cancelled && !this.#started)) await this.#endedWithoutWord();
  }

  /** The engine's story broke off: aborted at the very start, or a fault of the engine. */
  async #endedWithoutWord(): Promise<void> {
    if (!this.#cancelled) throw new WorkbenchError('engine-failed', t('The container engine said nothing more about this run.'));
    if (this.#containerId !== undefined) {
      // Stopping and starting crossed: the container may live.
      await this.#options.engine.stop(this.#containerId, true);
      await this.#options.engine.remove(this.#containerId);
    }
    throw cancelled();
  }

  #apply(event: RunEvent): void {
    if (this.#abandoned) return;
    if (event.type === 'created') this.#containerId = event.containerId;
    if (event.type === 'started') {
      this.#started = true;
      this.#launching = false;
    }
    if (event.type === 'lines') {
      this.#keeper.lines(event.lines, event.offset);
      this.transcript.push(event.lines);
    }
    const before = this.#snapshot;
    const next = this.#options.store.apply(this.id, event);
    if (next === undefined || next === before) return;
    this.#snapshot = next;
    if (this.#prepared) this.#keeper.snapshot(next);
    if (isFinal(next.state) && !isFinal(before.state)) this.#over();
    else if (next.state === 'stopping' && next.phase !== before.phase && HEARS_SIGNALS.has(next.phase)) void this.#signalAgain();
  }

  /** A stop that came before LEAN listened is lost: said again once it does. LEAN takes a second one for the first. */
  async #signalAgain(): Promise<void> {
    if (this.#containerId === undefined) return;
    try {
      await this.#options.engine.stop(this.#containerId, false);
    } catch (error) {
      this.#options.logger.warn(`Run ${this.id} could not be told again to stop: ${asWorkbenchError(error).message}`);
    }
  }

  #over(): void {
    clearTimeout(this.#grace);
    this.#options.store.flush();
    this.transcript.end(this.#snapshot);
    this.#resolveDone(this.#snapshot);
  }

  /** What the files say at the end: figures, and the error where the console kept silent. */
  async #readResults(code: number): Promise<void> {
    const posted = isFinal(this.#snapshot.state);
    if (this.#tracker.resultIsFinal && (posted || code === 0)) return;
    try {
      const event = await this.#options.results.read(this.#plan.output.folder, this.#plan.algorithmId);
      if (event !== undefined) this.#apply(event);
    } catch (error) {
      // Cut off or damaged: the page tells when it opens it; the outcome comes from the other signs.
      this.#options.logger.warn(`The result of run ${this.id} cannot be read: ${asWorkbenchError(error).message}`);
    }
  }

  #broke(thrown: unknown): void {
    if (this.#abandoned) return;
    const error = this.#cancelled ? cancelled() : asWorkbenchError(thrown, 'engine-failed');
    if (this.#started && this.failure === undefined && !this.#cancelled) {
      this.#options.logger.error(`Run ${this.id} broke off`, thrown);
      this.#apply({ type: 'lost', message: t('The run was lost sight of: {0}', error.message), at: this.#now() });
      return;
    }
    this.failure = error;
    this.#apply({ type: 'launch-failed', error, at: this.#now() });
  }

  async #close(): Promise<void> {
    clearTimeout(this.#grace);
    this.#watch?.dispose();
    if (this.failure !== undefined || (this.#abandoned && this.#launching)) await this.#discard();
    await this.#keeper.close();
    if (!this.#abandoned) {
      await this.#removeContainer();
      this.#options.store.release(this.id);
      this.#options.store.flush();
    }
    await this.#release();
    this.transcript.close();
    this.#resolveDone(this.#snapshot);
    this.#resolveGone();
  }

  async #release(): Promise<void> {
    try {
      await this.#claim?.release();
    } catch (error) {
      this.#options.logger.debug(`The claim on run ${this.id} cannot be released: ${asWorkbenchError(error).message}`);
    }
  }

  async #discard(): Promise<void> {
    await this.#keeper.close();
    try {
      if (this.#prepared) await this.#options.results.discard(this.#plan);
      this.discarded = true;
    } catch (error) {
      this.#options.logger.warn(`What the failed start of ${this.id} left cannot be removed: ${asWorkbenchError(error).message}`);
    }
  }

  async #removeContainer(): Promise<void> {
    if (this.#containerId === undefined || !this.#started || this.#snapshot.outcome?.kind === 'container-lost') return;
    try {
      await this.#options.engine.remove(this.#containerId);
    } catch (error) {
      this.#options.logger.warn(`The container of run ${this.id} cannot be removed: ${asWorkbenchError(error).message}`);
    }
  }

  #startGrace(): void {
    clearTimeout(this.#grace);
    this.#grace = setTimeout(() => {
      if (isFinal(this.#snapshot.state)) return;
      this.#options.onGraceExpired(this.#snapshot).then(
        async (kill) => {
          if (kill && !isFinal(this.#snapshot.state)) await this.stop(true);
        },
      ).catch((error: unknown) => {
        this.#options.logger.error(`Run ${this.id} could not be killed`, error);
      });
    }, this.#options.graceMs());
  }

  #now(): number {
    return this.#options.clock.now();
  }
}

/**
 * From its set-up on LEAN handles SIGINT (Launcher/Program.cs adds its handler just before the engine is made); until
 * then the kernel keeps one from it, because LEAN is its container's first process.
 */
const HEARS_SIGNALS: ReadonlySet<RunPhase> = new Set(['initializing', 'warming-up', 'running']);

function cancelled(): WorkbenchError {
  return new WorkbenchError('cancelled', 'Cancelled before it started.', { visible: false });
}
