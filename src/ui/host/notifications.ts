import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable';
import { isFinal, type RunSnapshot } from '../../lean/run';
import { COMMANDS } from '../../manifest/ids';
import { shortFigures } from '../views/runText';
import type { Runs } from './ports';
import { openAt } from './showError';

/** Tells what a person must know and does not see: a failed run unless its page is in front, a finished one when the window is not. */
export class RunNotifications implements vscode.Disposable {
  readonly #store = new DisposableStore();
  readonly #told = new Set<string>();
  readonly #isOurs: (run: RunSnapshot) => boolean;
  readonly #isSeen: (run: RunSnapshot) => boolean;

  constructor(runs: Runs, isOurs: (run: RunSnapshot) => boolean, isSeen: (run: RunSnapshot) => boolean) {
    this.#isOurs = isOurs;
    this.#isSeen = isSeen;
    this.#store.add(runs.onDidChange((run) => run !== undefined && this.#onRun(run)));
  }

  dispose(): void {
    this.#store.dispose();
  }

  #onRun(run: RunSnapshot): void {
    // A failed launch has been told of with the action that helps.
    if (run.outcome?.kind === 'launch-failed') return;
    if (!isFinal(run.state) || !this.#isOurs(run) || this.#told.has(run.id)) return;
    this.#told.add(run.id);
    if (run.state === 'failed' || run.state === 'lost') {
      if (!this.#isSeen(run)) void this.#failed(run);
    } else if (run.state === 'completed' && !vscode.window.state.focused) void this.#finished(run);
  }

  async #failed(run: RunSnapshot): Promise<void> {
    const t = vscode.l10n.t;
    const location = run.outcome?.location;
    const open = t('Open Line');
    const log = t('Show Log');
    const message = run.outcome?.message ?? t('no reason is known');
    const buttons = location === undefined ? [log] : [open, log];
    const chosen = await vscode.window.showErrorMessage(t('Backtest of {0}: {1}', run.projectName, message), ...buttons);
    if (chosen === log) await vscode.commands.executeCommand(COMMANDS.showRunLog, { runId: run.id });
    else if (chosen === open && location !== undefined) await openAt(location.file, location.line, location.column);
  }

  async #finished(run: RunSnapshot): Promise<void> {
    const t = vscode.l10n.t;
    const open = t('Open Result');
    const chosen = await vscode.window.showInformationMessage(t('Backtest of {0} finished: {1}', run.projectName, shortFigures(run) || t('completed')), open);
    if (chosen === open) await vscode.commands.executeCommand(COMMANDS.openResult, { runId: run.id });
  }
}
