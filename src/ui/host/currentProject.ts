import * as vscode from 'vscode';
import { Emitter } from '../../base/emitter';
import { DisposableStore } from '../../base/disposable';
import type { LeanProject } from '../../lean/model';
import { isFinal } from '../../lean/run';
import { RESULT_SHOWN_MS } from '../status/status.present';
import type { Catalog, Runs } from './ports';

const KEY = 'lean.currentProject';

/**
 * The project that the status bar and the palette work on: the one a person picked, or whose run goes on; else that of
 * the active editor's file; else the last one used. A file of another project ends the first.
 */
export class CurrentProject implements vscode.Disposable {
  readonly #catalog: Catalog;
  readonly #runs: Runs;
  readonly #memory: vscode.Memento;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  #chosen: { readonly folder: string; readonly by: 'pick' | 'run' } | undefined;
  #ofEditor: string | undefined;
  #shown: string | undefined;
  readonly onDidChange = this.#changed.event;

  constructor(catalog: Catalog, runs: Runs, memory: vscode.Memento) {
    this.#catalog = catalog;
    this.#runs = runs;
    this.#memory = memory;
    this.#store.add(vscode.window.onDidChangeActiveTextEditor(() => this.#follow()));
    this.#store.add(catalog.onDidChange(() => this.#follow()));
  }

  /** The project that is shown: a run's own while it is news. */
  get(): LeanProject | undefined {
    if (this.#chosen?.by === 'run' && !this.#isNews(this.#chosen.folder)) this.#chosen = undefined;
    return this.#first(this.#chosen?.folder) ?? this.#running();
  }

  /** Nothing was chosen, but one run goes on: taken up after a window was closed, for one. */
  #running(): LeanProject | undefined {
    const [run, ...others] = this.#runs.active();
    return run === undefined || others.length > 0 ? undefined : this.#catalog.project(run.projectFolder);
  }

  /** The project that a command without an argument means: that of the editor in front, unless another was picked. */
  forCommand(): LeanProject | undefined {
    return this.#first(this.#chosen?.by === 'pick' ? this.#chosen.folder : undefined);
  }

  #first(chosen: string | undefined): LeanProject | undefined {
    for (const folder of [chosen, this.#ofEditor, this.#memory.get<string>(KEY)]) {
      const project = folder === undefined ? undefined : this.#catalog.project(folder);
      if (project !== undefined && !project.isLibrary) return project;
    }
    const runnable = this.#catalog.allProjects().filter((project) => !project.isLibrary);
    return runnable.length === 1 ? runnable[0] : undefined;
  }

  /** A person picked this project, or ran it. */
  set(project: LeanProject, by: 'pick' | 'run'): void {
    this.#chosen = { folder: project.folder, by };
    void this.#memory.update(KEY, project.folder);
    this.#announce();
  }

  dispose(): void {
    this.#store.dispose();
  }

  /** Whether a run of the project goes on, or its result still stands in the status bar. */
  #isNews(projectFolder: string): boolean {
    const now = Date.now();
    const runs = this.#runs.ofProject(projectFolder);
    // Just started: the store does not know it yet.
    return runs.length === 0 || runs.some((run) => !isFinal(run.state) || (run.endedAt !== undefined && now - run.endedAt < RESULT_SHOWN_MS));
  }

  #follow(): void {
    const document = vscode.window.activeTextEditor?.document;
    const project = document?.uri.scheme === 'file' ? this.#catalog.projectOf(document.uri.fsPath) : undefined;
    if (project !== undefined && !project.isLibrary) {
      // Focus comes and goes while pages and terminals open; only another project's file is a choice.
      if (this.#ofEditor !== project.folder) this.#chosen = undefined;
      this.#ofEditor = project.folder;
      void this.#memory.update(KEY, project.folder);
    }
    this.#announce();
  }

  #announce(): void {
    const folder = this.get()?.folder;
    if (folder === this.#shown) return;
    this.#shown = folder;
    this.#changed.fire();
  }
}
