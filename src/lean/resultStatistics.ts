import type { Json, JsonObject } from '../base/json';
import { t } from '../base/l10n';
import type { ResultChart } from './result';
import type { KeyFigures } from './run';
import { toText, type ReadWarnings } from './resultRead';

export type TextRows = readonly (readonly [name: string, text: string])[];

/** Name → text rows of an object of scalars, in its order. */
export function readRows(object: JsonObject, where: string, warnings: ReadWarnings): TextRows {
  const rows: [string, string][] = [];
  for (const [name, value] of Object.entries<Json>(object)) {
    const text = toText(value);
    if (text !== undefined) rows.push([name, text]);
    else if (value !== null) warnings.add(`${where}.${name}`, t('expected a text'));
  }
  return rows;
}

/**
 * The number in one of LEAN's texts: `$99,933.33`, `$-66.67`, `-$8.00`, `0.39`, `1.2E-05`; a percentage as fraction.
 * Undefined when there is none (`N/A`, `NaN`).
 */
export function numberInText(text: string): number | undefined {
  const match = /(-?)[^\d.,-]*(-?)((?:\d[\d,]*)?\.?\d+|\d[\d,]*)(e[+-]?\d+)?[^\d%]*(%?)/i.exec(text.trim());
  if (match === null) return undefined;
  const [, before, after, digits, exponent, percent] = match;
  const value = Number((digits ?? '').replaceAll(',', '') + (exponent ?? ''));
  if (!Number.isFinite(value)) return undefined;
  const signed = before === '-' || after === '-' ? -value : value;
  return percent === '%' ? Number((signed / 100).toPrecision(15)) : signed;
}

interface FigureSources {
  readonly statistics: TextRows;
  readonly runtimeStatistics: TextRows;
  readonly portfolioStatistics: TextRows;
  readonly charts: readonly ResultChart[];
  readonly orderCount: string | undefined;
}

/**
 * Key figures as fractions and money, from LEAN's final statistics; a partial result has none of these,
 * so its runtime statistics and the ends of its charts stand in.
 */
export function readFigures(sources: FigureSources): KeyFigures {
  const text = (rows: TextRows, ...names: readonly string[]): number | undefined => {
    for (const name of names) {
      const row = rows.find(([key]) => key.toLowerCase() === name.toLowerCase());
      const value = row === undefined ? undefined : numberInText(row[1]);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  const { statistics, runtimeStatistics } = sources;
  // A run that never started has portfolio statistics of nothing but zeros: those are unknown, not nought.
  const portfolioStatistics = (text(sources.portfolioStatistics, 'startEquity') ?? 0) === 0 ? [] : sources.portfolioStatistics;
  const runtimeFees = text(runtimeStatistics, 'Fees');
  const figures = {
    netProfit: text(statistics, 'Net Profit') ?? text(portfolioStatistics, 'totalNetProfit') ?? text(runtimeStatistics, 'Return'),
    sharpeRatio: text(statistics, 'Sharpe Ratio') ?? text(portfolioStatistics, 'sharpeRatio'),
    drawdown: text(statistics, 'Drawdown') ?? text(portfolioStatistics, 'drawdown') ?? deepestDrawdown(sources.charts),
    // "Total Trades" was its name until 2023.
    totalOrders: text(statistics, 'Total Orders', 'Total Trades') ?? (sources.orderCount === undefined ? undefined : numberInText(sources.orderCount)),
    // Runtime statistics show fees as what they take from the cash: negative.
    totalFees: text(statistics, 'Total Fees') ?? (runtimeFees === undefined ? undefined : Math.abs(runtimeFees)),
    compoundingAnnualReturn: text(statistics, 'Compounding Annual Return') ?? text(portfolioStatistics, 'compoundingAnnualReturn'),
    endEquity: text(statistics, 'End Equity') ?? text(portfolioStatistics, 'endEquity') ?? text(runtimeStatistics, 'Equity'),
    capacity: text(statistics, 'Estimated Strategy Capacity'),
  };
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
}

/** LEAN's chart "Drawdown" holds percent below the peak, zero or negative; given as positive fraction. */
function deepestDrawdown(charts: readonly ResultChart[]): number | undefined {
  const series = charts.find((chart) => chart.name === 'Drawdown')?.series.find((item) => item.name === 'Equity Drawdown');
  if (series === undefined || series.values.length === 0) return undefined;
  let deepest = 0;
  for (const value of series.values) if (value < deepest) deepest = value;
  return deepest === 0 ? 0 : Number((-deepest / 100).toPrecision(12));
}

const CURRENCY_OF_SYMBOL: Readonly<Record<string, string>> = { $: 'USD', '€': 'EUR', '£': 'GBP', '¥': 'JPY', '₹': 'INR', '₿': 'BTC', '₮': 'USDT', Ξ: 'ETH', Fr: 'CHF' };

/** The currency a text of money names by its symbol, as far as it is known. */
export function currencyInText(text: string | undefined): string | undefined {
  const symbol = text === undefined ? undefined : /^-?([^\d\s.,-]+)/.exec(text.trim())?.[1];
  return symbol === undefined ? undefined : (CURRENCY_OF_SYMBOL[symbol] ?? (/^[A-Z]{3,5}$/.test(symbol) ? symbol : undefined));
}
