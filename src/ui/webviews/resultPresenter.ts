import type { Translate } from '../../base/l10n';
import type { BacktestResult, ResultSeries } from '../../lean/result';
import { parseLogLine } from '../../lean/logGrammar';
import { isFinal, type RunSnapshot, type RunState } from '../../lean/run';
import type { ChartMessage, LogLineMessage, ResultHead, SeriesMessage } from '../../protocol/results';

/** What a head is made of: a run, a result, or both. */
export interface HeadSources {
  readonly folder: string;
  readonly run: RunSnapshot | undefined;
  readonly result: BacktestResult | undefined;
  readonly hasCodeSnapshot: boolean;
  readonly hasPlan: boolean;
}

/** The head of the page. The store's word on the run's state wins; the result file fills what the store does not know. */
export function buildHead({ folder, run, result, hasCodeSnapshot, hasPlan }: HeadSources, t: Translate): ResultHead {
  const folderName = folder.replace(/[\\/]+$/, '').replace(/^.*[\\/]/, '');
  const outcome = run?.outcome;
  const message = outcome?.message ?? textOr(result?.state.runtimeError);
  const details = outcome?.details ?? textOr(result?.state.stackTrace);
  const failed = outcome === undefined && message !== undefined;
  const startedAt = run?.startedAt ?? timeOf(result?.state.startTime);
  const endedAt = run === undefined || isFinal(run.state) ? (run?.endedAt ?? timeOf(result?.state.endTime)) : undefined;
  const leanVersion = run?.leanVersion ?? result?.serverStatistics.find(([name]) => name === 'LEAN Version')?.[1].replace(/^v/, '');
  const rangeStart = run?.progress.rangeStart ?? result?.rangeStart;
  const rangeEnd = run?.progress.rangeEnd ?? result?.rangeEnd;
  const location = outcome?.location;
  return {
    runId: run?.id ?? folder,
    title: titleOf(run, folderName),
    projectName: run?.projectName ?? '—',
    folderName,
    folder,
    state: run?.state ?? stateOf(result),
    phase: run?.phase ?? 'ended',
    ...(outcome === undefined ? (failed ? { outcomeKind: 'runtime-error' as const } : {}) : { outcomeKind: outcome.kind }),
    ...(message === undefined ? {} : { outcomeMessage: message }),
    ...(details === undefined ? {} : { outcomeDetails: details }),
    ...(location === undefined ? {} : { outcomeLocation: { file: location.file, ...(location.line === undefined ? {} : { line: location.line }) } }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(run?.image === undefined ? {} : { image: run.image }),
    ...(leanVersion === undefined ? {} : { leanVersion }),
    standIn: run?.standIn ?? false,
    progress: { ...run?.progress, ...(rangeStart === undefined ? {} : { rangeStart }), ...(rangeEnd === undefined ? {} : { rangeEnd }) },
    figures: result?.figures ?? run?.figures ?? {},
    partial: result?.partial ?? true,
    accountCurrency: result?.accountCurrency ?? '',
    ...(result?.timeZone === undefined ? {} : { timeZone: result.timeZone }),
    runtimeStatistics: result?.runtimeStatistics ?? [],
    statistics: result === undefined ? [] : statisticGroups(result, t),
    parameters: parametersOf(run, result),
    warnings: result === undefined ? [] : doubts(result, run, t),
    analysis: result?.analysis ?? [],
    hasCodeSnapshot,
    hasPlan,
    canRunAgain: run?.kind === 'backtest',
  };
}

/** `Momentum · 2026-11-21 09:12`, or the person's name for the run instead of its time. */
function titleOf(run: RunSnapshot | undefined, folderName: string): string {
  const name = (run?.name ?? folderName).replace(/^(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)-\d\d(?:-\d+)?$/, '$1 $2:$3');
  const project = run?.projectName.replace(/^.*\//, '');
  return project === undefined || project === '' ? name : `${project} · ${name}`;
}

function textOr(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}

function timeOf(text: string | undefined): number | undefined {
  const time = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** What a result file alone tells of the end. */
function stateOf(result: BacktestResult | undefined): RunState {
  switch (result?.state.status) {
    case 'Completed':
      return 'completed';
    case 'RuntimeError':
      return 'failed';
    case 'Stopped':
      return 'stopped';
    default:
      return 'unknown';
  }
}

/** LEAN adds every key of its own lean.json under "parameters"; what the person gave wins and, when known, is all there is. */
function parametersOf(run: RunSnapshot | undefined, result: BacktestResult | undefined): Readonly<Record<string, string>> {
  if (run !== undefined && (run.origin === 'workbench' || Object.keys(run.parameters).length > 0)) return run.parameters;
  return result?.parameters ?? {};
}

/** Every statistic LEAN gives, in its groups and order, texts untouched. */
export function statisticGroups(result: BacktestResult, t: Translate): ResultHead['statistics'] {
  const named = (rows: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] => rows.map(([name, text]) => [spelledOut(name), text] as const);
  return [
    { title: t('Statistics'), rows: result.statistics },
    { title: t('Runtime statistics'), rows: result.runtimeStatistics },
    { title: t('Portfolio'), rows: named(result.portfolioStatistics) },
    { title: t('Trades'), rows: named(result.tradeStatistics) },
    { title: t('Server'), rows: result.serverStatistics },
  ].filter((group) => group.rows.length > 0);
}

/** `averageTradeDuration` → `Average trade duration`; abbreviations stay: `largestMAE` → `Largest MAE`. */
export function spelledOut(name: string): string {
  const words = name.replace(/([a-z])([A-Z0-9])/g, '$1 $2').split(' ');
  return words.map((word, position) => (/^[A-Z0-9]{2,}$/.test(word) ? word : position === 0 ? word.charAt(0).toUpperCase() + word.slice(1) : word.toLowerCase())).join(' ');
}

const FEW_TRADES = 30;

/** Why a person should not believe the figures too soon. */
function doubts(result: BacktestResult, run: RunSnapshot | undefined, t: Translate): string[] {
  const found: string[] = [];
  const { dataRequests } = result;
  if (dataRequests !== undefined && dataRequests.failed > 0) {
    found.push(t('{0} of {1} data requests failed: data may be missing.', dataRequests.failed, dataRequests.failed + dataRequests.succeeded));
  }
  const trades = Number(result.tradeStatistics.find(([name]) => /^totalNumberOfTrades$/i.test(name))?.[1] ?? NaN);
  const done = !result.partial && result.state.status === 'Completed' && (run === undefined || run.state === 'completed');
  if (done && trades === 0 && (result.figures.totalOrders ?? 0) === 0) found.push(t('The algorithm placed no orders.'));
  else if (done && trades < FEW_TRADES) found.push(fewTrades(trades, t));
  const { warnings } = result;
  const first = warnings.slice(0, 3).join('; ');
  if (warnings.length > 3) found.push(t('Parts of the result file could not be read: {0} and {1} more.', first, warnings.length - 3));
  else if (warnings.length > 0) found.push(t('Parts of the result file could not be read: {0}.', first));
  return found;
}

function fewTrades(trades: number, t: Translate): string {
  if (trades === 0) return t('No closed trade: too few to tell skill from luck.');
  return trades === 1 ? t('Only one closed trade: too few to tell skill from luck.') : t('Only {0} closed trades: too few to tell skill from luck.', trades);
}

/** Charts on their way to the page; the buffers are the result's own. */
export function buildCharts(result: BacktestResult): ChartMessage[] {
  return result.charts.map(({ name, series }) => ({ name, series: series.map(toMessage) }));
}

function toMessage({ times, values, open, high, low, color, name, unit, type, index }: ResultSeries): SeriesMessage {
  return {
    name,
    unit,
    type,
    index,
    ...(color === undefined ? {} : { color }),
    times: times.buffer,
    values: values.buffer,
    ...(open === undefined || high === undefined || low === undefined ? {} : { open: open.buffer, high: high.buffer, low: low.buffer }),
  };
}

/** Log lines with levels; a line without a head belongs to the entry before it. */
export function buildLogLines(lines: readonly string[], before: LogLineMessage['level'] = 'none'): LogLineMessage[] {
  let level = before;
  return lines.map((text) => {
    const line = parseLogLine(text);
    if (!line.continuation) level = line.benign === undefined ? line.level : 'debug';
    return { level, text };
  });
}
