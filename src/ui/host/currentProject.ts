import * as vscode from 'vscode';
import { Emitter } from '../../base/emitter';
import { DisposableStore } from '../../base/disposable';
import type { LeanProject } from '../../lean/model';
import type { Catalog } from './ports';

const KEY = 'lean.currentProject';

/** The project that the status bar and the palette work on: of the active editor's file, else the last one used. */
export class CurrentProject implements vscode.Disposable {
  readonly #catalog: Catalog;
  readonly #memory: vscode.Memento;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  #shown: string | undefined;
  readonly onDidChange = this.#changed.event;

  constructor(catalog: Catalog, memory: vscode.Memento) {
    this.#catalog = catalog;
    this.#memory = memory;
    this.#store.add(vscode.window.onDidChangeActiveTextEditor(() => this.#follow()));
    this.#store.add(catalog.onDidChange(() => this.#follow()));
  }

  get(): LeanProject | undefined {
    const folder = this.#memory.get<string>(KEY);
    const remembered = folder === undefined ? undefined : this.#catalog.project(folder);
    if (remembered !== undefined && !remembered.isLibrary) return remembered;
    const runnable = this.#catalog.allProjects().filter((project) => !project.isLibrary);
    return runnable.length === 1 ? runnable[0] : undefined;
  }

  /** A person chose or ran this project. */
  set(project: LeanProject): void {
    void this.#memory.update(KEY, project.folder);
    this.#announce();
  }

  dispose(): void {
    this.#store.dispose();
  }

  #follow(): void {
    const document = vscode.window.activeTextEditor?.document;
    const project = document?.uri.scheme === 'file' ? this.#catalog.projectOf(document.uri.fsPath) : undefined;
    if (project !== undefined && !project.isLibrary) void this.#memory.update(KEY, project.folder);
    this.#announce();
  }

  #announce(): void {
    const folder = this.get()?.folder;
    if (folder === this.#shown) return;
    this.#shown = folder;
    this.#changed.fire();
  }
}
