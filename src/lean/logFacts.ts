import type { SourceLocation } from '../base/errors';
import type { RunPhase, RunProblem } from './run';

/** What kind of trouble a log tells of. */
export type LogErrorKind =
  | 'runtime'
  | 'initialization'
  | 'syntax'
  | 'import'
  | 'algorithm-not-found'
  | 'data-missing'
  | 'out-of-memory'
  | 'abort'
  | 'build'
  | 'packages';

/** The error that ended a run, as the log tells it, for people. */
export interface LogError {
  readonly kind: LogErrorKind;
  /** One line, container paths replaced. */
  readonly message: string;
  readonly location?: SourceLocation;
  /** Whole text, host paths. */
  readonly details: string;
  /** Algorithm's time zone read as UTC, unix seconds. */
  readonly algorithmTime?: number;
}

/** How fast the engine says it was. */
export interface LogSpeed {
  readonly seconds: number;
  readonly dataPoints: number;
  /** From the two above: the engine's own figure is rounded to thousands. */
  readonly pointsPerSecond?: number;
}

/** Everything a run's console says about the run. Immutable. */
export interface LogFacts {
  readonly lineCount: number;
  /** The furthest phase reached, and all in their order. */
  readonly phase: RunPhase | undefined;
  readonly phases: readonly RunPhase[];
  /** `Dates:` of the engine: algorithm's time zone read as UTC, unix seconds; the end is the midnight after the last day. */
  readonly range: { readonly start: number; readonly end: number } | undefined;
  /** Console stamp of the moment when the range itself began to be simulated, warm-up done, read as UTC, unix milliseconds. */
  readonly runningSince: number | undefined;
  /** Latest algorithm time in the algorithm's own lines: its time zone read as UTC, unix seconds. */
  readonly simulatedTo: number | undefined;
  readonly statistics: readonly (readonly [name: string, text: string])[];
  readonly orderListHash: string | undefined;
  readonly speed: LogSpeed | undefined;
  /** "Analysis Completed and Results Posted." */
  readonly posted: boolean;
  /** The engine left its main loop for good: every file is written. */
  readonly exiting: boolean;
  /** "Algorithm state changed to Stopped". */
  readonly stopped: boolean;
  /** SIGINT reached the engine. */
  readonly interrupted: boolean;
  /** A Quit command reached the engine. */
  readonly quitCommand: boolean;
  /** Message of `Quit()`; empty when it gave none. */
  readonly quitMessage: string | undefined;
  readonly error: LogError | undefined;
  /** Compiler errors and warnings, tracebacks, runtime errors; without doubles, host paths. */
  readonly problems: readonly RunProblem[];
  readonly engineVersion: string | undefined;
  readonly standIn: boolean;
  /** Container path that the start script did not find. */
  readonly notVisible: string | undefined;
  /** How many lines looked like trouble and are known to be harmless. */
  readonly harmlessErrors: number;
}

/** What is known before the first line. */
export const NO_FACTS: LogFacts = {
  lineCount: 0,
  phase: undefined,
  phases: [],
  range: undefined,
  runningSince: undefined,
  simulatedTo: undefined,
  statistics: [],
  orderListHash: undefined,
  speed: undefined,
  posted: false,
  exiting: false,
  stopped: false,
  interrupted: false,
  quitCommand: false,
  quitMessage: undefined,
  error: undefined,
  problems: [],
  engineVersion: undefined,
  standIn: false,
  notVisible: undefined,
  harmlessErrors: 0,
};
