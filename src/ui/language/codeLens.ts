import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable';
import type { Catalog, Runs } from '../host/ports';
import type { Settings } from '../host/settings';
import { SETTINGS } from '../../manifest/ids';
import { presentLenses } from './codeLens.present';

/** Lenses above the algorithm class of a project's main file. */
export class AlgorithmLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #catalog: Catalog;
  readonly #runs: Runs;
  readonly #settings: Settings;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<void>());
  /** What the last run of each project looked like: progress is drawn in whole percents only. */
  readonly #shown = new Map<string, string>();
  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(catalog: Catalog, runs: Runs, settings: Settings) {
    this.#catalog = catalog;
    this.#runs = runs;
    this.#settings = settings;
    this.#store.add(catalog.onDidChange(() => this.#changed.fire()));
    this.#store.add(
      runs.onDidChange((run) => {
        const look = run === undefined ? '' : [run.id, run.state, Math.round((run.progress.fraction ?? 0) * 100), run.figures?.netProfit].join();
        if (run !== undefined && this.#shown.get(run.projectFolder) === look) return;
        if (run !== undefined) this.#shown.set(run.projectFolder, look);
        this.#changed.fire();
      }),
    );
    this.#store.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(SETTINGS.codeLens)) this.#changed.fire();
      }),
    );
    this.#store.add(vscode.languages.registerCodeLensProvider([{ scheme: 'file', language: 'python' }, { scheme: 'file', language: 'csharp' }, { scheme: 'file', pattern: '**/{main.py,Main.cs}' }], this));
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    if (!this.#settings.codeLens(document.uri)) return [];
    const project = this.#catalog.projectOf(document.uri.fsPath);
    if (project?.isLibrary !== false || project.mainFile !== document.uri.fsPath) return [];
    const views = presentLenses(project.language, document.getText(), project, this.#runs.ofProject(project.folder), Date.now(), vscode.l10n.t);
    return views.map(({ line, title, command, argument }) => {
      const at = new vscode.Position(line, 0);
      return new vscode.CodeLens(new vscode.Range(at, at), { title, command, arguments: [argument] });
    });
  }

  dispose(): void {
    this.#store.dispose();
  }
}
