import * as vscode from 'vscode';
import { Emitter } from '../../base/emitter';
import { WorkbenchError } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { DisposableStore } from '../../base/disposable';
import type { LaunchPlan } from '../../lean/plan';
import type { LeanProject } from '../../lean/model';
import { mergeDockerOptions } from '../../lean/dockerOptions';
import type { RunRequest } from '../../lean/request';
import { isFinal, type RunSnapshot } from '../../lean/run';
import type { CurrentProject } from './currentProject';
import type { ImageService } from './imageService';
import type { Catalog, Core, Runs } from './ports';
import type { Settings } from './settings';

export interface RunServiceParts {
  readonly catalog: Catalog;
  readonly runs: Runs;
  readonly core: () => Promise<Core>;
  readonly images: ImageService;
  readonly settings: Settings;
  readonly current: CurrentProject;
  readonly log: Logger;
}

/** A window that closes has ended this process after so long. Milliseconds. */
const CLOSING_MS = 1500;

/** The one way to run: every surface makes a RunRequest and comes here. */
export class RunService {
  readonly #parts: RunServiceParts;
  readonly #started = new Emitter<RunSnapshot>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** A run that this session started, from whichever surface. */
  readonly onDidStart = this.#started.event;

  constructor(parts: RunServiceParts) {
    this.#parts = parts;
  }

  /** Checks trust, finds the project and the image, pulls it when missing, and starts. Gives the run's id. */
  async start(request: RunRequest): Promise<string> {
    const { project, complete, image } = await this.#prepare(request);
    const { images, core, current, log } = this.#parts;
    if (request.update === true) await images.refresh(image);
    else await images.ensure(image);
    log.info(`Backtest of ${project.name} on ${image}`);
    const runId = await (await core()).start(complete, image);
    const run = this.#parts.runs.get(runId);
    current.set(project, 'run');
    if (run !== undefined) this.#started.fire(run);
    return runId;
  }

  /** What {@link start} would run. Nothing is pulled or created. */
  async plan(request: RunRequest): Promise<LaunchPlan> {
    const { complete, image } = await this.#prepare(request, false);
    return (await this.#parts.core()).plan(complete, image);
  }

  /** The project of a folder; waits for the first search. Throws `bad-request`. */
  async project(folder: string): Promise<LeanProject> {
    await this.#parts.catalog.ready();
    const project = this.#parts.catalog.project(folder);
    if (project !== undefined) return project;
    throw new WorkbenchError('bad-request', vscode.l10n.t('There is no LEAN project in {0}. A project is a folder with a main.py, or with a .csproj and a Main.cs, below a folder with a lean.json.', folder), { action: 'open-log' });
  }

  /** The request that starts a run again, as far as the run tells. */
  requestOf(run: RunSnapshot): RunRequest {
    const named = !/^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d/.test(run.name);
    return {
      command: 'backtest',
      projectFolder: run.projectFolder,
      ...(named ? { name: run.name } : {}),
      ...(Object.keys(run.parameters).length === 0 ? {} : { parameters: run.parameters }),
      ...(run.image === undefined ? {} : { image: run.image }),
    };
  }

  /** Stops gracefully and waits until it is over; the runner asks {@link askToKill} when that takes too long. */
  async stop(runId: string): Promise<void> {
    const { core, runs } = this.#parts;
    const run = runs.get(runId);
    if (run === undefined || isFinal(run.state)) return;
    await (await core()).stop(runId, false);
    // The status bar's item says that it stops: no second one beside it.
    await this.#ended(runId, undefined);
  }

  /** Asks whether a run that does not stop is to be killed; asks again after each time it is waited for. False once it is over. */
  async askToKill(run: RunSnapshot): Promise<boolean> {
    const t = vscode.l10n.t;
    const wait = t('Wait');
    const kill = t('Kill');
    const seconds = this.#parts.settings.stopTimeout(vscode.Uri.file(run.projectFolder));
    for (;;) {
      const answer = await Promise.race([
        vscode.window.showWarningMessage(t('{0} has not stopped after {1} seconds. Killing it loses results that are not written yet.', run.projectName, seconds), wait, kill),
        this.#ended(run.id, undefined).then(() => 'ended' as const),
      ]);
      if (answer === 'ended') return false;
      if (answer === kill) return true;
      if (await this.#ended(run.id, seconds * 1000)) return false;
    }
  }

  /**
   * Stops the run of a terminal that was closed. A window that reloads closes its terminals too, and ends this process
   * just after: so the stop waits for a moment, and a run is not lost with its window.
   */
  stopUnlessClosing(runId: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const { core, runs, log } = this.#parts;
      const run = runs.get(runId);
      if (run === undefined || isFinal(run.state)) return;
      core().then((live) => live.stop(runId, false)).catch((error: unknown) => log.error('Stopping failed', error));
    }, CLOSING_MS);
    this.#timers.add(timer);
  }

  dispose(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#started.dispose();
  }

  /** Kills the container at once. */
  async kill(runId: string): Promise<void> {
    await (await this.#parts.core()).stop(runId, true);
  }

  /** True when the run is over, false when the time passed first; no time: only true. */
  #ended(runId: string, ms: number | undefined): Promise<boolean> {
    const { runs } = this.#parts;
    return new Promise((resolve) => {
      const store = new DisposableStore();
      const done = (value: boolean): void => {
        store.dispose();
        resolve(value);
      };
      const check = (): void => {
        const run = runs.get(runId);
        if (run === undefined || isFinal(run.state)) done(true);
      };
      store.add(runs.onDidChange(check));
      if (ms !== undefined) {
        const timer = setTimeout(() => done(false), ms);
        store.add({ dispose: () => clearTimeout(timer) });
      }
      check();
    });
  }

  async #prepare(request: RunRequest, mustBeTrusted = true): Promise<{ project: LeanProject; complete: RunRequest; image: string }> {
    if (mustBeTrusted && !vscode.workspace.isTrusted) {
      throw new WorkbenchError('untrusted', vscode.l10n.t('This workspace is not trusted, so nothing is run: a backtest runs the code of the workspace.'), { action: 'manage-trust' });
    }
    const project = await this.project(request.projectFolder);
    if (project.isLibrary) {
      throw new WorkbenchError('bad-request', vscode.l10n.t('{0} is a library: it holds no algorithm of its own to run.', project.name), { action: 'open-file', location: { file: project.mainFile } });
    }
    const scope = vscode.Uri.file(project.folder);
    const { settings, core } = this.#parts;
    const docker = mergeDockerOptions({ ...settings.extraDocker(scope), limits: settings.limits(scope) }, request.docker ?? {});
    const image = await (await core()).imageOf(project, request);
    return { project, image, complete: { ...request, docker } };
  }
}
