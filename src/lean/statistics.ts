import type { KeyFigures } from './run';

/** Names whose words cannot be told from their values by spaces alone, as LEAN writes them. */
const NAMES = [
  'Total Orders', 'Average Win', 'Average Loss', 'Compounding Annual Return', 'Drawdown Recovery', 'Drawdown', 'Expectancy',
  'Start Equity', 'End Equity', 'Net Profit', 'Sharpe Ratio', 'Sortino Ratio', 'Probabilistic Sharpe Ratio', 'Loss Rate', 'Win Rate',
  'Profit-Loss Ratio', 'Alpha', 'Beta', 'Annual Standard Deviation', 'Annual Variance', 'Information Ratio', 'Tracking Error',
  'Treynor Ratio', 'Total Fees', 'Estimated Strategy Capacity', 'Lowest Capacity Asset', 'Portfolio Turnover', 'OrderListHash',
]; // prettier-ignore
const PREFIX = 'STATISTICS:: ';

/** `STATISTICS:: Net Profit 1.655%` → its name and text; undefined for other lines. Custom names end at the last space. */
export function parseStatisticLine(line: string): readonly [name: string, text: string] | undefined {
  if (!line.startsWith(PREFIX)) return undefined;
  const said = line.slice(PREFIX.length);
  const known = NAMES.find((name) => said === name || said.startsWith(`${name} `));
  if (known !== undefined) return [known, said.slice(known.length).trim()];
  const space = said.lastIndexOf(' ');
  return space < 0 ? [said, ''] : [said.slice(0, space), said.slice(space + 1)];
}

/** A number in LEAN's texts: `$10.32`, `-$9.00`, `1.655%` (→ 0.01655), `¤100,000.00`; undefined when there is none. */
export function parseFigure(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const digits = text.replaceAll(',', '').replace(/[^\d.eE+-]/g, '');
  if (!/\d/.test(digits)) return undefined;
  const value = Number(digits);
  if (!Number.isFinite(value)) return undefined;
  return text.trimEnd().endsWith('%') ? value / 100 : value;
}

/** Key figures from LEAN's final statistics (`statistics` of a result, or the console's lines). Older names included. */
export function figuresFromStatistics(statistics: Readonly<Record<string, string>>): KeyFigures {
  return compact({
    netProfit: parseFigure(statistics['Net Profit']),
    sharpeRatio: parseFigure(statistics['Sharpe Ratio']),
    drawdown: parseFigure(statistics['Drawdown']),
    totalOrders: parseFigure(statistics['Total Orders'] ?? statistics['Total Trades']),
    totalFees: parseFigure(statistics['Total Fees']),
    compoundingAnnualReturn: parseFigure(statistics['Compounding Annual Return']),
    endEquity: parseFigure(statistics['End Equity']),
    capacity: parseFigure(statistics['Estimated Strategy Capacity']),
  });
}

/** What a partial result has instead: LEAN's runtime statistics. Fees are negative there. */
export function figuresFromRuntimeStatistics(statistics: Readonly<Record<string, string>>): KeyFigures {
  const fees = parseFigure(statistics['Fees']);
  return compact({
    netProfit: parseFigure(statistics['Return']),
    totalFees: fees === undefined ? undefined : Math.abs(fees),
    endEquity: parseFigure(statistics['Equity']),
  });
}

function compact(figures: Partial<Record<keyof KeyFigures, number | undefined>>): KeyFigures {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
}
