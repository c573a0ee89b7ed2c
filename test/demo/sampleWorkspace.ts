import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY } from '../harness/repository';
import { generateMarketData, SAMPLE_MARKET_DATA, type MarketDataOptions } from './marketData';
import { layPastRun, PAST_RUNS, type PastRun } from './pastRuns';

export const SAMPLE_FOLDER = join(REPOSITORY, 'test', 'demo', 'workspace');

/** Where the sample's projects are, as `lean` names them. */
export const SAMPLE_PROJECTS = { python: 'Trend Following', pythonWithLibrary: 'Mean Reversion', csharp: 'Opening Breakout', library: 'Library/Signals' } as const;

export interface SampleOptions {
  /** What market data to make; false for none (an empty data folder is made, since LEAN needs one). */
  readonly marketData?: MarketDataOptions | false;
  readonly pastRuns?: readonly PastRun[];
  /** "Now" of the past runs. */
  readonly now?: Date;
  /** Written to .vscode/settings.json. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Lays a fresh copy of the sample workspace into an existing or new folder: the files as committed, market data, past runs. */
export async function makeSampleWorkspace(folder: string, options: SampleOptions = {}): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(SAMPLE_FOLDER, folder, { recursive: true });
  if (options.marketData === false) await mkdir(join(folder, 'data'), { recursive: true });
  else await generateMarketData(join(folder, 'data'), options.marketData ?? SAMPLE_MARKET_DATA);
  const now = options.now ?? new Date();
  for (const run of options.pastRuns ?? PAST_RUNS) await layPastRun(folder, run, now);
  if (options.settings !== undefined) {
    await mkdir(join(folder, '.vscode'), { recursive: true });
    await writeFile(join(folder, '.vscode', 'settings.json'), `${JSON.stringify(options.settings, undefined, 2)}\n`);
  }
}
