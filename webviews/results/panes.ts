import type { ResultOrder } from '../../src/protocol/results';
import type { Columns } from '../shared/decimate';
import { money, percent, withUnit } from '../shared/format';
import { t } from '../shared/l10n';
import type { PaneKind, PaneSeries, PaneSpec } from '../shared/pane';
import { SERIES_TOKENS } from '../shared/theme';
import { benchmarkOf, drawdownOf, equityOf, otherCharts, rebased, type PageChart, type PageSeries } from './model';

export interface PaneChoices {
  readonly log: boolean;
  readonly candles: boolean;
  readonly benchmark: boolean;
  readonly marks: boolean;
  /** Name of a further chart, or none. */
  readonly chart: string;
}

/** Which panes to show, and how, from LEAN's charts. */
export function buildPanes(charts: readonly PageChart[], orders: readonly ResultOrder[], currency: string, choices: PaneChoices): PaneSpec[] {
  const specs: PaneSpec[] = [];
  const equity = equityOf(charts);
  if (equity !== undefined) specs.push(equityPane(equity, benchmarkOf(charts), orders, currency, choices));
  const drawdown = drawdownOf(charts);
  if (drawdown !== undefined) {
    specs.push({
      id: 'drawdown',
      title: t('Drawdown'),
      weight: 1,
      fromZero: true,
      axis: (value) => `${withUnit(value, '')} %`,
      // LEAN's drawdown series is in percent, zero or negative.
      series: [{ name: t('Drawdown'), kind: 'area', columns: drawdown.columns, color: 'loss', format: (value) => percent(value === undefined ? undefined : value / 100) }],
    });
  }
  const further = otherCharts(charts).find((chart) => chart.name === choices.chart);
  if (further !== undefined) specs.push(...furtherPanes(further));
  return specs;
}

function equityPane(equity: PageSeries, benchmark: PageSeries | undefined, orders: readonly ResultOrder[], currency: string, choices: PaneChoices): PaneSpec {
  const format = (value: number | undefined): string => money(value, currency);
  const series: PaneSeries[] = [
    { name: t('Equity'), kind: choices.candles && equity.columns.open !== undefined ? 'candle' : 'line', columns: equity.columns, color: 'series1', width: 1.5, format },
  ];
  if (choices.benchmark && benchmark !== undefined) {
    series.push({ name: t('Benchmark'), kind: 'line', columns: rebased(benchmark, equity), color: 'muted', width: 1, format });
  }
  return {
    id: 'equity',
    title: series.length > 1 ? t('Equity, benchmark rebased (thin)') : t('Equity'),
    weight: 3,
    log: choices.log,
    axis: (value) => withUnit(value, ''),
    series,
    ...(choices.marks ? { marks: orders.filter((order) => order.lastFillTime !== undefined).map((order) => ({ time: order.lastFillTime ?? order.time, up: order.direction !== 'Sell' })) } : {}),
  };
}

/** A pane for each of LEAN's indexes within a chart. */
function furtherPanes(chart: PageChart): PaneSpec[] {
  const indexes = [...new Set(chart.series.map((series) => series.index))].sort((a, b) => a - b);
  return indexes.map((index) => {
    const own = chart.series.filter((series) => series.index === index && series.columns.times.length > 0);
    const units = new Set(own.map((series) => series.unit));
    const unit = units.size === 1 ? ([...units][0] ?? '') : '';
    return {
      id: `chart-${chart.name}-${index}`,
      title: indexes.length > 1 ? `${chart.name} (${own.map((series) => series.name).join(', ')})` : chart.name,
      weight: 1.3,
      fromZero: own.some((series) => kindOf(series) === 'bar' || kindOf(series) === 'area'),
      axis: (value: number) => withUnit(value, unit),
      series: stacked(own).map(({ series, columns }, position) => ({
        name: series.name,
        kind: kindOf(series),
        columns,
        ...(columns === series.columns ? {} : { own: series.columns }),
        color: SERIES_TOKENS[position % SERIES_TOKENS.length] ?? 'series1',
        ...(series.color === undefined ? {} : { ownColor: series.color }),
        width: 1.5,
        format: (value: number | undefined) => withUnit(value, series.unit),
      })),
    };
  });
}

/** Stacked areas each on the sum of those before, where their points stand at the same times; others as they are. */
function stacked(all: readonly PageSeries[]): { readonly series: PageSeries; readonly columns: Columns }[] {
  const times = all[0]?.columns.times;
  const stack = all.length > 1 && all.every((series) => series.type === 'stacked-area' && series.columns.times.length === times?.length);
  if (!stack || times === undefined) return all.map((series) => ({ series, columns: series.columns }));
  const sum = new Float64Array(times.length);
  return all.map((series) => {
    for (const [index, value] of series.columns.values.entries()) if (Number.isFinite(value)) sum[index] = (sum[index] ?? 0) + value;
    return { series, columns: { times, values: sum.slice() } };
  });
}

/** How LEAN's series types are drawn over time; a pie or tree map is a share that changes: a line. */
function kindOf(series: PageSeries): PaneKind {
  switch (series.type) {
    case 'candle':
      return 'candle';
    case 'bar':
      return 'bar';
    case 'scatter':
    case 'flag':
    case 'scatter3d':
      return 'scatter';
    case 'stacked-area':
      return 'area';
    case 'line':
    case 'pie':
    case 'treemap':
    case 'heatmap':
    case 'unknown':
      return 'line';
  }
}
