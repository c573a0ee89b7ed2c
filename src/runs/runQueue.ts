/** Lets a bounded number of tasks run side by side; the rest wait in the order they came. */
export class RunQueue {
  readonly #limit: () => number;
  readonly #waiting: { readonly id: string; readonly go: () => void }[] = [];
  #running = 0;

  /** @param limit asked anew each time a place may be free; below 1 counts as 1 */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Calls `task` once there is a place; the place is free again when its promise settles. */
  add(id: string, task: () => Promise<void>): void {
    const go = (): void => {
      this.#running++;
      void task().finally(() => {
        this.#running--;
        this.#next();
      });
    };
    this.#waiting.push({ id, go });
    this.#next();
  }

  /** Takes a task out of the queue; false when it is not waiting (any more). */
  cancel(id: string): boolean {
    const at = this.#waiting.findIndex((item) => item.id === id);
    if (at < 0) return false;
    this.#waiting.splice(at, 1);
    return true;
  }

  #next(): void {
    while (this.#running < Math.max(1, this.#limit())) {
      const item = this.#waiting.shift();
      if (item === undefined) return;
      item.go();
    }
  }
}
