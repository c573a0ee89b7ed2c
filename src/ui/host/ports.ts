import type { Event } from '../../base/emitter';
import type { Disposable } from '../../base/disposable';
import type { WorkbenchError } from '../../base/errors';
import type { Engine } from '../../lean/ports';
import type { LaunchPlan } from '../../lean/plan';
import type { BacktestResult } from '../../lean/result';
import type { LeanProject } from '../../lean/model';
import type { RunRequest } from '../../lean/request';
import type { RunSnapshot } from '../../lean/run';
import type { WorkspaceEntry } from '../views/treeModel';

/** Workspaces and projects as they were found. */
export interface Catalog {
  readonly state: 'unknown' | 'searching' | 'none' | 'found';
  readonly entries: readonly WorkspaceEntry[];
  /** What could not be read: a lean.json or a config.json that is not valid. */
  readonly problems: readonly WorkbenchError[];
  readonly onDidChange: Event<void>;
  /** Looks again at everything. */
  refresh(): Promise<void>;
  /** Resolves when the first search is done. */
  ready(): Promise<void>;
  project(folder: string): LeanProject | undefined;
  /** The project that a file belongs to: the deepest folder that holds it. */
  projectOf(file: string): LeanProject | undefined;
  workspaceOf(project: LeanProject): WorkspaceEntry | undefined;
  allProjects(): readonly LeanProject[];
}

/** Runs as views see them. */
export interface Runs {
  ofProject(projectFolder: string): readonly RunSnapshot[];
  get(id: string): RunSnapshot | undefined;
  active(): readonly RunSnapshot[];
  /** Reads the figures of runs that were only found on disk so far. */
  load(runs: readonly RunSnapshot[]): void;
  /** The run that changed, new or old; undefined when many did. */
  readonly onDidChange: Event<RunSnapshot | undefined>;
}

/** What happens to the console of a run. */
export interface ConsoleFollower {
  /** Whole lines, container paths still inside, in order, from the beginning. */
  lines(lines: readonly string[]): void;
  /** A word of ours between the lines. */
  note(text: string): void;
  /** The run is over for the person; undefined when nothing is known of it. */
  end(run: RunSnapshot | undefined): void;
}

/** What carries requests out. Made lazily: it loads Docker, file watching and schemas. */
export interface Core {
  readonly engine: Engine;
  /** Reads whole results, off this thread. */
  readonly reader: { read(folder: string, algorithmId?: string, signal?: AbortSignal): Promise<BacktestResult | undefined> };
  /** Decides the plan of a request without running it. */
  plan(request: RunRequest, image: string): Promise<LaunchPlan>;
  /** Decides and starts; resolves with the run's id as soon as the run is in the store. */
  start(request: RunRequest, image: string): Promise<string>;
  /** SIGINT, or SIGKILL with `force`. */
  stop(runId: string, force: boolean): Promise<void>;
  /** Whether a run was started or taken up in this session. */
  isOurs(run: RunSnapshot): boolean;
  /** The plan a run was started with, from its folder. */
  planOf(run: RunSnapshot): Promise<LaunchPlan | undefined>;
  /** The plan as a Markdown document, secrets masked. */
  showPlan(plan: LaunchPlan): string;
  /** Replays and follows a run's console. */
  follow(runId: string, follower: ConsoleFollower): Disposable;
  /** Why a run could not start; undefined when it did. */
  failureOf(runId: string): WorkbenchError | undefined;
  /** The person's file that a message of a run names; undefined when it is none. */
  hostFile(run: RunSnapshot, file: string): Promise<string | undefined>;
  /** Turns console lines of a run into terminal text. */
  formatter(run: RunSnapshot): Promise<{ format(lines: readonly string[]): string }>;
  /** The image a project uses when nothing else is said, and why. */
  imageOf(project: LeanProject, request?: RunRequest): Promise<string>;
  /** Parameters of a project's config.json. */
  parametersOf(project: LeanProject): Promise<Readonly<Record<string, string>>>;
}
