import * as vscode from 'vscode';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DisposableStore, type Disposable } from '../../base/disposable';
import { errorCode } from '../../base/errors';
import { isFinal, type RunSnapshot } from '../../lean/run';
import { COMMANDS, PANELS } from '../../manifest/ids';
import type { PageAction } from '../../protocol/results';
import { ResultPanels } from '../webviews/resultPanel';
import type { ChannelLogger } from './log';
import type { Core } from './ports';
import { resultColumn } from './resultColumn.present';
import type { RunService } from './runService';
import type { StoreRuns } from './runsFacade';
import type { OpenResultOptions } from './services';
import type { Settings } from './settings';
import { showError } from './showError';

export interface ResultPagesParts {
  readonly extensionUri: vscode.Uri;
  readonly core: () => Promise<Core>;
  readonly runs: StoreRuns;
  readonly log: ChannelLogger;
}

/** Opens result pages, by themselves as the setting says, and again after a reload. */
export class ResultPages implements Disposable {
  readonly #parts: ResultPagesParts;
  readonly #store = new DisposableStore();
  readonly #panels: ResultPanels;

  constructor(parts: ResultPagesParts) {
    this.#parts = parts;
    const { core, runs, log } = parts;
    this.#panels = this.#store.add(
      new ResultPanels({
        extensionUri: parts.extensionUri,
        runs: { get: (id) => runs.get(id), onDidChange: runs.onDidChangeIds },
        reader: { read: async (folder, algorithmId, signal) => (await core()).reader.read(folder, algorithmId, signal) },
        log: (_, folder, onLines) => this.#followLog(folder, onLines),
        facts: async (folder) => ({ hasCodeSnapshot: await exists(join(folder, 'code')), hasPlan: await exists(join(folder, '.lean-workbench', 'plan.json')) }),
        logger: log,
        actions: runAction,
        resolveFile: async (file, run) => (run === undefined ? undefined : (await core()).hostFile(run, file)),
        showError: (error) => void showError(error, log),
      }),
    );
  }

  open(run: RunSnapshot, options: OpenResultOptions): void {
    // The page names itself once it is read; one that cannot be read keeps this.
    this.#panels.show({ id: run.id, folder: run.folder, name: `${run.projectName} · ${run.name}` }, { column: columnFor(options.beside), preserveFocus: options.preserveFocus });
  }

  /** Whether a person sees the run's page now. */
  isSeen(run: RunSnapshot): boolean {
    return vscode.window.state.focused && this.#panels.isVisible(run.folder);
  }

  /** Opens the page of runs that start, or end, as `lean.results.open` says. */
  follow(runService: RunService, settings: Settings): void {
    const show = (run: RunSnapshot): void => this.open(run, { beside: true, preserveFocus: true });
    const waiting = new Set<string>();
    this.#store.add(
      runService.onDidStart((run) => {
        const when = settings.openResult(vscode.Uri.file(run.projectFolder));
        if (when === 'start') show(run);
        else if (when === 'end') waiting.add(run.id);
      }),
    );
    this.#store.add(
      this.#parts.runs.onDidChange((run) => {
        if (run !== undefined && isFinal(run.state) && waiting.delete(run.id)) show(run);
      }),
    );
  }

  dispose(): void {
    this.#store.dispose();
  }

  /** What was kept of a run's log; from the moment the run is known to go on, its console instead. */
  #followLog(folder: string, onLines: (lines: readonly string[], reset: boolean) => void): Disposable {
    const store = new DisposableStore();
    const { runs, core, log } = this.#parts;
    let following = false;
    const followIfLive = (): boolean => {
      const run = runs.get(folder);
      if (following || run === undefined || isFinal(run.state)) return following;
      following = true;
      void core().then((live) => {
        let first = true;
        const send = (lines: readonly string[]): void => {
          onLines(lines, first);
          first = false;
        };
        store.add(live.follow(run.id, { lines: send, note: (text) => send([text]), end: () => undefined }));
      });
      return true;
    };
    store.add(runs.onDidChangeIds(followIfLive));
    if (followIfLive()) return store;
    const readKept = async (): Promise<void> => {
      const { readRunLog } = await import('../../files/resultLog');
      const kept = await readRunLog(folder, runs.get(folder)?.algorithmId);
      if (!following && !store.isDisposed) onLines(kept?.lines ?? [], true);
    };
    readKept().catch((error: unknown) => log.error(`The log in ${folder} cannot be read`, error));
    return store;
  }
}

function columnFor(beside: boolean): vscode.ViewColumn {
  const groups = vscode.window.tabGroups.all.map((group) => ({
    column: group.viewColumn,
    active: group.isActive,
    // VS Code puts a word of its own before the type of a page.
    results: group.tabs.some(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(PANELS.result)),
  }));
  const column = resultColumn(groups, beside);
  if (column === 'beside') return vscode.ViewColumn.Beside;
  return groups.find((group) => group.column === column)?.column ?? vscode.ViewColumn.Active;
}

/** Buttons of the page are our commands. */
const ACTIONS: Readonly<Partial<Record<PageAction, string>>> = {
  'open-folder': COMMANDS.openRunFolder,
  'open-code-snapshot': COMMANDS.openCodeSnapshot,
  'run-again': COMMANDS.runAgain,
  stop: COMMANDS.stop,
  'show-log': COMMANDS.showRunLog,
  'show-plan': COMMANDS.showLaunchPlan,
};

async function runAction(action: PageAction, run: RunSnapshot | undefined): Promise<void> {
  const command = ACTIONS[action];
  if (command === undefined) return;
  if (run === undefined) void vscode.window.showInformationMessage(vscode.l10n.t('This run belongs to no project of this workspace.'));
  else await vscode.commands.executeCommand(command, { runId: run.id });
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
    throw error;
  }
}
