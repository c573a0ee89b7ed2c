import { toDisposable, type Disposable } from '../base/disposable';
import type { RunSnapshot } from '../lean/run';

/** Follows what a run says. */
export interface RunListener {
  /** Whole console lines, container paths still inside; first those already said. `skipped` lines came before and are not kept in memory. */
  onLines(lines: readonly string[], skipped: number): void;
  /** Once, when the run is over for the person; lines may still follow until the container is gone. */
  onEnd(run: RunSnapshot): void;
  /** Once, when nothing follows any more. */
  onClose?(): void;
}

/** Lines kept in memory for late listeners; older ones stand in console.log. */
const MAX_KEPT = 20_000;

/** What a run has said so far, for listeners that come at any time. */
export class Transcript {
  #lines: string[] = [];
  #skipped = 0;
  #ended: RunSnapshot | undefined;
  #closed = false;
  readonly #listeners = new Set<RunListener>();

  push(lines: readonly string[]): void {
    for (const line of lines) this.#lines.push(line);
    // Cut in large steps: shifting line by line would cost the square of their number.
    if (this.#lines.length > 2 * MAX_KEPT) {
      const cut = this.#lines.length - MAX_KEPT;
      this.#lines = this.#lines.slice(cut);
      this.#skipped += cut;
    }
    for (const listener of [...this.#listeners]) listener.onLines(lines, 0);
  }

  end(run: RunSnapshot): void {
    if (this.#ended !== undefined) return;
    this.#ended = run;
    for (const listener of [...this.#listeners]) listener.onEnd(run);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const listener of [...this.#listeners]) listener.onClose?.();
    this.#listeners.clear();
  }

  listen(listener: RunListener): Disposable {
    if (this.#lines.length > 0 || this.#skipped > 0) listener.onLines([...this.#lines], this.#skipped);
    if (this.#ended !== undefined) listener.onEnd(this.#ended);
    if (this.#closed) {
      listener.onClose?.();
      return toDisposable(() => undefined);
    }
    this.#listeners.add(listener);
    return toDisposable(() => this.#listeners.delete(listener));
  }
}
