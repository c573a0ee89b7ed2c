import type { Event } from '../../base/emitter';
import type { Disposable } from '../../base/disposable';
import type { WorkbenchError } from '../../base/errors';
import type { Engine } from '../../lean/ports';
import type { LaunchPlan } from '../../lean/plan';
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
  /** The run that changed, new or old; undefined when many did. */
  readonly onDidChange: Event<RunSnapshot | undefined>;
}

/** What happens to the console of a run. */
export interface ConsoleFollower {
  /** Whole lines, container paths still inside, in order, from the beginning. */
  lines(lines: readonly string[]): void;
  /** Nothing more will come. */
  end(): void;
}

/** What carries requests out. Made lazily: it loads Docker, file watching and schemas. */
export interface Core {
  readonly engine: Engine;
  /** Decides the plan of a request without running it. */
  plan(request: RunRequest, image: string): Promise<LaunchPlan>;
  /** Decides and starts; resolves with the run's id as soon as the run is in the store. */
  start(request: RunRequest, image: string): Promise<string>;
  /** SIGINT, or SIGKILL with `force`. */
  stop(runId: string, force: boolean): Promise<void>;
  /** The plan a run was started with, from its folder. */
  planOf(run: RunSnapshot): Promise<LaunchPlan | undefined>;
  /** The plan as a Markdown document, secrets masked. */
  showPlan(plan: LaunchPlan): string;
  /** Replays and follows a run's console. */
  follow(runId: string, follower: ConsoleFollower): Disposable;
  /** Turns console lines of a run into terminal text. */
  formatter(run: RunSnapshot): Promise<{ format(lines: readonly string[]): string }>;
  /** The image a project uses when nothing else is said, and why. */
  imageOf(project: LeanProject, request?: RunRequest): Promise<string>;
  /** Parameters of a project's config.json. */
  parametersOf(project: LeanProject): Promise<Readonly<Record<string, string>>>;
}
