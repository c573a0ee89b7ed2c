import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors';
import type { ImageInfo } from '../../lean/ports';
import { age, bytes } from './format';
import type { EngineState } from './engineState';
import type { Core } from './ports';

/** Images for people: pulled when missing, with progress that can be cancelled; updated when asked. */
export class ImageService {
  readonly #core: () => Promise<Core>;
  readonly #state: EngineState;
  readonly #pulls = new Map<string, Promise<ImageInfo>>();

  constructor(core: () => Promise<Core>, state: EngineState) {
    this.#core = core;
    this.#state = state;
  }

  /** The image's facts, pulling it when the engine does not have it. Throws `image-…`, `engine-…`, `cancelled`. */
  async ensure(name: string): Promise<ImageInfo> {
    const { engine } = await this.#core();
    const known = await engine.inspectImage(name);
    if (known !== undefined) return known;
    return this.pull(name);
  }

  /** Pulls with a cancellable notification; pulls of the same image that overlap are one. */
  pull(name: string): Promise<ImageInfo> {
    const running = this.#pulls.get(name);
    if (running !== undefined) return running;
    const pull = this.#pull(name).finally(() => this.#pulls.delete(name));
    this.#pulls.set(name, pull);
    return pull;
  }

  /** Says how old the image is, asks the registry and pulls what is newer. Local images are only described. */
  async update(name: string): Promise<void> {
    const { engine } = await this.#core();
    const t = vscode.l10n.t;
    const { known, state } = await withProgress(t('Looking for a newer {0}', name), async (_, signal) => {
      const image = await engine.inspectImage(name, signal);
      return { known: image, state: image === undefined ? 'newer' : await engine.checkImageUpdate(name, signal) } as const;
    });
    if (known === undefined) {
      await this.pull(name);
      return;
    }
    const old = age(known.createdAt, Date.now());
    if (state === 'local-only') {
      void vscode.window.showInformationMessage(t('{0} exists only on this machine (made {1} ago): there is nothing to pull.', name, old));
    } else if (state === 'current') {
      void vscode.window.showInformationMessage(t('{0} is the newest: it was made {1} ago.', name, old));
    } else {
      const pulled = await this.pull(name);
      void vscode.window.showInformationMessage(t('{0} was updated: the image is now {1} old, it was {2}.', name, age(pulled.createdAt, Date.now()), old));
    }
  }

  /** Pulls what is newer without a word when there is nothing new; for tasks with `update`. */
  async refresh(name: string): Promise<void> {
    const { engine } = await this.#core();
    if ((await engine.inspectImage(name)) !== undefined && (await engine.checkImageUpdate(name)) !== 'newer') return;
    await this.pull(name);
  }

  async #pull(name: string): Promise<ImageInfo> {
    const { engine } = await this.#core();
    const info = await withProgress(vscode.l10n.t('Pulling {0}', name), (progress, signal) => {
      let shown = 0;
      return engine.pullImage(
        name,
        (text, current, total) => {
          const percent = total > 0 ? Math.min(100, (100 * current) / total) : 0;
          const size = total > 0 ? ` ${bytes(current)} / ${bytes(total)}` : '';
          progress.report({ message: `${text}${size}`, increment: Math.max(0, percent - shown) });
          shown = Math.max(shown, percent);
        },
        signal,
      );
    });
    this.#state.setImage(name, info);
    return info;
  }
}

/** Runs work under a cancellable notification; cancelling aborts the signal and ends in a silent `cancelled` error. */
export async function withProgress<T>(title: string, work: (progress: vscode.Progress<{ message?: string; increment?: number }>, signal: AbortSignal) => Promise<T>): Promise<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
    const controller = new AbortController();
    const cancelled = new WorkbenchError('cancelled', 'Cancelled.', { visible: false });
    const subscription = token.onCancellationRequested(() => controller.abort(cancelled));
    try {
      return await work(progress, controller.signal);
    } catch (error) {
      if (controller.signal.aborted) throw cancelled;
      throw error;
    } finally {
      subscription.dispose();
    }
  });
}
