import * as vscode from 'vscode';
import { sep } from 'node:path';
import { DisposableStore, type Disposable } from '../../base/disposable';
import { Emitter } from '../../base/emitter';
import { asWorkbenchError, WorkbenchError } from '../../base/errors';
import type { Logger } from '../../base/logger';
import type { TreeChange } from '../../files/watcher';
import type { FoundRun } from '../../lean/foundRun';
import type { LeanProject, LeanWorkspace } from '../../lean/model';
import { SETTINGS } from '../../manifest/ids';
import type { WorkspaceEntry } from '../views/treeModel';
import type { Catalog } from './ports';
import type { Settings } from './settings';

/** Where found runs go. */
export interface FoundRuns {
  /** All runs of a project that are on disk now; others of it are gone. */
  set(projectFolder: string, runs: readonly FoundRun[]): Promise<void>;
}

/** Finds workspaces, projects and runs, and finds them again when files change. Searching is loaded on first use. */
export class WorkspaceCatalog implements Catalog, Disposable {
  readonly #settings: Settings;
  readonly #log: Logger;
  readonly #found: FoundRuns;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  #watch: { readonly key: string; readonly disposable: Disposable } | undefined;
  #entries: readonly WorkspaceEntry[] = [];
  #problems: readonly WorkbenchError[] = [];
  #state: Catalog['state'] = 'unknown';
  #searching: Promise<void> | undefined;
  #again = false;
  readonly onDidChange = this.#changed.event;

  constructor(settings: Settings, log: Logger, found: FoundRuns) {
    this.#settings = settings;
    this.#log = log;
    this.#found = found;
    this.#store.add(vscode.workspace.onDidChangeWorkspaceFolders(() => this.#renew()));
    this.#store.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(SETTINGS.workspaceFolders)) this.#renew();
      }),
    );
  }

  get state(): Catalog['state'] {
    return this.#state;
  }

  get entries(): readonly WorkspaceEntry[] {
    return this.#entries;
  }

  get problems(): readonly WorkbenchError[] {
    return this.#problems;
  }

  async ready(): Promise<void> {
    if (this.#state === 'found' || this.#state === 'none') return;
    await this.refresh();
  }

  /** Searches; a call during a search makes it start over once, however many there are. */
  async refresh(): Promise<void> {
    if (this.#searching !== undefined) {
      this.#again = true;
      await this.#searching;
      return;
    }
    this.#searching = this.#loop().finally(() => {
      this.#searching = undefined;
    });
    await this.#searching;
  }

  project(folder: string): LeanProject | undefined {
    return this.allProjects().find((project) => project.folder === folder);
  }

  projectOf(file: string): LeanProject | undefined {
    let best: LeanProject | undefined;
    for (const project of this.allProjects()) {
      if (file.startsWith(project.folder + sep) && (best === undefined || project.folder.length > best.folder.length)) best = project;
    }
    return best;
  }

  workspaceOf(project: LeanProject): WorkspaceEntry | undefined {
    return this.#entries.find(({ workspace }) => workspace.folder === project.workspaceFolder);
  }

  allProjects(): readonly LeanProject[] {
    return this.#entries.flatMap(({ projects }) => projects);
  }

  dispose(): void {
    this.#watch?.disposable.dispose();
    this.#store.dispose();
  }

  #renew(): void {
    if (this.#state !== 'unknown') this.refresh().catch((error: unknown) => this.#log.error('Search failed', error));
  }

  async #loop(): Promise<void> {
    for (;;) {
      this.#again = false;
      await this.#search();
      if (!this.#isAskedAgain()) return;
    }
  }

  /** A call, because the compiler cannot see that another call asks during the search. */
  #isAskedAgain(): boolean {
    return this.#again;
  }

  async #search(): Promise<void> {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
    if (this.#state === 'unknown') {
      this.#state = 'searching';
      this.#changed.fire();
    }
    const problems: WorkbenchError[] = [];
    try {
      const { findProjects, findWorkspaces } = await import('../../files/discovery');
      const additional = [...new Set((vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => this.#settings.additionalFolders(uri)))];
      const { items, warnings } = await findWorkspaces(folders, additional);
      problems.push(...warnings.map(problemOf));
      const entries: WorkspaceEntry[] = [];
      for (const workspace of items) {
        const projects = await findProjects(workspace);
        problems.push(...projects.warnings.map(problemOf));
        entries.push({ workspace, projects: projects.items });
      }
      this.#entries = entries;
      await Promise.all(entries.map((entry) => this.#findRuns(entry)));
      this.#log.info(`Found ${entries.length} LEAN workspaces with ${this.allProjects().length} projects`);
    } catch (error) {
      problems.push(asWorkbenchError(error, 'file-unreadable'));
      this.#log.error('Search failed', error);
    }
    for (const problem of problems) this.#log.warn(problem.message);
    this.#problems = problems;
    this.#state = this.#entries.length > 0 ? 'found' : 'none';
    this.#watchAll(folders);
    this.#changed.fire();
  }

  async #findRuns(entry: WorkspaceEntry): Promise<void> {
    const { findRuns } = await import('../../files/runFolders');
    for (const project of entry.projects) {
      const { items, warnings } = await findRuns(project);
      for (const warning of warnings) this.#log.warn(warning.message);
      await this.#found.set(project.folder, items.map((folder) => ({ folder, workspaceFolder: project.workspaceFolder, projectName: project.name })));
    }
  }

  #watchAll(folders: readonly string[]): void {
    const workspaces = this.#entries.map(({ workspace }): Pick<LeanWorkspace, 'folder' | 'dataFolder'> => ({ folder: workspace.folder, dataFolder: workspace.dataFolder }));
    const key = JSON.stringify([folders, workspaces]);
    if (this.#watch?.key === key) return;
    this.#watch?.disposable.dispose();
    this.#watch = undefined;
    if (folders.length === 0 && workspaces.length === 0) return;
    const store = new DisposableStore();
    this.#watch = { key, disposable: store };
    void import('../../files/watcher').then(({ watchTree }) => {
      if (store.isDisposed || this.#store.isDisposed) return;
      store.add(watchTree({ folders, workspaces }, (changes) => this.#onChanges(changes), (error) => this.#log.warn(error.message)));
    });
  }

  #onChanges(changes: readonly TreeChange[]): void {
    const work = changes.some(({ kind }) => kind !== 'runs') ? this.refresh() : this.#refreshRuns(changes.map(({ folder }) => folder));
    work.catch((error: unknown) => this.#log.error('Search failed', error));
  }

  async #refreshRuns(projectFolders: readonly string[]): Promise<void> {
    for (const entry of this.#entries) {
      const projects = entry.projects.filter((project) => projectFolders.includes(project.folder));
      if (projects.length > 0) await this.#findRuns({ ...entry, projects });
    }
  }
}

function problemOf(warning: { readonly message: string; readonly error?: WorkbenchError; readonly location: { readonly file: string; readonly line?: number } }): WorkbenchError {
  return warning.error ?? new WorkbenchError('file-unreadable', warning.message, { location: warning.location, action: 'open-file' });
}
