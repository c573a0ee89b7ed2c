import { watch as watchFolder, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, type Clock } from '../base/clock';
import { toDisposable, type Disposable } from '../base/disposable';
import { errorCode } from '../base/errors';
import type { Logger } from '../base/logger';
import type { RunEvent } from '../lean/events';
import type { LaunchPlan } from '../lean/plan';
import type { ResultFolderPort } from '../lean/ports';
import type { ResultSummary } from '../lean/resultSummary';
import { isHalfWritten } from './resultFolder';
import type { ResultReader } from './resultReader';

type ResultsEvent = Extract<RunEvent, { type: 'results' }>;

export interface ResultWatchOptions {
  readonly reader: Pick<ResultReader, 'summarize'>;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** How often the file is looked at where the file system tells nothing (network drives, some mounts). Default 1500 ms. */
  readonly pollMs?: number;
  /** How long a burst of changes must rest before the file is read. Default 150 ms. */
  readonly settleMs?: number;
}

/** The reading half of ResultFolderPort. */
export function createResultWatch(options: ResultWatchOptions): Pick<ResultFolderPort, 'watch' | 'read'> {
  const clock = options.clock ?? systemClock;
  return {
    watch: (plan, onResults) => watchResults(plan, onResults, options, clock),
    read: async (folder, algorithmId) => {
      const summary = await options.reader.summarize(folder, algorithmId);
      return summary === undefined ? undefined : toEvent(summary, clock);
    },
  };
}

function toEvent(summary: ResultSummary, clock: Clock): ResultsEvent {
  return {
    type: 'results',
    figures: summary.figures,
    ...(summary.simulatedFrom === undefined ? {} : { simulatedFrom: summary.simulatedFrom }),
    ...(summary.simulatedTo === undefined ? {} : { simulatedTo: summary.simulatedTo }),
    ...(summary.status === '' ? {} : { status: summary.status }),
    ...(summary.runtimeError === '' ? {} : { runtimeError: summary.runtimeError }),
    at: clock.now(),
  };
}

function watchResults(plan: LaunchPlan, onResults: (event: ResultsEvent) => void, options: ResultWatchOptions, clock: Clock): Disposable {
  const { folder } = plan.output;
  const file = join(folder, `${plan.algorithmId}.json`);
  const stop = new AbortController();
  let watcher: FSWatcher | undefined;
  let settle: NodeJS.Timeout | undefined;
  /** Size and time of what was last read; a file that did not change is not read again. */
  let seen = '';
  /** The same of a failed reading: twice the same fault, and it waits for a change. */
  let failed = '';
  /** The fault that was told last: the poll would tell it for ever. */
  let said = '';
  let busy = false;
  let again = false;

  const readChanged = async (): Promise<void> => {
    const stamp = await stampOf(file);
    if (stamp === undefined || stamp === seen || stop.signal.aborted) return;
    const summary = await options.reader.summarize(folder, plan.algorithmId, stop.signal).catch((error: unknown) => {
      if (failed === stamp) seen = stamp;
      failed = stamp;
      throw error;
    });
    seen = stamp;
    if (summary !== undefined && !isAborted(stop.signal)) onResults(toEvent(summary, clock));
  };
  const look = async (): Promise<void> => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      await readChanged();
    } catch (error) {
      if (isAborted(stop.signal)) return;
      // LEAN is just writing: the poll looks again. Anything else is worth a line, and may heal as well.
      const fault = String(error);
      if (!isHalfWritten(error) && fault !== said) options.logger.warn(`Result of ${plan.runId} could not be read: ${fault}`);
      said = fault;
    } finally {
      busy = false;
    }
    if (again && !isAborted(stop.signal)) {
      again = false;
      schedule();
    }
  };
  const schedule = (): void => {
    clearTimeout(settle);
    settle = setTimeout(() => void look(), options.settleMs ?? 150);
    settle.unref();
  };
  const poll = setInterval(() => {
    watcher ??= tryWatch(folder, (name) => {
      if (name === null || name === `${plan.algorithmId}.json`) schedule();
    }, () => { watcher = undefined; });
    void look();
  }, options.pollMs ?? 1500);
  poll.unref();
  schedule();
  return toDisposable(() => {
    stop.abort();
    clearInterval(poll);
    clearTimeout(settle);
    watcher?.close();
  });
}

/** Read anew each time: it changes while awaiting. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function stampOf(file: string): Promise<string | undefined> {
  try {
    const { size, mtimeMs } = await stat(file);
    return `${size}:${mtimeMs}`;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Watches the one folder; undefined where it is not there yet or the system has no watches left: polling goes on. */
function tryWatch(folder: string, onChange: (name: string | null) => void, onGone: () => void): FSWatcher | undefined {
  try {
    const watcher = watchFolder(folder, { persistent: false }, (_kind, name) => onChange(name));
    watcher.on('error', () => {
      watcher.close();
      onGone();
    });
    return watcher;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
