import type { ChartMessage, SeriesMessage } from '../../src/protocol/results';
import { ascending, type Columns } from '../shared/decimate';
import { t } from '../shared/l10n';

/** A series as the page draws it: columns, times ascending. */
export interface PageSeries extends Omit<SeriesMessage, 'times' | 'values' | 'open' | 'high' | 'low'> {
  readonly columns: Columns;
}

export interface PageChart {
  readonly name: string;
  readonly series: readonly PageSeries[];
}

/** LEAN's own charts, which the main panes show already. */
const MAIN_CHARTS = new Set(['Strategy Equity', 'Benchmark', 'Drawdown']);

export function toPageCharts(charts: readonly ChartMessage[]): PageChart[] {
  return charts.map(({ name, series }) => ({
    name,
    series: series.map(({ times, values, open, high, low, ...rest }) => ({
      ...rest,
      columns: ascending({
        times: new Float64Array(times),
        values: new Float64Array(values),
        ...(open && high && low ? { open: new Float64Array(open), high: new Float64Array(high), low: new Float64Array(low) } : {}),
      }),
    })),
  }));
}

function find(charts: readonly PageChart[], chart: string, series: string): PageSeries | undefined {
  const found = charts.find((item) => item.name === chart)?.series.find((item) => item.name === series);
  return found === undefined || found.columns.times.length === 0 ? undefined : found;
}

export const equityOf = (charts: readonly PageChart[]): PageSeries | undefined => find(charts, 'Strategy Equity', 'Equity');
export const benchmarkOf = (charts: readonly PageChart[]): PageSeries | undefined => find(charts, 'Benchmark', 'Benchmark');
export const drawdownOf = (charts: readonly PageChart[]): PageSeries | undefined => find(charts, 'Drawdown', 'Equity Drawdown');

/** Charts to choose from besides the main panes. Exposure and the like keep LEAN's order; the daily return is one too. */
export function otherCharts(charts: readonly PageChart[]): PageChart[] {
  const own = charts.filter((chart) => !MAIN_CHARTS.has(chart.name) && chart.series.some((series) => series.columns.times.length > 0));
  const daily = find(charts, 'Strategy Equity', 'Return');
  const rest = charts.find((chart) => chart.name === 'Strategy Equity')?.series.filter((series) => series.name !== 'Equity' && series.name !== 'Return' && series.columns.times.length > 0) ?? [];
  return [
    ...(daily === undefined ? [] : [{ name: t('Daily return'), series: [{ ...daily, index: 0 }] }]),
    ...(rest.length === 0 ? [] : [{ name: t('Strategy Equity (own series)'), series: rest }]),
    ...own,
  ];
}

/** The benchmark as if it had begun with the equity's money. */
export function rebased(benchmark: PageSeries, equity: PageSeries): Columns {
  const { times, values } = benchmark.columns;
  const begin = equity.columns.values.find((value) => Number.isFinite(value) && value !== 0);
  const base = values.find((value) => Number.isFinite(value) && value !== 0);
  const factor = begin === undefined || base === undefined ? NaN : begin / base;
  return { times, values: values.map((value) => value * factor) };
}

export interface MonthReturn {
  readonly year: number;
  /** 0 … 11 */
  readonly month: number;
  /** Fraction. */
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

/** Returns by calendar month in a time zone, from the equity's closes: last of the month against last of the month before. */
export function monthlyReturns(equity: Columns, timeZone: string): MonthReturn[] {
  const clock = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit' });
  const months: MonthReturn[] = [];
  let current = { key: '', base: NaN, from: NaN, last: NaN, to: NaN };
  const close = (): void => {
    const [year, month] = current.key.split('-').map(Number);
    if (year === undefined || month === undefined || !Number.isFinite(current.base) || current.base === 0) return;
    months.push({ year, month: month - 1, value: current.last / current.base - 1, from: current.from, to: current.to });
  };
  // The label is asked for once a day at most: it is the slow part.
  let day = NaN;
  let key = '';
  for (const [index, time] of equity.times.entries()) {
    const value = equity.values[index] ?? NaN;
    if (!Number.isFinite(value)) continue;
    const hour = Math.floor(time / 3600);
    if (hour !== day) {
      day = hour;
      key = clock.format(time * 1000);
    }
    if (key !== current.key) {
      if (current.key !== '') close();
      current = { key, base: current.key === '' ? value : current.last, from: time, last: value, to: time };
    } else {
      current.last = value;
      current.to = time;
    }
  }
  if (current.key !== '') close();
  return months;
}

export interface DrawdownSpell {
  readonly peak: number;
  readonly trough: number;
  /** Undefined while not recovered. */
  readonly recovered?: number;
  /** Positive fraction. */
  readonly depth: number;
}

/** The deepest falls of the equity below its peak, deepest first. */
export function worstDrawdowns(equity: Columns, most: number): DrawdownSpell[] {
  const spells: DrawdownSpell[] = [];
  let peak = { time: NaN, value: -Infinity };
  let trough = { time: NaN, value: Infinity };
  const close = (recovered?: number): void => {
    const depth = 1 - trough.value / peak.value;
    if (peak.value > 0 && depth > 0) spells.push({ peak: peak.time, trough: trough.time, depth, ...(recovered === undefined ? {} : { recovered }) });
  };
  const { times, values, low = values } = equity;
  for (const [index, time] of times.entries()) {
    const value = values[index] ?? NaN;
    if (!Number.isFinite(value)) continue;
    if (value >= peak.value) {
      if (trough.value < peak.value) close(time);
      peak = { time, value };
      trough = { time, value: Infinity };
      continue;
    }
    const least = low[index] ?? value;
    const deepest = Number.isFinite(least) ? Math.min(least, value) : value;
    if (deepest < trough.value) trough = { time, value: deepest };
  }
  if (trough.value < peak.value) close();
  return spells.sort((a, b) => b.depth - a.depth).slice(0, most);
}
