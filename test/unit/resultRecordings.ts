import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const RECORDINGS = fileURLToPath(new URL('../fixtures/recordings/engine', import.meta.url));

/** A backtest recording: the files the engine wrote, and the document parsed without our reader. */
export interface EngineRecording {
  readonly name: string;
  readonly folder: string;
  readonly file: string;
  readonly text: string;
  readonly eventsFile?: string;
  readonly json: EngineDocument;
  readonly events: readonly EngineEvent[];
}

/** The parts of the engine's document that tests compare against, as the engine writes them. */
export interface EngineDocument {
  readonly charts: Readonly<Record<string, { readonly series: Readonly<Record<string, { readonly values: readonly (readonly (number | null)[] | { readonly x: number; readonly y: number | null })[]; readonly seriesType: number }>> }>>;
  readonly orders: Readonly<Record<string, { readonly id: number; readonly type: number; readonly status: number; readonly direction: number; readonly quantity: number; readonly price: number; readonly value: number; readonly tag: string; readonly time: string; readonly symbol: { readonly value: string } }>>;
  readonly statistics: Readonly<Record<string, string>>;
  readonly runtimeStatistics: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly totalPerformance?: { readonly portfolioStatistics: Readonly<Record<string, string | number>>; readonly tradeStatistics: Readonly<Record<string, string | number>> };
  readonly algorithmConfiguration?: { readonly parameters: Readonly<Record<string, string>>; readonly accountCurrency: string };
}

export interface EngineEvent {
  readonly orderId: number;
  readonly orderFeeAmount?: number;
  readonly fillQuantity: number;
  readonly time: number;
}

/** Every backtest recording that has a result. */
export function engineRecordings(): EngineRecording[] {
  return readdirSync(RECORDINGS).flatMap((name) => {
    const folder = join(RECORDINGS, name);
    const summary = existsSync(folder) && !name.startsWith('live') && !name.includes('.') ? readdirSync(folder).find((file) => /^[A-Z]\w+\.json$/.test(file)) : undefined;
    if (summary === undefined) return [];
    const file = join(folder, summary);
    const text = readFileSync(file, 'utf8');
    const eventsFile = file.replace(/\.json$/, '-order-events.json');
    const events = existsSync(eventsFile) ? (JSON.parse(readFileSync(eventsFile, 'utf8')) as EngineEvent[]) : [];
    return [{ name, folder, file, text, json: JSON.parse(text) as EngineDocument, events, ...(existsSync(eventsFile) ? { eventsFile } : {}) }];
  });
}

/** A generator of numbers from a seed, 0 … 1: equal seeds give equal runs. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
