import * as vscode from 'vscode';
import { asWorkbenchError } from '../../base/errors';
import { DisposableStore } from '../../base/disposable';
import type { RunSnapshot } from '../../lean/run';
import type { Core, Runs } from '../host/ports';
import type { RunService } from '../host/runService';

export interface RunTerminalParts {
  readonly core: () => Promise<Core>;
  readonly runs: Runs;
  readonly runService: RunService;
  /** Stops a run gracefully, unless the window is closing or reloading: then the run goes on and is taken up again. */
  stopUnlessClosing(runId: string): void;
  /** Tells of an error that this terminal cannot show because nobody may look at it. */
  onError(error: unknown): void;
}

/** After so long a terminal counts as launched to VS Code. Milliseconds. */
const LAUNCHED_MS = 700;

/** A task's terminal: starts a run or follows one, shows its console, ends with its exit code. */
export class RunTerminal implements vscode.Pseudoterminal {
  readonly #parts: RunTerminalParts;
  readonly #start: () => Promise<string>;
  readonly #detached: boolean;
  readonly #onGone: () => void;
  readonly #store = new DisposableStore();
  readonly #write = this.#store.add(new vscode.EventEmitter<string>());
  readonly #close = this.#store.add(new vscode.EventEmitter<number>());
  #runId: string | undefined;
  #closed = false;
  #openedAt = 0;
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;

  /** @param start gives the id of the run to show: one that is there already, or a new one. */
  constructor(parts: RunTerminalParts, start: () => Promise<string>, detached: boolean, onGone: () => void) {
    this.#parts = parts;
    this.#start = start;
    this.#detached = detached;
    this.#onGone = onGone;
  }

  /** The run it shows, once it is known. */
  get runId(): string | undefined {
    return this.#runId;
  }

  open(): void {
    this.#openedAt = Date.now();
    void this.#run();
  }

  /** VS Code ends the task or the person closed the terminal: a graceful stop, nothing is asked. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#runId !== undefined) this.#parts.stopUnlessClosing(this.#runId);
    this.#onGone();
    this.#store.dispose();
  }

  /** Ctrl+C stops as in any terminal. */
  handleInput(data: string): void {
    if (!data.includes('\u0003') || this.#runId === undefined) return;
    this.#say(vscode.l10n.t('Stopping…'));
    this.#parts.runService.stop(this.#runId).catch((error: unknown) => this.#parts.onError(error));
  }

  async #run(): Promise<void> {
    try {
      const runId = await this.#start();
      this.#runId = runId;
      const run = this.#parts.runs.get(runId);
      if (run === undefined) throw new Error(vscode.l10n.t('The run is no longer known.'));
      if (this.#wasClosed()) {
        this.#parts.stopUnlessClosing(runId);
        return;
      }
      if (this.#detached) {
        this.#say(vscode.l10n.t('The backtest goes on in the background. Its results: {0}', run.folder));
        this.#end(0);
        return;
      }
      await this.#follow(run);
    } catch (error) {
      const known = asWorkbenchError(error);
      if (this.#wasClosed()) return;
      if (known.reason !== 'cancelled') {
        this.#write.fire(`\u001b[31m${known.message.replaceAll(/\r?\n/g, '\r\n')}\u001b[0m\r\n`);
        this.#parts.onError(error);
      }
      // VS Code adds “failed to launch” to whatever ends sooner, as if the terminal were broken.
      setTimeout(() => this.#end(1), Math.max(0, LAUNCHED_MS - (Date.now() - this.#openedAt)));
    }
  }

  async #follow(run: RunSnapshot): Promise<void> {
    const core = await this.#parts.core();
    const formatter = await core.formatter(run);
    if (this.#wasClosed()) return;
    const following = core.follow(run.id, {
      lines: (lines) => {
        if (!this.#wasClosed()) this.#write.fire(formatter.format(lines));
      },
      note: (text) => this.#say(text),
      end: (last) => {
        const known = last ?? this.#parts.runs.get(run.id);
        this.#say(`\u001b[1m${known?.outcome?.message ?? core.failureOf(run.id)?.message ?? vscode.l10n.t('The run is over.')}\u001b[0m`);
        this.#end(exitCodeOf(known));
      },
    });
    this.#store.add(following);
  }

  #say(text: string): void {
    if (!this.#wasClosed()) this.#write.fire(`${text}\r\n`);
  }

  #end(code: number): void {
    if (this.#wasClosed()) return;
    this.#closed = true;
    this.#close.fire(code);
    this.#onGone();
    this.#store.dispose();
  }

  /** A call, because the compiler cannot see that closing happens between awaits. */
  #wasClosed(): boolean {
    return this.#closed;
  }
}

/** 0 for a run that did what it should; the container's own code, or 1, else. */
export function exitCodeOf(run: RunSnapshot | undefined): number {
  if (run === undefined) return 1;
  const kind = run.outcome?.kind;
  if (kind === 'success' || kind === 'quit' || (kind === undefined && run.state === 'completed')) return 0;
  const code = run.outcome?.exitCode;
  return code === undefined || code === 0 ? 1 : code;
}
