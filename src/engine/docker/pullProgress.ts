import { t } from '../../base/l10n';
import { count, text } from './read';

interface Layer {
  current: number;
  total: number;
  done: boolean;
  unpacking: boolean;
}

/** What a pull has done, over all layers. Bytes; neither number ever falls, nor does their quotient. */
export interface PullStatus {
  readonly text: string;
  readonly current: number;
  readonly total: number;
}

/** Adds up the layers of a pull from the engine's progress messages. */
export class PullProgressMeter {
  readonly #layers = new Map<string, Layer>();
  #best = { current: 0, total: 0 };

  /** Takes one message; tells the whole when something changed. */
  push(message: unknown): PullStatus | undefined {
    const id = text(message, 'id');
    const status = text(message, 'status');
    if (id === '' || /^(Pulling from|Digest|Status)/.test(status)) return undefined;
    const layer = this.#layers.get(id) ?? { current: 0, total: 0, done: false, unpacking: false };
    this.#layers.set(id, layer);
    const current = count(message, 'progressDetail', 'current');
    const total = count(message, 'progressDetail', 'total');
    if (status === 'Downloading') {
      layer.total = Math.max(layer.total, total, current);
      layer.current = Math.max(layer.current, current);
    } else if (status === 'Extracting') {
      layer.current = layer.total = Math.max(layer.total, total);
      layer.unpacking = true;
    } else if (status === 'Verifying Checksum' || status === 'Download complete') {
      layer.current = layer.total;
    } else if (status === 'Pull complete' || status === 'Already exists') {
      layer.current = layer.total;
      layer.done = true;
      layer.unpacking = false;
    }
    return this.#whole();
  }

  #whole(): PullStatus {
    const layers = [...this.#layers.values()];
    const current = layers.reduce((sum, layer) => sum + layer.current, 0);
    const total = layers.reduce((sum, layer) => sum + layer.total, 0);
    const done = layers.filter((layer) => layer.done).length;
    const unpacking = current >= total && layers.some((layer) => layer.unpacking);
    this.#best = monotone(this.#best, { current, total });
    const bytes = total === 0 ? '' : t(', {0} of {1}', megabytes(current), megabytes(total));
    return { text: t('{0}: {1} of {2} layers{3}', unpacking ? t('Unpacking') : t('Downloading'), done, layers.length, bytes), ...this.#best };
  }
}

/** A layer whose size gets known late would throw the bar back: it stands until the bytes have caught up. */
function monotone(before: { current: number; total: number }, now: { current: number; total: number }): { current: number; total: number } {
  const total = Math.max(before.total, now.total);
  const reached = before.total === 0 ? 0 : Math.ceil((before.current / before.total) * total);
  return { total, current: Math.min(total, Math.max(before.current, now.current, reached)) };
}

function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
