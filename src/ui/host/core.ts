import * as vscode from 'vscode';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../base/clock';
import { DisposableStore, toDisposable, type Disposable } from '../../base/disposable';
import { WorkbenchError } from '../../base/errors';
import type { Json } from '../../base/json';
import { DockerEngine } from '../../engine/dockerEngine';
import { gatherLaunchFiles, readProjectConfig } from '../../files/launchInputs';
import { readLeanAccount, readLeanCliImage, readLeanCredential } from '../../files/leanHome';
import { resultFolders } from '../../files/outputFolder';
import { WorkerResultReader, type ResultReader } from '../../files/resultReader';
import { createResultWatch } from '../../files/resultWatch';
import { RUN_FOLDERS } from '../../files/runFolders';
import { createRunRecords } from '../../files/runRecord';
import { readWorkspace } from '../../files/discovery';
import { chooseImage } from '../../lean/chooseImage';
import type { FoundRun } from '../../lean/foundRun';
import type { LeanProject } from '../../lean/model';
import type { LaunchPlan } from '../../lean/plan';
import { givenEnvironment } from '../../lean/planEnvironment';
import type { PlanInput } from '../../lean/planInput';
import { planLaunch } from '../../lean/planLaunch';
import type { Engine, RunRecordPort } from '../../lean/ports';
import type { RunRequest } from '../../lean/request';
import { isFinal, type RunSnapshot } from '../../lean/run';
import { resolveLaunchSecret, type SecretSources } from '../../lean/secrets';
import { showPlan } from '../../lean/showPlan';
import { FrameResolver, type SourceContext } from '../../lean/sourcePaths';
import { TerminalFormatter } from '../../lean/terminal';
import { Runner, type LaunchFailure } from '../../runs/runner';
import { RunStore } from '../../runs/runStore';
import type { Logger } from '../../base/logger';
import type { ConsoleFollower, Core } from './ports';
import type { Settings } from './settings';

export interface CoreParts {
  readonly settings: Settings;
  readonly log: Logger;
  /** Folder of the built extension's chunks. */
  readonly distFolder: string;
  project(folder: string): LeanProject | undefined;
  /** Asked when a stopping run outlives its time: true kills it. */
  askToKill(run: RunSnapshot): Promise<boolean>;
  onLaunchFailure(failure: LaunchFailure): void;
}

/** Engine, runner, store and files joined: everything that carries a request out. Loaded on first use. */
export class LiveCore implements Core, Disposable {
  readonly engine: Engine;
  readonly store: RunStore;
  readonly runner: Runner;
  readonly records: RunRecordPort;
  readonly reader: ResultReader;
  readonly #parts: CoreParts;
  readonly #disposables = new DisposableStore();
  /** Runs that this session started or took up again. */
  readonly #ours = new Set<string>();
  readonly #secrets = new Map<string, (name: string) => Promise<Json>>();
  readonly #failures = new Map<string, LaunchFailure>();

  constructor(parts: CoreParts) {
    this.#parts = parts;
    const { log, settings } = parts;
    const engine = new DockerEngine({ host: () => settings.dockerHost(), configDelivery: () => settings.configDelivery(), logger: log });
    this.engine = engine;
    const reader = this.#disposables.add(new WorkerResultReader({ workerFile: vscode.Uri.joinPath(vscode.Uri.file(parts.distFolder), 'resultWorker.js').fsPath, ...(vscode.l10n.bundle === undefined ? {} : { bundle: vscode.l10n.bundle }) }));
    this.reader = reader;
    this.records = createRunRecords(log);
    this.store = this.#disposables.add(new RunStore({ records: this.records, onError: (folder, error) => log.warn(`${folder}: ${String(error)}`) }));
    this.runner = this.#disposables.add(
      new Runner({
        engine: {
          // Every run has secrets of its own: of its workspace and its request.
          launch: (plan, fallback, signal) => engine.launch(plan, this.#secrets.get(plan.runId) ?? fallback, signal),
          adopt: (id, plan, offset, signal) => engine.adopt(id, plan, offset, signal),
          stop: (id, force) => engine.stop(id, force),
          listContainers: () => engine.listContainers(),
          remove: (id) => engine.remove(id),
        },
        results: { ...resultFolders, ...createResultWatch({ reader, logger: log }) },
        records: this.records,
        store: this.store,
        secrets: (name) => Promise.reject(new WorkbenchError('internal', `Nobody knows the secret ${name}.`)),
        clock: systemClock,
        logger: log,
        maxConcurrent: () => Number.POSITIVE_INFINITY,
        graceMs: () => settings.stopTimeout() * 1000,
        onGraceExpired: (run) => parts.askToKill(run),
      }),
    );
    this.#disposables.add(
      this.runner.onDidFailToLaunch((failure) => {
        this.#failures.set(failure.run.id, failure);
        parts.onLaunchFailure(failure);
      }),
    );
    this.#disposables.add(this.runner.onDidEnd((run) => this.#secrets.delete(run.id)));
  }

  isOurs(run: RunSnapshot): boolean {
    return this.#ours.has(run.id);
  }

  async plan(request: RunRequest, image: string): Promise<LaunchPlan> {
    return planLaunch(await this.#input(request, image));
  }

  async #input(request: RunRequest, image: string): Promise<PlanInput> {
    const project = this.#project(request);
    const now = Date.now();
    const [workspace, projectConfig, account] = await Promise.all([readWorkspace(project.workspaceFolder), readProjectConfig(project), readLeanAccount(homedir())]);
    const [files, known, engine] = await Promise.all([gatherLaunchFiles(workspace, project, now), this.engine.inspectImage(image), this.engine.info()]);
    return {
      request,
      workspace,
      project,
      projectConfig,
      image: known ?? { name: image, id: '' },
      engine,
      host: {
        platform: process.platform,
        hostname: hostname(),
        home: homedir(),
        timezoneOffsetMinutes: new Date(now).getTimezoneOffset(),
        ...(process.getuid === undefined ? {} : { uid: process.getuid() }),
        ...(process.getgid === undefined ? {} : { gid: process.getgid() }),
      },
      settings: {},
      files,
      account,
      now,
      random: { runId: randomUUID(), containerSuffix: randomBytes(16).toString('hex'), algorithmDigits: String(randomInt(100_000_000, 1_000_000_000)) },
    };
  }

  async start(request: RunRequest, image: string): Promise<string> {
    const input = await this.#input(request, image);
    const plan = planLaunch(input);
    const sources: SecretSources = {
      leanConfig: input.workspace.leanConfig,
      extraConfig: request.extraConfig ?? {},
      environment: givenEnvironment(input),
      leanCredential: (key) => readLeanCredential(homedir(), key),
    };
    this.#secrets.set(plan.runId, (name) => resolveLaunchSecret(sources, name));
    this.#ours.add(plan.runId);
    this.runner.start(plan);
    return plan.runId;
  }

  /** Takes up runs that a former session left. Without an engine there is nothing to take up. */
  async adopt(workspaceFolders: readonly string[]): Promise<readonly string[]> {
    const handles = await this.runner.adopt(workspaceFolders);
    for (const { id } of handles) this.#ours.add(id);
    return handles.map(({ id }) => id);
  }

  async stop(runId: string, force: boolean): Promise<void> {
    await this.runner.stop(runId, force);
  }

  async planOf(run: RunSnapshot): Promise<LaunchPlan | undefined> {
    return this.records.loadPlan(run.folder);
  }

  showPlan(plan: LaunchPlan): string {
    return showPlan(plan);
  }

  follow(runId: string, follower: ConsoleFollower): Disposable {
    const store = new DisposableStore();
    let ended = false;
    const end = (run: RunSnapshot | undefined): void => {
      if (ended) return;
      ended = true;
      follower.end(run);
    };
    store.add(
      this.runner.onLines(runId, {
        onLines: (lines, skipped) => {
          if (skipped > 0) follower.note(vscode.l10n.t('{0} earlier lines stand in the log of the run.', skipped));
          follower.lines(lines);
        },
        onEnd: end,
        onClose: () => end(this.store.get(runId) ?? this.#failures.get(runId)?.run),
      }),
    );
    store.add(toDisposable(() => (ended = true)));
    return store;
  }

  failureOf(runId: string): WorkbenchError | undefined {
    return this.#failures.get(runId)?.error;
  }

  async formatter(run: RunSnapshot): Promise<{ format(lines: readonly string[]): string }> {
    return new TerminalFormatter(await this.#sourceContext(run));
  }

  async hostFile(run: RunSnapshot, file: string): Promise<string | undefined> {
    return new FrameResolver(await this.#sourceContext(run)).resolve({ file })?.file;
  }

  async imageOf(project: LeanProject, request?: RunRequest): Promise<string> {
    const scope = vscode.Uri.file(project.folder);
    const { settings } = this.#parts;
    // What was chosen for this very project in the editor wins over its config.json, which we never rewrite.
    const chosen = request?.image ?? settings.projectImages(scope)[project.name];
    const [config, ofTool] = await Promise.all([readProjectConfig(project), readLeanCliImage(homedir())]);
    return chooseImage(chosen === undefined ? {} : { image: chosen }, config, settings.image(scope), ofTool).name;
  }

  async parametersOf(project: LeanProject): Promise<Readonly<Record<string, string>>> {
    return (await readProjectConfig(project)).parameters;
  }

  /** Run folders of a project as they are on disk now. */
  setFound(projectFolder: string, found: readonly FoundRun[]): void {
    const folders = new Set(found.map(({ folder }) => folder.folder));
    for (const run of this.store.ofProject(projectFolder)) {
      // A run may have put its results elsewhere in the workspace: only the folders that were searched tell that one is gone.
      const searched = RUN_FOLDERS.some(([name]) => run.folder.startsWith(join(projectFolder, name)));
      if (searched && !folders.has(run.folder) && isFinal(run.state) && !this.store.isTracked(run.id)) this.store.remove(run.id);
    }
    const known = found.filter(({ folder }) => this.store.get(folder.folder) !== undefined);
    this.store.addFound(found);
    // A folder that had nothing to say may have got its result since.
    for (const item of known) {
      const run = this.store.get(item.folder.folder);
      if (run?.state === 'unknown' && run.figures === undefined) void this.store.reload(item);
    }
    const newest = this.store.ofProject(projectFolder).slice(0, NEWEST_READ);
    void this.store.load(newest.map((run) => run.id));
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #sourceContext(run: RunSnapshot): Promise<SourceContext> {
    // A run that has just started: its plan is not on the disk yet.
    const live = this.runner.sourceContext(run.id);
    if (live !== undefined) return live;
    const plan = await this.planOf(run);
    const sourceFiles = plan === undefined ? [] : await this.records.sourceFiles(plan);
    return { pathMap: plan?.pathMap ?? [], projectFolder: run.projectFolder, sourceFiles };
  }

  #project(request: RunRequest): LeanProject {
    const project = this.#parts.project(request.projectFolder);
    if (project === undefined) throw new WorkbenchError('bad-request', vscode.l10n.t('There is no LEAN project in {0}.', request.projectFolder));
    return project;
  }
}

/** So many runs of each project are read at once: its row shows the figures of the last one. */
const NEWEST_READ = 3;
