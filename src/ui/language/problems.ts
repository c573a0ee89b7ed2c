import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable';
import type { RunProblem, RunSnapshot } from '../../lean/run';
import type { Runs } from '../host/ports';

/** What runs say about the source, in the Problems panel: one collection a project, replaced by its next run. */
export class RunProblems implements vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #collections = new Map<string, vscode.DiagnosticCollection>();
  readonly #shown = new Map<string, { readonly runId: string; readonly problems: readonly RunProblem[] }>();
  readonly #isOurs: (run: RunSnapshot) => boolean;

  /** @param isOurs whether a run was started in this session; old runs say nothing about today's source. */
  constructor(runs: Runs, isOurs: (run: RunSnapshot) => boolean) {
    this.#isOurs = isOurs;
    this.#store.add(runs.onDidChange((run) => run !== undefined && this.#onRun(run)));
  }

  dispose(): void {
    for (const collection of this.#collections.values()) collection.dispose();
    this.#store.dispose();
  }

  #onRun(run: RunSnapshot): void {
    if (!this.#isOurs(run)) return;
    const shown = this.#shown.get(run.projectFolder);
    if (shown?.runId === run.id && shown.problems === run.problems) return;
    this.#shown.set(run.projectFolder, { runId: run.id, problems: run.problems });
    const collection = this.#collection(run.projectFolder);
    collection.clear();
    const byFile = new Map<string, vscode.Diagnostic[]>();
    for (const problem of run.problems) {
      const list = byFile.get(problem.location.file) ?? [];
      list.push(diagnosticOf(problem));
      byFile.set(problem.location.file, list);
    }
    for (const [file, diagnostics] of byFile) collection.set(vscode.Uri.file(file), diagnostics);
  }

  #collection(projectFolder: string): vscode.DiagnosticCollection {
    const known = this.#collections.get(projectFolder);
    if (known !== undefined) return known;
    const made = vscode.languages.createDiagnosticCollection(`lean:${projectFolder}`);
    this.#collections.set(projectFolder, made);
    return made;
  }
}

function diagnosticOf(problem: RunProblem): vscode.Diagnostic {
  const line = Math.max(0, (problem.location.line ?? 1) - 1);
  const column = problem.location.column === undefined ? 0 : problem.location.column - 1;
  // Without an end, the range reaches over the line; with a column, VS Code widens an empty range to the word.
  const range = problem.location.column === undefined ? new vscode.Range(line, 0, line, Number.MAX_SAFE_INTEGER) : new vscode.Range(line, column, line, column);
  const diagnostic = new vscode.Diagnostic(range, problem.message, problem.severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning);
  diagnostic.source = problem.source === 'lean' ? 'LEAN' : problem.source === 'python' ? 'LEAN Python' : 'LEAN C#';
  if (problem.code !== undefined) diagnostic.code = problem.code;
  return diagnostic;
}
