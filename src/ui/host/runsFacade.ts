import { Emitter } from '../../base/emitter';
import type { Disposable } from '../../base/disposable';
import type { RunSnapshot } from '../../lean/run';
import type { RunStore } from '../../runs/runStore';
import type { Runs } from './ports';

/** The run store as views see it. It is there from the start; the store itself comes with the core. */
export class StoreRuns implements Runs, Disposable {
  readonly #changed = new Emitter<RunSnapshot | undefined>();
  #store: RunStore | undefined;
  #subscription: Disposable | undefined;
  readonly #changedIds = new Emitter<ReadonlySet<string>>();
  readonly onDidChange = this.#changed.event;
  /** The same as ids, several together. */
  readonly onDidChangeIds = this.#changedIds.event;

  attach(store: RunStore): void {
    this.#store = store;
    this.#subscription = store.onDidChange((ids) => {
      this.#changedIds.fire(ids);
      const runs = [...ids].map((id) => store.get(id));
      // Runs that came or went, or many at once: everything is drawn again.
      if (runs.length > 20 || runs.includes(undefined)) this.#changed.fire(undefined);
      else for (const run of runs) this.#changed.fire(run);
    });
  }

  ofProject(projectFolder: string): readonly RunSnapshot[] {
    return this.#store?.ofProject(projectFolder) ?? [];
  }

  get(id: string): RunSnapshot | undefined {
    return this.#store?.get(id);
  }

  active(): readonly RunSnapshot[] {
    return this.#store?.active() ?? [];
  }

  load(runs: readonly RunSnapshot[]): void {
    void this.#store?.load(runs.map((run) => run.id));
  }

  dispose(): void {
    this.#subscription?.dispose();
    this.#changed.dispose();
    this.#changedIds.dispose();
  }
}
