import type { LeanProject, LeanWorkspace } from '../../lean/model';
import { isFinal, type RunSnapshot } from '../../lean/run';
import { isSameDay } from '../host/format';
import { byNewest, runTime } from './runText';

/** A row of the tree. Rows hold references only; what they show is looked up when they are drawn. */
export type TreeNode =
  | { readonly kind: 'notice'; readonly id: string; readonly notice: 'engine' | 'untrusted' | 'problem'; /** Which of the problems. */ readonly index: number }
  | { readonly kind: 'workspace'; readonly id: string; readonly workspaceFolder: string }
  | { readonly kind: 'library'; readonly id: string; readonly workspaceFolder: string }
  | { readonly kind: 'project'; readonly id: string; readonly projectFolder: string }
  | { readonly kind: 'group'; readonly id: string; readonly projectFolder: string; readonly group: RunGroup }
  | { readonly kind: 'run'; readonly id: string; readonly runId: string; readonly projectFolder: string };

export type RunGroup = 'week' | 'older';

/** A workspace and what was found in it. */
export interface WorkspaceEntry {
  readonly workspace: LeanWorkspace;
  readonly projects: readonly LeanProject[];
}

/** Runs of a project in the order the tree shows them: `shown` directly, the groups behind a row each. */
export interface GroupedRuns {
  readonly shown: readonly RunSnapshot[];
  readonly week: readonly RunSnapshot[];
  readonly older: readonly RunSnapshot[];
}

const WEEK_MS = 7 * 24 * 3600 * 1000;
/** So many rows stand under a project before the runs of the week get a row of their own. */
const MOST_SHOWN = 12;
/** A project with few runs shows its newest ones however old they are: an empty project row says less. */
const LEAST_SHOWN = 3;

/** Running and live runs first, then today's and this week's, older ones behind a row. */
export function groupRuns(runs: readonly RunSnapshot[], nowMs: number): GroupedRuns {
  const sorted = [...runs].sort(byNewest);
  const active = sorted.filter((run) => !isFinal(run.state));
  const ended = sorted.filter((run) => isFinal(run.state));
  const today = ended.filter((run) => isSameDay(runTime(run), nowMs) || runTime(run) > nowMs);
  const recent = ended.filter((run) => !today.includes(run) && nowMs - runTime(run) < WEEK_MS);
  const old = ended.filter((run) => !today.includes(run) && !recent.includes(run));
  const fits = active.length + today.length + recent.length <= MOST_SHOWN;
  const shown = [...active, ...today, ...(fits ? recent : [])];
  const week = fits ? [] : recent;
  const promoted = week.length === 0 ? old.slice(0, Math.max(0, LEAST_SHOWN - shown.length)) : [];
  return { shown: [...shown, ...promoted], week, older: old.slice(promoted.length) };
}

/** A stable text that changes exactly when the rows under a project change. */
export function structureOf(grouped: GroupedRuns): string {
  return [grouped.shown.map((run) => run.id).join('|'), grouped.week.length, grouped.older.length].join('#');
}

/** Rows of the top level, by id; equal ids give the same object, as the tree view needs it. */
export class NodePool {
  readonly #nodes = new Map<string, TreeNode>();

  workspace(workspaceFolder: string): TreeNode {
    return this.#keep({ kind: 'workspace', id: `workspace:${workspaceFolder}`, workspaceFolder });
  }

  library(workspaceFolder: string): TreeNode {
    return this.#keep({ kind: 'library', id: `library:${workspaceFolder}`, workspaceFolder });
  }

  project(projectFolder: string): TreeNode {
    return this.#keep({ kind: 'project', id: `project:${projectFolder}`, projectFolder });
  }

  group(projectFolder: string, group: RunGroup): TreeNode {
    return this.#keep({ kind: 'group', id: `group:${group}:${projectFolder}`, projectFolder, group });
  }

  /** A run keeps its row when the store learns its own id for a folder that was found first. */
  run(run: RunSnapshot): TreeNode {
    return this.#keep({ kind: 'run', id: `run:${run.folder}`, runId: run.id, projectFolder: run.projectFolder });
  }

  notice(notice: 'engine' | 'untrusted' | 'problem', index = 0): TreeNode {
    return this.#keep({ kind: 'notice', id: `notice:${notice}:${index}`, notice, index });
  }

  /** The row with this id, if it was ever shown. */
  find(id: string): TreeNode | undefined {
    return this.#nodes.get(id);
  }

  #keep(node: TreeNode): TreeNode {
    const known = this.#nodes.get(node.id);
    if (known !== undefined && (known.kind !== 'run' || node.kind !== 'run' || known.runId === node.runId)) return known;
    this.#nodes.set(node.id, node);
    return node;
  }
}
