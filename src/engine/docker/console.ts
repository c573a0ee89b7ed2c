import type { RunEvent } from '../../lean/events';
import { FrameDecoder } from './frames';
import { LineSplitter } from './lines';
import { parseMarker, type Marker } from './markers';

export interface ConsoleOptions {
  /** Bytes of the console that were handled before: not told again. */
  readonly offset: number;
  readonly endMarker: string | undefined;
  readonly now: () => number;
  readonly onMarker: (marker: Marker) => void;
  readonly onEndMarker: () => void;
}

/** Turns a container's console bytes into events: lines for people, phases from marker lines. */
export class ConsoleInterpreter {
  readonly #options: ConsoleOptions;
  readonly #splitters = { stdout: new LineSplitter(), stderr: new LineSplitter() };
  #decoder = new FrameDecoder();
  #received: number;
  #skip: number;
  #lastLine = '';
  #endMarker: string | undefined;

  constructor(options: ConsoleOptions) {
    this.#options = options;
    this.#received = options.offset;
    this.#skip = options.offset;
    this.#endMarker = options.endMarker;
  }

  /** Bytes of the console that came, from its start. */
  get received(): number {
    return this.#received;
  }

  /** The last line that came, markers and one without its end included. */
  get lastLine(): string {
    const { stdout, stderr } = this.#splitters;
    if (stdout.pending > 0) return stdout.peek();
    return stderr.pending > 0 ? stderr.peek() : this.#lastLine;
  }

  /** The next chunks come from the console's start again, as `logs` gives them: what is known is passed over. */
  startOver(): void {
    this.#decoder = new FrameDecoder();
    this.#skip = this.#received;
  }

  /** The next chunks come from where the last ended, as `attach` gives them. */
  goOn(): void {
    this.#skip = 0;
  }

  push(chunk: Buffer): readonly RunEvent[] {
    const lines: string[] = [];
    for (const piece of this.#decoder.decode(chunk)) {
      let { data } = piece;
      if (this.#skip > 0) {
        const known = Math.min(this.#skip, data.length);
        this.#skip -= known;
        data = data.subarray(known);
      }
      this.#received += data.length;
      if (data.length > 0) lines.push(...this.#splitters[piece.stream].push(data));
    }
    return this.#events(lines);
  }

  /** Lines that never got their end. */
  end(): readonly RunEvent[] {
    return this.#events([...this.#splitters.stdout.end(), ...this.#splitters.stderr.end()]);
  }

  #events(lines: readonly string[]): readonly RunEvent[] {
    const events: RunEvent[] = [];
    const at = this.#options.now();
    let shown: string[] = [];
    const flush = (): void => {
      if (shown.length > 0) events.push({ type: 'lines', lines: shown, offset: this.#done(), at });
      shown = [];
    };
    for (const line of lines) {
      const marker = parseMarker(line);
      if (marker === undefined) {
        shown.push(line);
        this.#watchForEnd(line);
        continue;
      }
      this.#options.onMarker(marker);
      if (marker.kind !== 'phase') continue;
      flush();
      events.push({ type: 'phase', phase: marker.phase, at });
    }
    flush();
    this.#lastLine = lines.at(-1) ?? this.#lastLine;
    return events;
  }

  #done(): number {
    return this.#received - this.#splitters.stdout.pending - this.#splitters.stderr.pending;
  }

  #watchForEnd(line: string): void {
    if (this.#endMarker === undefined || !line.includes(this.#endMarker)) return;
    this.#endMarker = undefined;
    this.#options.onEndMarker();
  }
}
