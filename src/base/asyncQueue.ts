/**
 * Bridges callbacks to `for await`: `push` values, then `end` or `fail`.
 * `size` and `onDrained` let a producer hold back, so that memory is bounded by the consumer's pace.
 */
export class AsyncQueue<T> implements AsyncIterable<T> {
  #items: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #error: unknown;
  #failed = false;
  #drained: (() => void)[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#ended) return;
    this.#items.push(item);
    this.#wake?.();
  }

  /** No more items; what is queued is still delivered. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** No more items; what is queued is delivered, then the error is thrown. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#error = error;
    this.#failed = true;
    this.end();
  }

  /** Resolves once everything queued has been taken. */
  whenDrained(): Promise<void> {
    if (this.#items.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    for (;;) {
      while (this.#items.length > 0) {
        const batch = this.#items;
        this.#items = [];
        yield* batch;
      }
      for (const resolve of this.#drained.splice(0)) resolve();
      if (this.#ended) {
        if (this.#failed) throw this.#error;
        return;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#items.length > 0 || this.#ended) resolve();
      });
      this.#wake = undefined;
    }
  }
}
