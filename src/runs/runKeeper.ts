import type { Logger } from '../base/logger';
import type { ConsolePosition, RunRecordPort } from '../lean/ports';
import type { RunSnapshot } from '../lean/run';

/** How long a live run's record may lag behind; states are kept at once. */
const SAVE_EVERY_MS = 2000;

/**
 * Keeps one run's console and record on disk. Writes follow each other; what comes while one is under way is joined,
 * so that a run that talks fast costs few writes. A failing disk is logged once and never stops the run.
 */
export class RunKeeper {
  readonly #folder: string;
  readonly #records: Pick<RunRecordPort, 'appendConsole' | 'saveSnapshot'>;
  readonly #logger: Logger;
  #text = '';
  #textOffset: number | undefined;
  #snapshot: RunSnapshot | undefined;
  #position: ConsolePosition | undefined;
  #working: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #saved: string | undefined;
  #broken = false;

  constructor(folder: string, records: Pick<RunRecordPort, 'appendConsole' | 'saveSnapshot'>, logger: Logger, position?: ConsolePosition) {
    this.#folder = folder;
    this.#records = records;
    this.#logger = logger;
    this.#position = position;
  }

  /** @param offset bytes of the container's console that end with these lines, where known */
  lines(lines: readonly string[], offset: number | undefined): void {
    this.#text += `${lines.join('\n')}\n`;
    this.#textOffset = offset;
    this.#work();
  }

  /** The record follows: at once when the state changed, else after a while. */
  snapshot(run: RunSnapshot): void {
    this.#snapshot = run;
    if (run.state !== this.#saved) this.#work();
    else this.#timer ??= setTimeout(() => { this.#timer = undefined; this.#work(); }, SAVE_EVERY_MS);
  }

  /** Resolves once everything given so far is on disk. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#work();
    while (this.#working !== undefined) await this.#working;
  }

  #work(): void {
    if (this.#broken) return;
    this.#working ??= this.#write().then(
      () => { this.#working = undefined; },
      (error: unknown) => {
        this.#working = undefined;
        this.#broken = true;
        this.#logger.error(`The record of ${this.#folder} cannot be kept`, error);
      },
    );
  }

  async #write(): Promise<void> {
    while (this.#text !== '' || this.#snapshot !== undefined) {
      const text = this.#text;
      const offset = this.#textOffset;
      const snapshot = this.#snapshot;
      this.#text = '';
      this.#snapshot = undefined;
      if (text !== '') {
        const kept = await this.#records.appendConsole(this.#folder, text);
        this.#position = offset === undefined ? undefined : { kept, offset };
      }
      if (snapshot !== undefined) {
        // The console comes first: a record never speaks of lines that are not kept.
        await this.#records.saveSnapshot(this.#folder, { snapshot, ...(this.#position !== undefined && { console: this.#position }) });
        this.#saved = snapshot.state;
      }
    }
  }
}
