import { readFigures } from './resultStatistics';
import type { KeyFigures } from './run';

/** Names whose words cannot be told from their values by spaces alone, as LEAN writes them. */
const NAMES: readonly string[] = [
  'Total Orders', 'Average Win', 'Average Loss', 'Compounding Annual Return', 'Drawdown Recovery', 'Drawdown', 'Expectancy',
  'Start Equity', 'End Equity', 'Net Profit', 'Sharpe Ratio', 'Sortino Ratio', 'Probabilistic Sharpe Ratio', 'Loss Rate', 'Win Rate',
  'Profit-Loss Ratio', 'Alpha', 'Beta', 'Annual Standard Deviation', 'Annual Variance', 'Information Ratio', 'Tracking Error',
  'Treynor Ratio', 'Total Fees', 'Estimated Strategy Capacity', 'Lowest Capacity Asset', 'Portfolio Turnover', 'OrderListHash',
];
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

/** Key figures from the console's closing statistics. */
export function figuresFromStatistics(statistics: readonly (readonly [name: string, text: string])[]): KeyFigures {
  return readFigures({ statistics, runtimeStatistics: [], portfolioStatistics: [], charts: [], orderCount: undefined });
}
