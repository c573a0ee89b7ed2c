import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable';
import type { LeanProject } from '../../lean/model';
import type { RunSnapshot } from '../../lean/run';
import { COMMANDS, VIEWS } from '../../manifest/ids';
import type { EngineState } from '../host/engineState';
import type { Catalog, Runs } from '../host/ports';
import { isFinal } from '../../lean/run';
import { presentGroup, presentLibrary, presentNotice, presentProject, presentRun, presentWorkspace, type RowView } from './tree.present';
import { groupRuns, NodePool, structureOf, type TreeNode } from './treeModel';

/** Rows change at most this often, however fast a run writes. Milliseconds. */
const REDRAW_MS = 250;
/** So many files that cannot be read get a row each. */
const MOST_PROBLEMS = 5;

export interface TreeServices {
  readonly catalog: Catalog;
  readonly runs: Runs;
  readonly engineState: EngineState;
  /** The image that a workspace uses, as far as it is known without reading files. */
  imageName(workspaceFolder: string): string | undefined;
  /** The view became visible: what is shown should be looked up now. */
  onVisible(): void;
}

/** The tree of workspaces, projects and runs. Draws only what changed, and nothing while it is hidden. */
export class WorkspacesTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #services: TreeServices;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<TreeNode | undefined>());
  readonly #pool = new NodePool();
  readonly #structure = new Map<string, string>();
  readonly #dirty = new Set<TreeNode>();
  readonly #view: vscode.TreeView<TreeNode>;
  #allDirty = false;
  #timer: NodeJS.Timeout | undefined;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(services: TreeServices) {
    this.#services = services;
    this.#view = this.#store.add(vscode.window.createTreeView(VIEWS.workspaces, { treeDataProvider: this, showCollapseAll: true }));
    this.#store.add(
      this.#view.onDidChangeVisibility(({ visible }) => {
        if (!visible) return;
        services.onVisible();
        this.#schedule();
      }),
    );
    this.#store.add(services.catalog.onDidChange(() => this.redraw()));
    this.#store.add(services.engineState.onDidChange(() => this.redraw()));
    this.#store.add(services.runs.onDidChange((run) => this.#onRun(run)));
    this.#store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.redraw()));
    if (this.#view.visible) services.onVisible();
  }

  get selection(): TreeNode | undefined {
    return this.#view.selection[0];
  }

  get visible(): boolean {
    return this.#view.visible;
  }

  /** Draws everything again. */
  redraw(): void {
    this.#allDirty = true;
    this.#schedule();
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const row = this.#present(node);
    const item = new vscode.TreeItem(row.label, STATES[row.collapsible]);
    item.id = node.id;
    if (row.description !== undefined) item.description = row.description;
    item.iconPath = row.color === undefined ? new vscode.ThemeIcon(row.icon) : new vscode.ThemeIcon(row.icon, new vscode.ThemeColor(row.color));
    item.contextValue = row.contextValue;
    if (row.tooltip !== undefined) item.tooltip = new vscode.MarkdownString(row.tooltip);
    item.accessibilityInformation = { label: row.accessibility };
    const command = commandOf(node, row, this.#services.catalog);
    if (command !== undefined) item.command = command;
    return item;
  }

  getChildren(node?: TreeNode): TreeNode[] {
    const { catalog } = this.#services;
    if (node === undefined) return this.#roots();
    switch (node.kind) {
      case 'workspace': {
        const entry = catalog.entries.find(({ workspace }) => workspace.folder === node.workspaceFolder);
        const projects = entry?.projects ?? [];
        const own = projects.filter((project) => !project.isLibrary).map((project) => this.#pool.project(project.folder));
        return projects.some((project) => project.isLibrary) ? [...own, this.#pool.library(node.workspaceFolder)] : own;
      }
      case 'library':
        return this.#libraries(node.workspaceFolder).map((project) => this.#pool.project(project.folder));
      case 'project': {
        const grouped = groupRuns(this.#services.runs.ofProject(node.projectFolder), Date.now());
        this.#structure.set(node.projectFolder, structureOf(grouped));
        this.#services.runs.load(grouped.shown);
        const rows = grouped.shown.map((run) => this.#pool.run(run));
        if (grouped.week.length > 0) rows.push(this.#pool.group(node.projectFolder, 'week'));
        if (grouped.older.length > 0) rows.push(this.#pool.group(node.projectFolder, 'older'));
        return rows;
      }
      case 'group': {
        const behind = groupRuns(this.#services.runs.ofProject(node.projectFolder), Date.now())[node.group];
        this.#services.runs.load(behind);
        return behind.map((run) => this.#pool.run(run));
      }
      default:
        return [];
    }
  }

  getParent(node: TreeNode): TreeNode | undefined {
    if (node.kind === 'run' || node.kind === 'group') return this.#pool.project(node.projectFolder);
    if (node.kind === 'library') return this.#pool.workspace(node.workspaceFolder);
    if (node.kind !== 'project') return undefined;
    const project = this.#services.catalog.project(node.projectFolder);
    if (project === undefined) return undefined;
    return project.isLibrary ? this.#pool.library(project.workspaceFolder) : this.#pool.workspace(project.workspaceFolder);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#store.dispose();
  }

  #roots(): TreeNode[] {
    const { catalog, engineState } = this.#services;
    // Nothing to list: the welcome views say what to do.
    if (catalog.allProjects().length === 0) return this.#problems();
    const rows: TreeNode[] = [];
    if (!vscode.workspace.isTrusted) rows.push(this.#pool.notice('untrusted'));
    else if (engineState.current.error !== undefined) rows.push(this.#pool.notice('engine'));
    return [...rows, ...this.#problems(), ...catalog.entries.map(({ workspace }) => this.#pool.workspace(workspace.folder))];
  }

  #problems(): TreeNode[] {
    return this.#services.catalog.problems.slice(0, MOST_PROBLEMS).map((_, index) => this.#pool.notice('problem', index));
  }

  #libraries(workspaceFolder: string): readonly LeanProject[] {
    const entry = this.#services.catalog.entries.find(({ workspace }) => workspace.folder === workspaceFolder);
    return (entry?.projects ?? []).filter((project) => project.isLibrary);
  }

  #present(node: TreeNode): RowView {
    const { catalog, engineState, runs } = this.#services;
    const t = vscode.l10n.t;
    const gone: RowView = { label: '—', icon: 'circle-outline', contextValue: 'gone', accessibility: t('gone'), collapsible: 'none' };
    switch (node.kind) {
      case 'notice':
        return presentNotice(node.notice, node.notice === 'engine' ? engineState.current.error : catalog.problems[node.index], t);
      case 'workspace': {
        const entry = catalog.entries.find(({ workspace }) => workspace.folder === node.workspaceFolder);
        return entry === undefined ? gone : presentWorkspace(entry.workspace, engineState.withImage(this.#services.imageName(node.workspaceFolder)), Date.now(), t);
      }
      case 'library':
        return presentLibrary(this.#libraries(node.workspaceFolder), t);
      case 'project': {
        const project = catalog.project(node.projectFolder);
        if (project === undefined) return gone;
        const own = runs.ofProject(node.projectFolder);
        return presentProject(project, own, own.some((run) => !isFinal(run.state)), t);
      }
      case 'group':
        return presentGroup(node.group, groupRuns(runs.ofProject(node.projectFolder), Date.now())[node.group].length, t);
      case 'run': {
        const run = runs.get(node.runId);
        return run === undefined ? gone : presentRun(run, Date.now(), t);
      }
    }
  }

  #onRun(run: RunSnapshot | undefined): void {
    if (run === undefined) {
      this.redraw();
      return;
    }
    const structure = structureOf(groupRuns(this.#services.runs.ofProject(run.projectFolder), Date.now()));
    const known = this.#structure.get(run.projectFolder);
    // A finished run also changes the figures in its project's row.
    if (known !== structure || isFinal(run.state)) this.#dirty.add(this.#pool.project(run.projectFolder));
    else this.#dirty.add(this.#pool.run(run));
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#view.visible || this.#timer !== undefined || (!this.#allDirty && this.#dirty.size === 0)) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const nodes = [...this.#dirty];
      const all = this.#allDirty;
      this.#dirty.clear();
      this.#allDirty = false;
      if (all) this.#changed.fire(undefined);
      else for (const node of nodes) this.#changed.fire(node);
    }, REDRAW_MS);
  }
}

const STATES = {
  none: vscode.TreeItemCollapsibleState.None,
  collapsed: vscode.TreeItemCollapsibleState.Collapsed,
  expanded: vscode.TreeItemCollapsibleState.Expanded,
} as const;

function commandOf(node: TreeNode, row: RowView, catalog: Catalog): vscode.Command | undefined {
  if (node.kind === 'run') {
    const command = row.contextValue.includes(';result') ? COMMANDS.openResult : COMMANDS.openRunFolder;
    return { command, title: vscode.l10n.t('Open Run'), arguments: [node] };
  }
  if (node.kind !== 'notice') return undefined;
  if (node.notice === 'engine') return { command: COMMANDS.checkEngine, title: row.label, arguments: ['known'] };
  if (node.notice === 'untrusted') return { command: 'workbench.trust.manage', title: row.label };
  const place = catalog.problems[node.index]?.location;
  if (place === undefined) return { command: COMMANDS.refresh, title: row.label, arguments: ['problems'] };
  const at = new vscode.Position(Math.max(0, (place.line ?? 1) - 1), Math.max(0, (place.column ?? 1) - 1));
  return { command: 'vscode.open', title: vscode.l10n.t('Open File'), arguments: [vscode.Uri.file(place.file), { selection: new vscode.Range(at, at) }] };
}
