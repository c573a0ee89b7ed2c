import type { KeyFigures } from './run';

/** LEAN's SeriesType (contract: engine.md): the numbers in result files. */
export const SERIES_TYPES = ['line', 'scatter', 'candle', 'bar', 'flag', 'stacked-area', 'pie', 'treemap', 'unknown', 'heatmap', 'scatter3d'] as const;
export type SeriesType = (typeof SERIES_TYPES)[number];

/** One series, columnar. All arrays have the same length; NaN stands for LEAN's null. */
export interface ResultSeries {
  readonly name: string;
  readonly unit: string;
  readonly type: SeriesType;
  /** Pane within the chart. */
  readonly index: number;
  /** `#rrggbb` as the algorithm chose it, absent when LEAN wrote none. */
  readonly color?: string;
  readonly symbol?: string;
  /** Unix seconds UTC, ascending as written. */
  readonly times: Float64Array<ArrayBuffer>;
  /** Value, or close for candles. */
  readonly values: Float64Array<ArrayBuffer>;
  /** Candles only. */
  readonly open?: Float64Array<ArrayBuffer>;
  readonly high?: Float64Array<ArrayBuffer>;
  readonly low?: Float64Array<ArrayBuffer>;
}

export interface ResultChart {
  readonly name: string;
  readonly series: readonly ResultSeries[];
}

/** One order as the result file has it, words instead of numbers. */
export interface ResultOrder {
  readonly id: number;
  /** Unix seconds UTC. */
  readonly time: number;
  readonly symbol: string;
  readonly securityType: string;
  /** `Market`, `Limit` … as LEAN names them. */
  readonly type: string;
  readonly direction: 'Buy' | 'Sell' | 'Hold';
  readonly quantity: number;
  readonly price: number;
  /** quantity × price in the order's currency. */
  readonly value: number;
  readonly currency: string;
  readonly status: string;
  readonly tag: string;
  /** Sum of the fees in its events; absent while unknown. */
  readonly fee?: number;
  readonly lastFillTime?: number;
}

/** What a result file says of the run's state; every value is text there. */
export interface ResultState {
  readonly startTime?: string;
  readonly endTime?: string;
  /** `Running`, `Completed`, `RuntimeError`, `Stopped` … */
  readonly status: string;
  readonly runtimeError: string;
  readonly stackTrace: string;
  readonly name?: string;
  readonly hostname?: string;
}

/** A backtest's result, whole or partial, from `A.json` and the order events beside it. */
export interface BacktestResult {
  /** Absolute path of `A.json`. */
  readonly file: string;
  readonly algorithmId: string;
  readonly state: ResultState;
  /** Written while LEAN was still running: statistics are missing, orders are the last 100 only. */
  readonly partial: boolean;
  /** LEAN's own texts, in its order: `"Net Profit" → "1.655%"`. */
  readonly statistics: readonly (readonly [name: string, text: string])[];
  readonly runtimeStatistics: readonly (readonly [name: string, text: string])[];
  readonly tradeStatistics: readonly (readonly [name: string, text: string])[];
  readonly portfolioStatistics: readonly (readonly [name: string, text: string])[];
  readonly serverStatistics: readonly (readonly [name: string, text: string])[];
  readonly charts: readonly ResultChart[];
  /** By id, ascending. */
  readonly orders: readonly ResultOrder[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly figures: KeyFigures;
  readonly accountCurrency: string;
  /** Simulated range, unix seconds UTC; absent when the file does not say. */
  readonly rangeStart?: number;
  readonly rangeEnd?: number;
  /** IANA name, found from the first equity sample; absent when it is neither New York nor UTC. */
  readonly timeZone?: string;
  /** What LEAN itself doubts about the backtest; empty before 2025. */
  readonly analysis?: readonly ResultAnalysis[];
  /** Counts of LEAN's data monitor, when its report stands beside the result. */
  readonly dataRequests?: { readonly succeeded: number; readonly failed: number };
  /** What could not be read, for people; empty for a sound file. */
  readonly warnings: readonly string[];
}

/** One finding of LEAN's own analysis of a backtest. */
export interface ResultAnalysis {
  readonly name: string;
  readonly issue: string;
  readonly solutions: readonly string[];
}
