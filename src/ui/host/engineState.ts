import { asWorkbenchError } from '../../base/errors';
import { Emitter } from '../../base/emitter';
import type { Logger } from '../../base/logger';
import type { ImageInfo } from '../../lean/ports';
import type { EngineView } from '../views/tree.present';
import type { Core } from './ports';

/** What is known about the engine and the images in use. Asked when a view is seen or a person asks; never polled. */
export class EngineState {
  readonly #core: () => Promise<Core>;
  readonly #log: Logger;
  readonly #changed = new Emitter<void>();
  readonly #images = new Map<string, ImageInfo | undefined>();
  #view: EngineView = {};
  #pending: Promise<EngineView> | undefined;
  readonly onDidChange = this.#changed.event;

  constructor(core: () => Promise<Core>, log: Logger) {
    this.#core = core;
    this.#log = log;
  }

  /** `unknown`, `ready`, or the reason why not; for `when` clauses. */
  get key(): string {
    return this.#view.error !== undefined ? this.#view.error.reason : this.#view.info !== undefined ? 'ready' : 'unknown';
  }

  get current(): EngineView {
    return this.#view;
  }

  /** What is known with this image; the image's age appears once it was looked up. */
  withImage(name: string | undefined): EngineView {
    if (name === undefined || !this.#images.has(name)) return this.#view;
    const info = this.#images.get(name);
    return { ...this.#view, image: info === undefined ? { name } : { name, info } };
  }

  /** Looks once; with `again`, forgets what was known first. Calls that overlap share one look. */
  async check(again: boolean, images: readonly string[] = []): Promise<EngineView> {
    if (again) this.#pending = undefined;
    this.#pending ??= this.#look(again).finally(() => {
      if (this.#view.error !== undefined) this.#pending = undefined;
    });
    const view = await this.#pending;
    if (view.info !== undefined) await this.#lookAt(images.filter((name) => again || !this.#images.has(name)));
    return this.#view;
  }

  /** An image changed: pulled, updated. */
  setImage(name: string, info: ImageInfo): void {
    this.#images.set(name, info);
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #look(again: boolean): Promise<EngineView> {
    try {
      const { engine } = await this.#core();
      if (again) engine.forget();
      this.#view = { info: await engine.info() };
    } catch (error) {
      const known = asWorkbenchError(error, 'engine-failed');
      this.#log.warn(`Engine: ${known.reason}: ${known.message}`);
      this.#view = { error: known };
    }
    this.#changed.fire();
    return this.#view;
  }

  async #lookAt(images: readonly string[]): Promise<void> {
    if (images.length === 0) return;
    const { engine } = await this.#core();
    for (const name of new Set(images)) {
      try {
        this.#images.set(name, await engine.inspectImage(name));
      } catch (error) {
        this.#log.warn(`Image ${name}: ${asWorkbenchError(error, 'engine-failed').message}`);
      }
    }
    this.#changed.fire();
  }
}
