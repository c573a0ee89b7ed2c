import { randomInt, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock';
import { silentLogger } from '../../src/base/logger';
import { DockerEngine } from '../../src/engine/dockerEngine';
import { findProjects, readWorkspace } from '../../src/files/discovery';
import { gatherLaunchFiles, readProjectConfig } from '../../src/files/launchInputs';
import { resultFolders } from '../../src/files/outputFolder';
import { WorkerResultReader } from '../../src/files/resultReader';
import { createResultWatch } from '../../src/files/resultWatch';
import { createRunRecords } from '../../src/files/runRecord';
import type { LeanProject } from '../../src/lean/model';
import type { LaunchPlan } from '../../src/lean/plan';
import { planLaunch } from '../../src/lean/planLaunch';
import type { Engine } from '../../src/lean/ports';
import type { RunRequest } from '../../src/lean/request';
import type { BacktestResult } from '../../src/lean/result';
import type { RunSnapshot } from '../../src/lean/run';
import { Runner, type RunHandle } from '../../src/runs/runner';
import { RunStore } from '../../src/runs/runStore';

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
  readonly #workspaceFolder: string;
  readonly #image: string;
  readonly #engine: DockerEngine;
  readonly #reader: WorkerResultReader;
  readonly #store: RunStore;
  readonly #runner: Runner;
  readonly #startedAt = new Map<string, number>();

  /** @param distribution the folder `dist` of the built extension: its worker reads the results */
  constructor(dockerHost: string, workspaceFolder: string, image: string, distribution: string) {
    this.#workspaceFolder = workspaceFolder;
    this.#image = image;
    this.#engine = new DockerEngine({ host: () => dockerHost });
    this.#reader = new WorkerResultReader({ workerFile: join(distribution, 'resultWorker.js') });
    const records = createRunRecords(silentLogger);
    this.#store = new RunStore({ records });
    this.#runner = new Runner({
      engine: this.#watched(),
      results: { ...resultFolders, ...createResultWatch({ reader: this.#reader, logger: silentLogger }) },
      records,
      store: this.#store,
      secrets: (name) => Promise.reject(new Error(`The bench has no secret ${name}.`)),
      clock: systemClock,
      logger: silentLogger,
      maxConcurrent: () => 1,
      graceMs: () => 60_000,
      onGraceExpired: () => Promise.resolve(true),
    });
  }

  /** Looks the engine up once, as the extension does when its view is first shown. */
  async ready(): Promise<void> {
    await this.#engine.info();
  }

  /** A project of the workspace by name. */
  async project(name: string): Promise<LeanProject> {
    const { items } = await findProjects(await readWorkspace(this.#workspaceFolder));
    const project = items.find((item) => item.name === name);
    if (project === undefined) throw new Error(`The sample workspace has no project '${name}'.`);
    return project;
  }

  /** Decides a launch; everything is read anew, as for each press of the button. */
  async plan(project: LeanProject, parameters?: Readonly<Record<string, string>>): Promise<LaunchPlan> {
    const request: RunRequest = { command: 'backtest', projectFolder: project.folder, ...(parameters === undefined ? {} : { parameters }) };
    const now = Date.now();
    const workspace = await readWorkspace(this.#workspaceFolder);
    const [projectConfig, image, engine, files] = await Promise.all([
      readProjectConfig(project),
      this.#engine.inspectImage(this.#image),
      this.#engine.info(),
      gatherLaunchFiles(workspace, project, now),
    ]);
    if (image === undefined) throw new Error(`The daemon has no image ${this.#image}.`);
    return planLaunch({
      request,
      workspace,
      project,
      projectConfig,
      image,
      engine,
      host: { platform: process.platform, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, hostname: hostname(), timezoneOffsetMinutes: new Date().getTimezoneOffset() },
      settings: {},
      files,
      now,
      random: { runId: randomUUID(), containerSuffix: randomUUID().replaceAll('-', ''), algorithmDigits: String(randomInt(100_000_000, 1_000_000_000)) },
    });
  }

  /** From the request until the container is started; it is killed then. Milliseconds. */
  async requestToStart(project: LeanProject, parameters: Readonly<Record<string, string>>): Promise<number> {
    const requested = performance.now();
    const handle = this.#runner.start(await this.plan(project, parameters));
    const startedAt = await this.#untilStarted(handle);
    await this.#runner.stop(handle.id, true);
    await handle.gone;
    return startedAt - requested;
  }

  /** From the request to the result as the page is sent it, and on to the end of the container. */
  async requestToResult(project: LeanProject, parameters?: Readonly<Record<string, string>>): Promise<Moments> {
    const requested = performance.now();
    const plan = await this.plan(project, parameters);
    const handle = this.#runner.start(plan);
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
    const handle = this.#runner.start(await this.plan(project, parameters));
    let lines = 0;
    let first: number | undefined;
    let last = 0;
    const listening = this.#runner.onLines(handle.id, {
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
    this.#runner.dispose();
    this.#store.dispose();
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
        throw new Error(`The container never started: ${this.#store.get(handle.id)?.outcome?.message ?? 'no reason given'}`);
      }
    }
  }

  readonly #waiting: (() => void)[] = [];

  /** The engine, with the moment of each start noted. */
  #watched(): Pick<Engine, 'launch' | 'adopt' | 'stop' | 'listContainers' | 'remove'> {
    const engine = this.#engine;
    const note = (runId: string): void => {
      this.#startedAt.set(runId, performance.now());
      for (const wake of this.#waiting.splice(0)) wake();
    };
    return {
      async *launch(plan, secrets, signal) {
        for await (const event of engine.launch(plan, secrets, signal)) {
          if (event.type === 'started') note(plan.runId);
          yield event;
        }
      },
      adopt: (id, plan, offset, signal) => engine.adopt(id, plan, offset, signal),
      stop: (id, force) => engine.stop(id, force),
      listContainers: () => engine.listContainers(),
      remove: (id) => engine.remove(id),
    };
  }
}
