import { cp, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { REPOSITORY } from '../harness/repository';

/** Recordings of the real engine, which the stand-in replays and past runs are made from. */
export const RECORDINGS = join(REPOSITORY, 'test', 'fixtures', 'recordings', 'engine');

/** A run that the sample workspace shows as done before. */
export interface PastRun {
  readonly project: string;
  /** Name below test/fixtures/recordings/engine. */
  readonly recording: string;
  /** LEAN's algorithm-id: names the result files. */
  readonly algorithmId: string;
  readonly minutesAgo: number;
  /** Folder name; default is the time stamp, as `lean` writes it. */
  readonly folderName?: string;
  readonly backtestName?: string;
  /** As releases before 2023 left it: PascalCase keys, points as objects, no `config` file, no summary. */
  readonly oldLayout?: boolean;
}

const DAY = 24 * 60;

export const PAST_RUNS: readonly PastRun[] = [
  { project: 'Trend Following', recording: 'daily-multiyear', algorithmId: '1482203171', minutesAgo: 3 * 60 },
  { project: 'Mean Reversion', recording: 'py-pythrow', algorithmId: '1673905101', minutesAgo: 95 },
  { project: 'Mean Reversion', recording: 'py-pygood', algorithmId: '1673905102', minutesAgo: DAY + 40, backtestName: 'Slower entry' },
  { project: 'Mean Reversion', recording: 'py-pygood', algorithmId: '1673905103', minutesAgo: 400 * DAY, folderName: 'baseline for the paper', oldLayout: true },
  { project: 'Opening Breakout', recording: 'init-throw', algorithmId: '1352468101', minutesAgo: 5 * DAY },
  { project: 'Opening Breakout', recording: 'slow-progress', algorithmId: '1352468102', minutesAgo: 12 * DAY },
];

/** Lays a past run's folder into a workspace, from its recording; gives the folder. */
export async function layPastRun(workspace: string, run: PastRun, now: Date): Promise<string> {
  const startedAt = new Date(now.getTime() - run.minutesAgo * 60_000);
  const project = join(workspace, run.project);
  const folder = join(project, 'backtests', run.folderName ?? timeStamp(startedAt));
  const source = join(RECORDINGS, run.recording);
  const recordedId = await recordedAlgorithmId(source);
  await mkdir(folder, { recursive: true });

  for (const entry of await readdir(source, { withFileTypes: true })) {
    if (!entry.isFile() || !isLeftByLean(entry.name, recordedId)) continue;
    if (run.oldLayout === true && (entry.name.endsWith('-summary.json') || entry.name.startsWith('data-monitor'))) continue;
    const target = join(folder, entry.name.replace(recordedId, run.algorithmId));
    const text = await readFile(join(source, entry.name), 'utf8');
    const renamed = atItsTime(text.replaceAll(`"${recordedId}"`, `"${run.algorithmId}"`).replaceAll(`"${recordedId}-`, `"${run.algorithmId}-`), startedAt);
    await writeFile(target, run.oldLayout === true && entry.name === `${recordedId}.json` ? JSON.stringify(toOldLayout(JSON.parse(renamed))) : renamed);
    await utimes(target, startedAt, startedAt);
  }
  if (run.oldLayout !== true) {
    const config = { id: Number(run.algorithmId), container: `lean_cli_${run.algorithmId.padStart(32, '0')}`, ...(run.backtestName === undefined ? {} : { 'backtest-name': run.backtestName }) };
    await writeFile(join(folder, 'config'), JSON.stringify(config, undefined, 4));
  }
  await copyCode(project, join(folder, 'code'));
  await utimes(folder, startedAt, startedAt);
  return folder;
}

/** When LEAN says that it began and ended, moved to the run's own start; how long it took stays. */
function atItsTime(text: string, startedAt: Date): string {
  const began = /"StartTime":\s*"([^"]+)"/.exec(text)?.[1];
  if (began === undefined) return text;
  const shift = startedAt.getTime() - Date.parse(began);
  return text.replaceAll(/"(StartTime|EndTime)":(\s*)"([^"]+)"/g, (_, name: string, gap: string, at: string) => `"${name}":${gap}"${new Date(Date.parse(at) + shift).toISOString().replace(/\.\d+Z$/, 'Z')}"`);
}

/** `2026-11-21_08-29-18` in local time, as `lean` names runs. */
export function timeStamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}_${two(date.getHours())}-${two(date.getMinutes())}-${two(date.getSeconds())}`;
}

/** A recording's config names the algorithm, and LEAN named the files after it. */
async function recordedAlgorithmId(source: string): Promise<string> {
  const files = await readdir(source);
  const summary = files.find((name) => name.endsWith('-summary.json'));
  if (summary === undefined) throw new Error(`${source} has no result to make a past run from.`);
  return summary.slice(0, -'-summary.json'.length);
}

/** The recorder's own files stay behind. */
function isLeftByLean(name: string, recordedId: string): boolean {
  return name.startsWith(recordedId) || name === 'log.txt' || /^(data-monitor-report|succeeded-data-requests|failed-data-requests)-/.test(name);
}

async function copyCode(project: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const entry of await readdir(project, { withFileTypes: true })) {
    if (entry.isFile() && /\.(py|cs|ipynb|css|html)$/.test(entry.name)) await cp(join(project, entry.name), join(target, entry.name));
  }
}

const pointSchema = z.array(z.number().nullable());
/** Objects whose keys are names of the person's or of LEAN's statistics: they were never in another case. */
const KEYED_BY_NAME = new Set(['charts', 'series', 'orders', 'profitLoss', 'statistics', 'runtimeStatistics', 'serverStatistics', 'rollingWindow', 'parameters']);

/** A result as older releases wrote it: PascalCase keys; points as `{x, y}`, a candle as its close. */
export function toOldLayout(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    if (key !== 'values') return value.map((item) => toOldLayout(item));
    return value.map((item: unknown) => {
      const point = pointSchema.safeParse(item);
      return point.success ? { x: point.data[0], y: point.data.at(-1) ?? null } : item;
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  const namesStay = KEYED_BY_NAME.has(key);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [namesStay ? name : name.charAt(0).toUpperCase() + name.slice(1), toOldLayout(item, namesStay ? '' : name)]),
  );
}
