import { t } from '../base/l10n';
import { MARKER_PREFIX } from './plan';
import type { RunEvent } from './events';
import { NO_FACTS, type LogFacts } from './logFacts';
import { laterPhase } from './logInterpreter';
import type { AlgorithmLanguage } from './model';
import { decideOutcome, stateOf } from './outcome';
import { problemsOf } from './problems';
import { isFinal, type KeyFigures, type Outcome, type RunProgress, type RunSnapshot } from './run';
import { figuresFromStatistics } from './statistics';

/** How many console lines a snapshot keeps. */
export const MAX_LAST_LINES = 40;
/** Below these an estimate of the time left says more about chance than about the run. */
const MIN_FRACTION = 0.01;
const MIN_ELAPSED_MS = 1000;
/** A console stamp further than this from the events' clock comes from another clock. */
const CLOCK_TOLERANCE_MS = 120_000;

/** What a run's events alone do not say: its log so far and what was asked of it. */
export interface RunContext {
  /** Facts of the console up to and including the event's lines. */
  readonly facts: LogFacts;
  readonly language: AlgorithmLanguage;
  readonly stop: 'none' | 'graceful' | 'forced';
  /** When the range itself began to be simulated, by the events' clock, unix milliseconds. */
  readonly runningSince?: number;
  /** First and last time of the equity in the result file, unix seconds UTC. */
  readonly charts: { readonly from: number | undefined; readonly to: number | undefined };
  readonly resultStatus?: string;
  readonly resultError?: string;
}

/** A context before anything happened. */
export function emptyContext(language: AlgorithmLanguage): RunContext {
  return { facts: NO_FACTS, language, stop: 'none', charts: { from: undefined, to: undefined } };
}

/**
 * The run after an event. Pure. Final states stay final: figures and last lines may still come, the outcome does not change.
 * The run is over for the person when LEAN says that results are posted; the exit then only confirms.
 */
export function reduceRun(run: RunSnapshot, event: RunEvent, context: RunContext): RunSnapshot {
  switch (event.type) {
    case 'phase':
      if (isFinal(run.state)) return run;
      return { ...run, phase: laterPhase(run.phase, event.phase), state: run.state === 'queued' && event.phase !== 'waiting' ? 'preparing' : run.state };
    case 'pull':
      return isFinal(run.state) ? run : { ...run, phase: laterPhase(run.phase, 'pulling'), state: run.state === 'queued' ? 'preparing' : run.state };
    case 'created':
      return { ...run, container: { id: event.containerId, name: event.name } };
    case 'started':
      if (isFinal(run.state)) return run;
      return { ...run, startedAt: run.startedAt ?? event.at, phase: laterPhase(run.phase, 'starting'), state: run.state === 'stopping' ? 'stopping' : 'running' };
    case 'lines':
      return reduceLines(run, event.lines, event.at, context);
    case 'results':
      return reduceResults(run, event, context);
    case 'stop-requested':
      return isFinal(run.state) ? run : { ...run, state: 'stopping' };
    case 'exited':
      return isFinal(run.state) ? withoutContainer(run) : withoutContainer(finish(run, event.at, decide(run, context, event)));
    case 'lost':
      if (isFinal(run.state)) return withoutContainer(run);
      return withoutContainer(finish(run, event.at, { kind: 'container-lost', message: event.message, details: run.lastLines.join('\n') }));
    case 'launch-failed': {
      if (isFinal(run.state)) return run;
      const { error } = event;
      const placed = error.location === undefined ? {} : { location: error.location };
      const stopped = error.reason === 'cancelled';
      const outcome: Outcome = stopped
        ? { kind: 'stopped', message: t('Cancelled before it started.') }
        : { kind: 'launch-failed', message: error.message, ...placed };
      return withoutContainer(finish(run, event.at, outcome));
    }
    case 'outcome':
      return isFinal(run.state) ? run : finish(run, event.at, event.outcome);
  }
}

/** Since when the range is simulated, by the events' clock: the console's stamp where its clock agrees, else the event's time. */
export function runningSinceOf(facts: LogFacts, run: Pick<RunSnapshot, 'requestedAt'>, at: number): number | undefined {
  if (facts.runningSince === undefined) return undefined;
  const plausible = facts.runningSince >= run.requestedAt - CLOCK_TOLERANCE_MS && facts.runningSince <= at + CLOCK_TOLERANCE_MS;
  return plausible ? Math.min(facts.runningSince, at) : at;
}

function reduceLines(run: RunSnapshot, lines: readonly string[], at: number, context: RunContext): RunSnapshot {
  const { facts } = context;
  const shown = lines.slice(-MAX_LAST_LINES - 20).filter((line) => !line.startsWith(MARKER_PREFIX));
  const lastLines = shown.length === 0 ? run.lastLines : [...run.lastLines, ...shown].slice(-MAX_LAST_LINES);
  const kept = { ...run, lastLines };
  if (isFinal(run.state)) return kept;
  const next: RunSnapshot = {
    ...kept,
    phase: facts.phase === undefined ? run.phase : laterPhase(run.phase, facts.phase),
    problems: problemsOf(facts, context.language),
    progress: progressOf(run.progress, at, context),
    ...(facts.engineVersion !== undefined && { leanVersion: facts.engineVersion }),
    ...(facts.standIn && { standIn: true }),
  };
  if (!facts.posted) return next;
  const said = figuresFromStatistics(facts.statistics);
  const figures = Object.keys(said).length === 0 ? next.figures : { ...next.figures, ...said };
  return finish(figures === undefined ? next : { ...next, figures }, at, decide(next, context, undefined));
}

function reduceResults(run: RunSnapshot, event: Extract<RunEvent, { type: 'results' }>, context: RunContext): RunSnapshot {
  const revised = { ...run, resultRevision: run.resultRevision + 1 };
  // A partial result read late must not replace the final figures.
  if (isFinal(run.state) && event.status === 'Running') return revised;
  const figures: KeyFigures | undefined = event.figures === undefined ? run.figures : { ...run.figures, ...event.figures };
  const withFigures = figures === undefined ? revised : { ...revised, figures };
  if (isFinal(run.state)) return withFigures;
  return { ...withFigures, progress: progressOf(run.progress, event.at, context) };
}

/** Progress from facts alone; it never goes back. */
function progressOf(before: RunProgress, at: number, context: RunContext): RunProgress {
  const { facts, charts } = context;
  const { range, speed } = facts;
  const zone = zoneOffset(context);
  const now = Math.max((facts.simulatedTo ?? -Infinity) + zone, charts.to ?? -Infinity);
  const simulatedTo = Math.max(before.simulatedTo ?? -Infinity, now);
  const known = Number.isFinite(simulatedTo) ? { simulatedTo } : {};
  const spoken = speed === undefined ? {} : { dataPoints: speed.dataPoints, ...(speed.pointsPerSecond !== undefined && { pointsPerSecond: speed.pointsPerSecond }) };
  if (range === undefined || range.end <= range.start) return { ...before, ...known, ...spoken };
  const limits = { rangeStart: range.start + zone, rangeEnd: range.end + zone };
  if (now < limits.rangeStart) return { ...before, ...limits, ...known, ...spoken };
  const fraction = Math.max(before.fraction ?? 0, Math.min(1, (now - limits.rangeStart) / (range.end - range.start)));
  const elapsed = context.runningSince === undefined ? 0 : at - context.runningSince;
  const news = fraction !== before.fraction && facts.phase === 'running' && fraction >= MIN_FRACTION && elapsed >= MIN_ELAPSED_MS;
  const left = news ? { secondsLeft: ((elapsed / 1000) * (1 - fraction)) / fraction } : {};
  return { ...before, ...limits, ...known, ...spoken, fraction, ...left };
}

/** Time zones stand at most this far from UTC, in steps of a quarter of an hour. Seconds. */
const MAX_ZONE = 14 * 3600;
const ZONE_STEP = 900;

/**
 * Seconds from the algorithm's clock, which the log uses, to UTC, which charts use: LEAN takes the first sample of the
 * equity at the beginning of the range. 0 until both are known: log and range agree among themselves.
 */
function zoneOffset({ facts, charts }: RunContext): number {
  if (facts.range === undefined || charts.from === undefined) return 0;
  const offset = Math.round((charts.from - facts.range.start) / ZONE_STEP) * ZONE_STEP;
  return Math.abs(offset) <= MAX_ZONE ? offset : 0;
}

function decide(run: RunSnapshot, context: RunContext, exit: Extract<RunEvent, { type: 'exited' }> | undefined): Outcome {
  return decideOutcome({
    kind: run.kind,
    language: context.language,
    facts: context.facts,
    stop: context.stop,
    lastLines: run.lastLines,
    ...(exit !== undefined && exit.endedByUs !== true && { exitCode: exit.code, outOfMemory: exit.outOfMemory }),
    ...(context.resultStatus !== undefined && { resultStatus: context.resultStatus }),
    ...(context.resultError !== undefined && { resultError: context.resultError }),
  });
}

function finish(run: RunSnapshot, at: number, outcome: Outcome): RunSnapshot {
  const progress = without(run.progress, 'secondsLeft');
  return { ...run, state: stateOf(outcome), phase: 'ended', endedAt: at, outcome, progress };
}

function withoutContainer(run: RunSnapshot): RunSnapshot {
  return run.container === undefined ? run : without(run, 'container');
}

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const copy = { ...value };
  Reflect.deleteProperty(copy, key);
  return copy;
}
