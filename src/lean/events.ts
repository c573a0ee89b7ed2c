import type { WorkbenchError } from '../base/errors';
import type { KeyFigures, Outcome, RunPhase } from './run';

/** One layer of an image being pulled. Bytes. */
export interface PullProgress {
  readonly text: string;
  readonly current: number;
  readonly total: number;
}

/** What an engine says while it carries out a plan, in order. `at` is unix milliseconds. */
export type RunEvent =
  | { readonly type: 'phase'; readonly phase: RunPhase; readonly at: number }
  | { readonly type: 'pull'; readonly progress: PullProgress; readonly at: number }
  | { readonly type: 'created'; readonly containerId: string; readonly name: string; readonly at: number }
  | { readonly type: 'started'; readonly at: number }
  /**
   * Whole console lines without line ends, stdout and stderr in their order, container paths still inside.
   * `offset` is how many bytes of the container's console are done with after them (markers included): what `Engine.adopt` takes.
   */
  | { readonly type: 'lines'; readonly lines: readonly string[]; readonly offset?: number; readonly at: number }
  /** The result files changed; figures, and the first and last time of the equity, where they could be read. Unix seconds UTC. */
  | {
      readonly type: 'results';
      readonly figures?: KeyFigures;
      readonly simulatedFrom?: number;
      readonly simulatedTo?: number;
      readonly status?: string;
      readonly runtimeError?: string;
      readonly at: number;
    }
  | { readonly type: 'stop-requested'; readonly force: boolean; readonly at: number }
  /**
   * The process is gone. `code` is the container's exit code. `endedByUs`: the plan's end marker was seen and the engine
   * ended the process itself, so `code` says nothing about the run.
   */
  | { readonly type: 'exited'; readonly code: number; readonly outOfMemory: boolean; readonly endedByUs?: boolean; readonly at: number }
  /** The container vanished or the engine host went away before an exit could be seen. */
  | { readonly type: 'lost'; readonly message: string; readonly at: number }
  /** The launch failed before LEAN ran. */
  | { readonly type: 'launch-failed'; readonly error: WorkbenchError; readonly at: number }
  | { readonly type: 'outcome'; readonly outcome: Outcome; readonly at: number };
