import type { BacktestResult } from './result';
import type { KeyFigures } from './run';

/** What a run's row needs from its result, without the heavy parts. */
export interface ResultSummary {
  readonly file: string;
  readonly figures: KeyFigures;
  /** First and last chart time of the equity, unix seconds UTC. */
  readonly simulatedFrom?: number;
  readonly simulatedTo?: number;
  readonly status: string;
  readonly runtimeError: string;
  readonly stackTrace: string;
  readonly partial: boolean;
  readonly parameters: Readonly<Record<string, string>>;
  /** When LEAN began and ended, its own texts. */
  readonly startTime?: string;
  readonly endTime?: string;
}

/** The short form of a result. */
export function summarizeResult(result: BacktestResult): ResultSummary {
  const equity = result.charts.find((chart) => chart.name === 'Strategy Equity')?.series.find((series) => series.name === 'Equity');
  const simulatedFrom = equity?.times.at(0);
  const simulatedTo = equity?.times.at(-1);
  const { startTime, endTime } = result.state;
  return {
    file: result.file,
    figures: result.figures,
    ...(simulatedFrom === undefined ? {} : { simulatedFrom }),
    ...(simulatedTo === undefined ? {} : { simulatedTo }),
    status: result.state.status,
    runtimeError: result.state.runtimeError,
    stackTrace: result.state.stackTrace,
    partial: result.partial,
    parameters: result.parameters,
    ...(startTime === undefined ? {} : { startTime }),
    ...(endTime === undefined ? {} : { endTime }),
  };
}

/** The buffers of a result's series, to be handed over instead of copied. */
export function resultBuffers(result: BacktestResult): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const chart of result.charts) {
    for (const { times, values, open, high, low } of chart.series) {
      for (const column of [times, values, open, high, low]) if (column !== undefined) buffers.add(column.buffer);
    }
  }
  return [...buffers];
}
