/**
 * Takes a stream's bytes at the reader's own pace: while nobody asks, the socket fills and the other side waits.
 * An error or a sudden close ends it like an end; whether all was read is for the reader to find out.
 */
export class ChunkReader {
  readonly #stream: NodeJS.ReadableStream & { readonly destroyed?: boolean; destroy?: () => unknown };
  #wake: (() => void) | undefined;
  #ended = false;
  #complete = false;

  constructor(stream: NodeJS.ReadableStream) {
    this.#stream = stream;
    const wake = (): void => this.#wake?.();
    const end = (): void => {
      this.#ended = true;
      wake();
    };
    stream.on('readable', wake);
    stream.on('end', () => {
      this.#complete = true;
      end();
    });
    stream.on('close', end);
    // Stays for good: a socket that dies late must not take the process with it.
    stream.on('error', end);
  }

  /** What has come, at least one byte; undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk: unknown = this.#stream.destroyed === true ? null : this.#stream.read();
      if (Buffer.isBuffer(chunk)) return chunk;
      if (this.#ended || this.#stream.destroyed === true) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  /** The other side said that this is all. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Stops reading and lets the connection go. */
  destroy(): void {
    this.#stream.destroy?.();
    this.#ended = true;
    this.#wake?.();
  }
}
