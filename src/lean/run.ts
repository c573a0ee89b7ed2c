import type { SourceLocation } from '../base/errors';
import type { RunKind } from './model';

/** What a person needs to know about where a run stands. */
export type RunState =
  | 'queued'
  | 'preparing'
  | 'running'
  | 'stopping'
  | 'completed'
  | 'failed'
  | 'stopped'
  /** Its container vanished or its folder has no sign of an end. */
  | 'lost'
  /** A folder made elsewhere whose result says nothing about its end. */
  | 'unknown';

/** States after which nothing changes any more. */
export function isFinal(state: RunState): boolean {
  return state === 'completed' || state === 'failed' || state === 'stopped' || state === 'lost' || state === 'unknown';
}

/** What the launch or the engine is doing, for progress texts. */
export type RunPhase =
  | 'waiting'
  | 'checking-image'
  | 'pulling'
  | 'creating'
  | 'starting'
  | 'packages'
  | 'compiling'
  | 'building'
  | 'loading'
  | 'initializing'
  | 'warming-up'
  | 'running'
  | 'writing-results'
  | 'ended';

/** How a run ended, told apart by exit code and signs (contract: engine.md, "Exit codes"). */
export type OutcomeKind =
  | 'success'
  /** `Quit()` in the algorithm. */
  | 'quit'
  /** Stopped by a person: SIGINT, or killed after the grace time. */
  | 'stopped'
  | 'killed'
  /** Killed by somebody or something else: the engine's host, another tool. */
  | 'killed-from-outside'
  | 'runtime-error'
  | 'initialization-error'
  | 'syntax-error'
  | 'import-error'
  | 'build-error'
  | 'packages-error'
  | 'algorithm-not-found'
  | 'data-missing'
  | 'out-of-memory'
  | 'abort'
  | 'launch-failed'
  | 'container-lost'
  | 'unknown';

export interface Outcome {
  readonly kind: OutcomeKind;
  /** One line for a person: what happened and why. */
  readonly message: string;
  readonly location?: SourceLocation;
  /** The stack or compiler output that belongs to it, host paths. */
  readonly details?: string;
  readonly exitCode?: number;
}

/**
 * Progress from what LEAN really gives; a field is absent while unknown. Times are UTC once a first result told the
 * algorithm's time zone; before that they are the algorithm's own clock.
 */
export interface RunProgress {
  /** Simulated range, unix seconds, from the `Dates:` line. */
  readonly rangeStart?: number;
  readonly rangeEnd?: number;
  /** Last chart time of the partial result or last algorithm time logged, unix seconds. */
  readonly simulatedTo?: number;
  /** 0 … 1, only from the two above. */
  readonly fraction?: number;
  readonly secondsLeft?: number;
  /** Data points per second, from LEAN's closing line. */
  readonly pointsPerSecond?: number;
  readonly dataPoints?: number;
}

/** Key figures as LEAN gives them: fractions (0.1243 = 12.43 %), account currency, counts. */
export interface KeyFigures {
  readonly netProfit?: number;
  readonly sharpeRatio?: number;
  readonly drawdown?: number;
  readonly totalOrders?: number;
  readonly totalFees?: number;
  readonly compoundingAnnualReturn?: number;
  readonly endEquity?: number;
  readonly capacity?: number;
}

export interface ContainerReference {
  readonly id: string;
  readonly name: string;
}

/** A message about the source, for Problems. Host paths; 1-based. */
export interface RunProblem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly code?: string;
  readonly source: 'python' | 'csharp' | 'lean';
  readonly location: SourceLocation;
}

/** All that views show of a run. Immutable; the store replaces it whole. */
export interface RunSnapshot {
  /** Ours: a UUID. Found on disk without one: the folder's path. */
  readonly id: string;
  readonly kind: RunKind;
  readonly workspaceFolder: string;
  readonly projectFolder: string;
  readonly projectName: string;
  /** Absolute output folder. */
  readonly folder: string;
  /** The person's name for it, else the folder's name. */
  readonly name: string;
  /** Who started it: us, or `lean` or somebody else. */
  readonly origin: 'workbench' | 'elsewhere';
  readonly state: RunState;
  readonly phase: RunPhase;
  /** Unix milliseconds. */
  readonly requestedAt: number;
  readonly startedAt?: number;
  /** When the results were posted, or the process ended without. Unix milliseconds. */
  readonly endedAt?: number;
  readonly algorithmId?: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly container?: ContainerReference;
  readonly progress: RunProgress;
  readonly outcome?: Outcome;
  readonly figures?: KeyFigures;
  readonly problems: readonly RunProblem[];
  /** Changes when result files on disk changed; pages reload on it. */
  readonly resultRevision: number;
  /** LEAN's version, from its log. */
  readonly leanVersion?: string;
  /** The engine said that it is a stand-in for tests: results are replayed, not computed. */
  readonly standIn?: boolean;
  /** Last console lines, newest last, at most 40; always kept. */
  readonly lastLines: readonly string[];
}
