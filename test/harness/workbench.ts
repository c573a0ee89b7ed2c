import { randomInt, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { systemClock } from '../../src/base/clock';
import { messageOf } from '../../src/base/errors';
import type { Json } from '../../src/base/json';
import type { Logger } from '../../src/base/logger';
import { DockerEngine } from '../../src/engine/dockerEngine';
import { findProjects, readWorkspace } from '../../src/files/discovery';
import { gatherLaunchFiles, readProjectConfig } from '../../src/files/launchInputs';
import { resultFolders } from '../../src/files/outputFolder';
import { createInlineResultReader, type ResultReader } from '../../src/files/resultReader';
import { createResultWatch } from '../../src/files/resultWatch';
import { createRunRecords } from '../../src/files/runRecord';
import type { RunEvent } from '../../src/lean/events';
import type { LeanProject } from '../../src/lean/model';
import type { LaunchPlan } from '../../src/lean/plan';
import type { HostFacts, LaunchSettings } from '../../src/lean/planInput';
import { givenEnvironment } from '../../src/lean/planEnvironment';
import { planLaunch } from '../../src/lean/planLaunch';
import type { RunRecordPort } from '../../src/lean/ports';
import type { RunRequest } from '../../src/lean/request';
import type { RunPhase, RunSnapshot } from '../../src/lean/run';
import { resolveLaunchSecret } from '../../src/lean/secrets';
import { Runner, type LaunchFailure, type RunHandle } from '../../src/runs/runner';
import { RunStore } from '../../src/runs/runStore';

export interface WorkbenchOptions {
  readonly dockerHost: string;
  readonly workspaceFolder: string;
  readonly image: string;
  /** What differs from this process's own facts. */
  readonly host?: Partial<HostFacts>;
  /** An engine that has loaded its parts already; default: a new one at `dockerHost`. */
  readonly engine?: DockerEngine;
  /** Reads results; default on this thread. Disposing of it is its maker's. */
  readonly reader?: ResultReader;
  /** How long a run may take to stop before it is killed, ms. */
  readonly graceMs?: number;
  /** How long the engine may be away, ms. */
  readonly patience?: number;
  readonly maxConcurrent?: number;
  readonly settings?: LaunchSettings;
  /** Sees each event of each launch as it comes. */
  readonly onEvent?: (runId: string, event: RunEvent) => void;
}

/** A run that is over and whose container is gone. */
export interface Ended {
  /** As it was carried out: the runner may have given it another output folder. */
  readonly plan: LaunchPlan;
  readonly run: RunSnapshot;
  readonly failure: LaunchFailure | undefined;
  /** What the engine said, lines left out. */
  readonly events: readonly RunEvent[];
  readonly phases: readonly RunPhase[];
}

/**
 * The extension's own rooms (files, lean, engine, runs), joined as src/ui/host/core.ts joins them, without VS Code: what a press
 * of the run button sets off. Everything is read anew for each run.
 */
export class TestWorkbench {
  readonly engine: DockerEngine;
  readonly store: RunStore;
  readonly runner: Runner;
  readonly records: RunRecordPort;
  readonly reader: ResultReader;
  /** Warnings and errors of the extension's log. */
  readonly warnings: string[] = [];
  readonly #options: WorkbenchOptions;
  readonly #secrets = new Map<string, (name: string) => Promise<Json>>();
  readonly #failures = new Map<string, LaunchFailure>();
  readonly #events = new Map<string, RunEvent[]>();
  readonly #carriedOut = new Map<string, LaunchPlan>();

  constructor(options: WorkbenchOptions) {
    this.#options = options;
    const note = (message: string, error?: unknown): void => void this.warnings.push(error === undefined ? message : `${message}: ${messageOf(error)}`);
    const logger: Logger = { trace: () => undefined, debug: () => undefined, info: () => undefined, warn: note, error: note };
    const { patience } = options;
    const engine = options.engine ?? new DockerEngine({ host: () => options.dockerHost, logger, ...(patience === undefined ? {} : { patience }) });
    this.engine = engine;
    this.reader = options.reader ?? createInlineResultReader();
    this.records = createRunRecords(logger);
    this.store = new RunStore({ records: this.records, onError: (folder, error) => note(folder, error) });
    this.runner = new Runner({
      engine: {
        launch: (plan, fallback, signal) => this.#noted(plan, engine.launch(plan, this.#secrets.get(plan.runId) ?? fallback, signal)),
        adopt: (id, plan, offset, signal) => this.#noted(plan, engine.adopt(id, plan, offset, signal)),
        stop: (id, force) => engine.stop(id, force),
        listContainers: () => engine.listContainers(),
        remove: (id) => engine.remove(id),
      },
      results: { ...resultFolders, ...createResultWatch({ reader: this.reader, logger }) },
      records: this.records,
      store: this.store,
      secrets: (name) => Promise.reject(new Error(`Nobody knows the secret ${name}.`)),
      clock: systemClock,
      logger,
      maxConcurrent: () => options.maxConcurrent ?? Number.POSITIVE_INFINITY,
      graceMs: () => options.graceMs ?? 60_000,
      onGraceExpired: () => Promise.resolve(true),
    });
    this.runner.onDidFailToLaunch((failure) => void this.#failures.set(failure.run.id, failure));
  }

  /** A project of the workspace by name. */
  async project(name: string): Promise<LeanProject> {
    const { items } = await findProjects(await readWorkspace(this.#options.workspaceFolder));
    const project = items.find((item) => item.name === name);
    if (project === undefined) throw new Error(`The workspace has no project '${name}', but: ${items.map((item) => item.name).join(', ')}.`);
    return project;
  }

  /** Decides a launch, as core.ts does: an image that is not there is left to the engine to name. */
  async plan(project: LeanProject, request: Partial<RunRequest> = {}): Promise<LaunchPlan> {
    const now = Date.now();
    const image = request.image ?? this.#options.image;
    const [workspace, projectConfig] = await Promise.all([readWorkspace(project.workspaceFolder), readProjectConfig(project)]);
    const [files, known, engine] = await Promise.all([gatherLaunchFiles(workspace, project, now), this.engine.inspectImage(image), this.engine.info()]);
    return planLaunch({
      request: { command: 'backtest', projectFolder: project.folder, ...request },
      workspace,
      project,
      projectConfig,
      image: known ?? { name: image, id: '' },
      engine,
      host: {
        platform: process.platform,
        hostname: hostname(),
        timezoneOffsetMinutes: new Date(now).getTimezoneOffset(),
        ...(process.getuid === undefined ? {} : { uid: process.getuid() }),
        ...(process.getgid === undefined ? {} : { gid: process.getgid() }),
        ...this.#options.host,
      },
      settings: this.#options.settings ?? {},
      files,
      now,
      random: { runId: randomUUID(), containerSuffix: randomUUID().replaceAll('-', ''), algorithmDigits: String(randomInt(100_000_000, 1_000_000_000)) },
    });
  }

  /** Starts a plan with the secrets of its workspace. */
  async start(plan: LaunchPlan, request: Partial<RunRequest> = {}): Promise<RunHandle> {
    const { leanConfig } = await readWorkspace(plan.workspaceFolder);
    const project = await this.project(plan.projectName);
    const environment = givenEnvironment({ projectConfig: await readProjectConfig(project), settings: this.#options.settings ?? {}, request: { command: 'backtest', projectFolder: project.folder, ...request } });
    this.#secrets.set(plan.runId, (name) => resolveLaunchSecret({ leanConfig, extraConfig: request.extraConfig ?? {}, environment }, name));
    return this.runner.start(plan);
  }

  /** From the request to the end of the container. `whileRunning` is called once the container is started. */
  async run(name: string, request: Partial<RunRequest> = {}, whileRunning?: (run: RunSnapshot, plan: LaunchPlan) => Promise<void> | void): Promise<Ended> {
    const plan = await this.plan(await this.project(name), request);
    const handle = await this.start(plan, request);
    try {
      if (whileRunning !== undefined) await whileRunning(await this.started(plan), plan);
    } catch (error) {
      // A failed test leaves no container to the next one.
      await this.runner.stop(plan.runId, true);
      await handle.gone;
      throw error;
    }
    return this.end(handle, plan);
  }

  /** The run once its container is started; rejects when it ends before. */
  started(plan: LaunchPlan): Promise<RunSnapshot> {
    return this.until(plan, 'its start', (run) => run.startedAt !== undefined);
  }

  /** The run once its phase or what else it shows is as wanted; rejects when it ends before. */
  until(plan: LaunchPlan, what: string, isSo: (run: RunSnapshot) => boolean): Promise<RunSnapshot> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const run = this.store.get(plan.runId);
        if (run !== undefined && isSo(run)) resolve(run);
        else if (run?.outcome !== undefined) reject(new Error(`The run ended before ${what}: ${run.outcome.message}\n${run.lastLines.join('\n')}`));
        else return;
        listening.dispose();
      };
      const listening = this.store.onDidChange(look);
      look();
    });
  }

  /** Waits for the end of a run and of its container. */
  async end(handle: RunHandle, plan: LaunchPlan): Promise<Ended> {
    let run = await handle.done;
    await handle.gone;
    run = this.store.get(plan.runId) ?? this.#failures.get(plan.runId)?.run ?? run;
    const events = this.#events.get(plan.runId) ?? [];
    return { plan: this.#carriedOut.get(plan.runId) ?? plan, run, failure: this.#failures.get(plan.runId), events, phases: events.flatMap((event) => (event.type === 'phase' ? [event.phase] : [])) };
  }

  dispose(): void {
    this.runner.dispose();
    this.store.dispose();
  }

  async *#noted(plan: LaunchPlan, events: AsyncIterable<RunEvent>): AsyncGenerator<RunEvent> {
    const noted: RunEvent[] = [];
    this.#carriedOut.set(plan.runId, plan);
    this.#events.set(plan.runId, noted);
    for await (const event of events) {
      if (event.type !== 'lines') noted.push(event);
      this.#options.onEvent?.(plan.runId, event);
      yield event;
    }
  }
}
