import { isFinal, type RunPhase, type RunSnapshot, type RunState } from '../../lean/run';
import { duration, percent, ratio, simulatedDate } from '../host/format';
import type { Translate } from '../host/translate';

/** When a run began, as far as is known. Unix milliseconds. */
export function runTime(run: RunSnapshot): number {
  return run.startedAt ?? run.requestedAt;
}

/** Newest first; equal times by name, so that the order never flickers. */
export function byNewest(a: RunSnapshot, b: RunSnapshot): number {
  return runTime(b) - runTime(a) || (a.name < b.name ? 1 : a.name > b.name ? -1 : 0);
}

/** Seconds the run has taken or took; undefined when its end is unknown. */
export function runSeconds(run: RunSnapshot, nowMs: number): number | undefined {
  const end = run.endedAt ?? (isFinal(run.state) ? undefined : nowMs);
  // An end before the start: the files were copied, or clocks differ.
  return end === undefined || end < runTime(run) ? undefined : (end - runTime(run)) / 1000;
}

/** The state as a word. */
export function stateWord(state: RunState, t: Translate): string {
  switch (state) {
    case 'queued':
      return t('queued');
    case 'preparing':
      return t('preparing');
    case 'running':
      return t('running');
    case 'stopping':
      return t('stopping');
    case 'completed':
      return t('completed');
    case 'failed':
      return t('failed');
    case 'stopped':
      return t('stopped');
    case 'lost':
      return t('lost');
    case 'unknown':
      return t('state unknown');
  }
}

/** The state as a word, a kill told apart from a stop. */
export function endWord(run: RunSnapshot, t: Translate): string {
  return run.outcome?.kind === 'killed' ? t('killed') : stateWord(run.state, t);
}

/** What a run is doing, for the time before there is progress. */
export function phaseText(phase: RunPhase, t: Translate): string {
  switch (phase) {
    case 'waiting':
      return t('waiting');
    case 'checking-image':
      return t('checking image');
    case 'pulling':
      return t('pulling image');
    case 'creating':
      return t('creating container');
    case 'starting':
      return t('starting');
    case 'packages':
      return t('installing packages');
    case 'compiling':
      return t('checking Python');
    case 'building':
      return t('building');
    case 'loading':
      return t('loading engine');
    case 'initializing':
      return t('initializing');
    case 'warming-up':
      return t('warming up');
    case 'running':
      return t('running');
    case 'writing-results':
      return t('writing results');
    case 'ended':
      return t('ended');
  }
}

/** Progress of a run that goes on: `62 %  2019-04-12  1 m 10 s left`, or its phase while nothing is known. */
export function progressText(run: RunSnapshot, t: Translate): string {
  if (run.state === 'stopping') return t('stopping');
  if (run.state === 'queued') return t('queued');
  const { fraction, simulatedTo, secondsLeft } = run.progress;
  const parts: string[] = [];
  if (fraction !== undefined) parts.push(percent(fraction, 0, false));
  if (simulatedTo !== undefined) parts.push(simulatedDate(simulatedTo));
  if (secondsLeft !== undefined) parts.push(t('{0} left', duration(secondsLeft)));
  return parts.length > 0 ? parts.join('  ') : phaseText(run.phase, t);
}

/** The figures that tell runs apart: `+12.4 %  SR 1.31  DD 8.2 %`; empty when there are none. */
export function figuresText(run: RunSnapshot): string {
  const figures = run.figures;
  if (figures === undefined) return '';
  const parts: string[] = [];
  if (figures.netProfit !== undefined) parts.push(percent(figures.netProfit));
  if (figures.sharpeRatio !== undefined) parts.push(`SR ${ratio(figures.sharpeRatio)}`);
  if (figures.drawdown !== undefined) parts.push(`DD ${percent(Math.abs(figures.drawdown), 1, false)}`);
  return parts.join('  ');
}

/** Return and Sharpe ratio only, where space is short. */
export function shortFigures(run: RunSnapshot): string {
  const figures = run.figures;
  if (figures?.netProfit === undefined) return '';
  return figures.sharpeRatio === undefined ? percent(figures.netProfit) : `${percent(figures.netProfit)}  SR ${ratio(figures.sharpeRatio)}`;
}
