import type { KeyFigures, OutcomeKind, RunPhase, RunProgress, RunState } from '../lean/run';
import type { ResultOrder, SeriesType } from '../lean/result';

export type { ResultOrder } from '../lean/result';

/** One series on its way to a page; buffers hold Float64 values of equal length, times in unix seconds UTC. */
export interface SeriesMessage {
  readonly name: string;
  readonly unit: string;
  readonly type: SeriesType;
  readonly index: number;
  readonly color?: string;
  readonly times: ArrayBuffer;
  readonly values: ArrayBuffer;
  readonly open?: ArrayBuffer;
  readonly high?: ArrayBuffer;
  readonly low?: ArrayBuffer;
}

export interface ChartMessage {
  readonly name: string;
  readonly series: readonly SeriesMessage[];
}

/** The head of the page: everything but the heavy parts. A whole snapshot, never a difference. */
export interface ResultHead {
  readonly runId: string;
  readonly title: string;
  readonly projectName: string;
  readonly folderName: string;
  readonly state: RunState;
  readonly phase: RunPhase;
  readonly outcomeKind?: OutcomeKind;
  readonly outcomeMessage?: string;
  readonly outcomeDetails?: string;
  /** Shown as a link that opens the source. 1-based. */
  readonly outcomeLocation?: { readonly file: string; readonly line?: number };
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly image?: string;
  readonly leanVersion?: string;
  /** The engine said that it is a stand-in for tests: results are replayed, not computed. */
  readonly standIn: boolean;
  readonly progress: RunProgress;
  readonly figures: KeyFigures;
  readonly partial: boolean;
  readonly accountCurrency: string;
  readonly runtimeStatistics: readonly (readonly [string, string])[];
  /** Groups as LEAN writes them: title and name → text. */
  readonly statistics: readonly { readonly title: string; readonly rows: readonly (readonly [string, string])[] }[];
  readonly parameters: Readonly<Record<string, string>>;
  /** What a person should doubt: missing data, few trades, unreadable parts. */
  readonly warnings: readonly string[];
  readonly hasCodeSnapshot: boolean;
  readonly canRunAgain: boolean;
  /** Absolute run folder: the page remembers it, so that it can be restored after a reload. */
  readonly folder?: string;
  /** The algorithm's time zone (IANA), where it could be found; else times are shown in UTC. */
  readonly timeZone?: string;
  /** LEAN's own doubts about the backtest. */
  readonly analysis?: readonly { readonly name: string; readonly issue: string; readonly solutions: readonly string[] }[];
  /** The plan of the launch is known and can be shown. */
  readonly hasPlan?: boolean;
}

/** What the page remembers by itself; also what a panel is restored from. */
export interface ResultPageState {
  readonly folder: string;
  readonly runId: string;
  readonly tab: string;
  readonly chart: string;
  readonly log: boolean;
  readonly candles: boolean;
  readonly benchmark: boolean;
  readonly marks: boolean;
  readonly zoom: readonly [number, number] | null;
}

export interface LogLineMessage {
  readonly level: 'trace' | 'debug' | 'error' | 'none';
  readonly text: string;
}

/** Extension host → result page. */
export type ResultHostMessage =
  | { readonly type: 'head'; readonly head: ResultHead }
  | { readonly type: 'charts'; readonly revision: number; readonly charts: readonly ChartMessage[] }
  | { readonly type: 'orders'; readonly revision: number; readonly orders: readonly ResultOrder[] }
  /** `reset` starts over; else the lines follow those sent before. */
  | { readonly type: 'log'; readonly reset: boolean; readonly lines: readonly LogLineMessage[] }
  | { readonly type: 'loading'; readonly text: string; readonly fraction?: number }
  | { readonly type: 'error'; readonly title: string; readonly message: string; readonly action?: PageAction };

/** What buttons of the page ask for. */
export type PageAction =
  | 'open-folder'
  | 'open-code-snapshot'
  | 'run-again'
  | 'stop'
  | 'show-log'
  | 'show-plan'
  | 'open-result-file'
  | 'reload';

/** Result page → extension host. */
export type ResultPageMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'action'; readonly action: PageAction }
  | { readonly type: 'open-location'; readonly file: string; readonly line?: number }
  | { readonly type: 'save'; readonly suggestedName: string; readonly content: string | ArrayBuffer }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'problem'; readonly message: string };
