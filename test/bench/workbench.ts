import { join } from 'node:path';
import { WorkerResultReader } from '../../src/files/resultReader';
import type { LeanProject } from '../../src/lean/model';
import type { LaunchPlan } from '../../src/lean/plan';
import type { BacktestResult } from '../../src/lean/result';
import type { RunSnapshot } from '../../src/lean/run';
import type { RunHandle } from '../../src/runs/runner';
import { TestWorkbench } from '../harness/workbench';

/** Moments of a run, milliseconds since its request. */
export interface Moments {
  readonly started: number;
  /** The run is over for the person. */
  readonly done: number;
  /** The result is read, as the page gets it. */
  readonly read: number;
  /** The container is gone. */
  readonly gone: number;
}

/**
 * The extension's own rooms (files, lean, engine, runs), joined as src/ui/host joins them, without VS Code:
 * what a press of the run button sets off, from the request to the result that the page is sent.
 */
export class BenchWorkbench {
  readonly #reader: WorkerResultReader;
  readonly #rooms: TestWorkbench;
  readonly #startedAt = new Map<string, number>();

  /** @param distribution the folder `dist` of the built extension: its worker reads the results */
  constructor(dockerHost: string, workspaceFolder: string, image: string, distribution: string) {
    this.#reader = new WorkerResultReader({ workerFile: join(distribution, 'resultWorker.js') });
    this.#rooms = new TestWorkbench({
      dockerHost,
      workspaceFolder,
      image,
      reader: this.#reader,
      maxConcurrent: 1,
      onEvent: (runId, event) => {
        if (event.type === 'started') this.#noteStart(runId);
      },
    });
  }

  /** Looks the engine up once, as the extension does when its view is first shown. */
  async ready(): Promise<void> {
    await this.#rooms.engine.info();
  }

  /** A project of the workspace by name. */
  project(name: string): Promise<LeanProject> {
    return this.#rooms.project(name);
  }

  /** Decides a launch; everything is read anew, as for each press of the button. */
  plan(project: LeanProject, parameters?: Readonly<Record<string, string>>): Promise<LaunchPlan> {
    return this.#rooms.plan(project, parameters === undefined ? {} : { parameters });
  }

  /** From the request until the container is started; it is killed then. Milliseconds. */
  async requestToStart(project: LeanProject, parameters: Readonly<Record<string, string>>): Promise<number> {
    const requested = performance.now();
    const handle = await this.#rooms.start(await this.plan(project, parameters));
    const startedAt = await this.#untilStarted(handle);
    await this.#rooms.runner.stop(handle.id, true);
    await handle.gone;
    return startedAt - requested;
  }

  /** From the request to the result as the page is sent it, and on to the end of the container. */
  async requestToResult(project: LeanProject, parameters?: Readonly<Record<string, string>>): Promise<Moments> {
    const requested = performance.now();
    const plan = await this.plan(project, parameters);
    const handle = await this.#rooms.start(plan);
    const run = await handle.done;
    const done = performance.now();
    const result = await this.#resultOf(run, plan);
    const read = performance.now();
    await handle.gone;
    const gone = performance.now();
    if (result.orders.length === 0 || result.partial) throw new Error(`The run of ${project.name} gave no whole result.`);
    return { started: (await this.#untilStarted(handle)) - requested, done: done - requested, read: read - requested, gone: gone - requested };
  }

  /** A run whose console is counted: lines that reached the store's side, and how long the console took. */
  async consoleOf(project: LeanProject, parameters: Readonly<Record<string, string>>): Promise<{ readonly lines: number; readonly ms: number }> {
    const handle = await this.#rooms.start(await this.plan(project, parameters));
    let lines = 0;
    let first: number | undefined;
    let last = 0;
    const listening = this.#rooms.runner.onLines(handle.id, {
      onLines: (batch) => {
        last = performance.now();
        first ??= last;
        lines += batch.length;
      },
      onEnd: () => undefined,
    });
    await handle.gone;
    listening.dispose();
    return { lines, ms: last - (first ?? last) };
  }

  dispose(): void {
    this.#rooms.dispose();
    this.#reader.dispose();
  }

  async #resultOf(run: RunSnapshot, plan: LaunchPlan): Promise<BacktestResult> {
    if (run.state !== 'completed') throw new Error(`The run of ${run.projectName} ended as ${run.state}: ${run.outcome?.message ?? ''}\n${run.lastLines.join('\n')}`);
    const result = await this.#reader.read(plan.output.folder, plan.algorithmId);
    if (result === undefined) throw new Error(`The run of ${run.projectName} left no result in ${plan.output.folder}.`);
    return result;
  }

  async #untilStarted(handle: RunHandle): Promise<number> {
    const gone = handle.gone.then(() => undefined);
    for (;;) {
      const at = this.#startedAt.get(handle.id);
      if (at !== undefined) return at;
      const next = new Promise<true>((resolve) => this.#waiting.push(() => resolve(true)));
      if ((await Promise.race([next, gone])) === undefined && !this.#startedAt.has(handle.id)) {
        throw new Error(`The container never started: ${this.#rooms.store.get(handle.id)?.outcome?.message ?? 'no reason given'}`);
      }
    }
  }

  readonly #waiting: (() => void)[] = [];

  #noteStart(runId: string): void {
    this.#startedAt.set(runId, performance.now());
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
