import type { LeanProject } from '../../src/lean/model';
import { isFinal, type RunSnapshot } from '../../src/lean/run';

/** A finished backtest; everything can be said otherwise. */
export function runOf(values: Partial<RunSnapshot> = {}): RunSnapshot {
  const at = values.requestedAt ?? new Date(2026, 10, 21, 9, 12).getTime();
  const { endedAt, ...run } = finished(at, values);
  return isFinal(run.state) && run.state !== 'unknown' && endedAt !== undefined ? { ...run, endedAt } : run;
}

function finished(at: number, values: Partial<RunSnapshot>): RunSnapshot {
  return {
    id: `id-${at}`,
    kind: 'backtest',
    workspaceFolder: '/ws',
    projectFolder: '/ws/MeanReversion',
    projectName: 'MeanReversion',
    folder: `/ws/MeanReversion/backtests/${at}`,
    name: '2026-11-21_09-12-00',
    origin: 'workbench',
    state: 'completed',
    phase: 'ended',
    requestedAt: at,
    startedAt: at,
    endedAt: at + 41_000,
    parameters: {},
    progress: {},
    problems: [],
    resultRevision: 1,
    lastLines: [],
    figures: { netProfit: 0.1243, sharpeRatio: 1.3071, drawdown: 0.082, totalOrders: 1214 },
    ...values,
  };
}

export function projectOf(values: Partial<LeanProject> = {}): LeanProject {
  return {
    workspaceFolder: '/ws',
    folder: '/ws/MeanReversion',
    name: 'MeanReversion',
    language: 'Python',
    mainFile: '/ws/MeanReversion/main.py',
    isLibrary: false,
    configPath: '/ws/MeanReversion/config.json',
    ...values,
  };
}
