import { delay, type Clock } from '../../base/clock';
import { t } from '../../base/l10n';
import type { Logger } from '../../base/logger';
import type { RunEvent } from '../../lean/events';
import type { LaunchPlan } from '../../lean/plan';
import { ChunkReader } from './chunkReader';
import { until, type DockerClient, type DockerContainer } from './client';
import { ConsoleInterpreter } from './console';
import { engineMessage, statusOf } from './errors';
import { FrameDecoder } from './frames';
import { LineSplitter } from './lines';
import type { Marker } from './markers';
import { count, field, text } from './read';

export interface FollowOptions {
  readonly docker: DockerClient;
  readonly containerId: string;
  readonly plan: LaunchPlan;
  /** Bytes of the console that were handled before. */
  readonly offset: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly onMarker: (marker: Marker) => void;
  /** Milliseconds to look for an engine that went away, before the run is called lost. */
  readonly patience: number;
}

export type FollowEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly outOfMemory: boolean; readonly endedByUs: boolean; readonly lastLine: string }
  | { readonly kind: 'lost'; readonly message: string }
  /** The signal ended the following; the run goes on. */
  | { readonly kind: 'left' };

/** After the process is gone, silence of this long on its stream means that the stream's end got lost. Milliseconds. */
const END_SILENCE = 3_000;

/** How long an engine may take to note an exit after the stream's end. Milliseconds. */
const NOTE_EXIT = 2_000;

type State = { readonly kind: 'running' } | { readonly kind: 'exited'; readonly code: number; readonly outOfMemory: boolean } | { readonly kind: 'gone'; readonly message: string };

/**
 * Tells what a started container says until its process ends. @param attached the stream of an attach that was made before
 * the start; without one, `logs` is read from `offset` on. Broken connections are mended from `logs`, nothing is told twice.
 */
export async function* follow(options: FollowOptions, attached: ChunkReader | undefined): AsyncGenerator<RunEvent, FollowEnd> {
  const { docker, containerId, plan, signal } = options;
  const container = docker.getContainer(containerId);
  const ending = new Ending(container, options.logger);
  const console = new ConsoleInterpreter({
    offset: options.offset,
    endMarker: plan.endMarker,
    now: () => options.clock.now(),
    onMarker: options.onMarker,
    onEndMarker: () => ending.kill(),
  });
  let reader = attached;
  if (attached !== undefined) console.goOn();
  for (;;) {
    reader ??= await openLogs(container, options);
    if (reader !== undefined) {
      const guard = guardEnd(container, reader, signal);
      try {
        for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
          guard.heard();
          yield* console.push(chunk);
        }
        await guard.gone();
      } finally {
        guard.stop();
        reader.destroy();
      }
    }
    if (signal.aborted) return { kind: 'left' };
    const state = await settle(container, options);
    if (state === undefined) return { kind: 'left' };
    if (state.kind === 'gone') {
      yield* console.end();
      return { kind: 'lost', message: state.message };
    }
    if (state.kind === 'exited') {
      yield* missingLines(container, console, options);
      yield* console.end();
      return { ...state, endedByUs: await ending.wasOurs(state.code), lastLine: console.lastLine };
    }
    options.logger.debug(`The console of ${containerId.slice(0, 12)} broke off; reading on from its log at ${console.received}.`);
    reader = undefined;
    console.startOver();
  }
}

/** Ends the process once everything is written, and remembers that it was us. */
class Ending {
  readonly #container: DockerContainer;
  readonly #logger: Logger;
  #kill: Promise<boolean> | undefined;

  constructor(container: DockerContainer, logger: Logger) {
    this.#container = container;
    this.#logger = logger;
  }

  kill(): void {
    this.#kill ??= this.#container.kill({ signal: 'SIGKILL' }).then(
      () => true,
      (error: unknown) => {
        // Already gone is what we wanted.
        if (statusOf(error) !== 409 && statusOf(error) !== 404) this.#logger.warn(`A finished run could not be ended: ${engineMessage(error)}`);
        return false;
      },
    );
  }

  async wasOurs(code: number): Promise<boolean> {
    return (await this.#kill) === true && code === 137;
  }
}

interface Guard {
  /** To be called with each chunk. */
  heard(): void;
  /** Resolves once the process is known to be gone, or nothing can be known, or after a while. */
  gone(): Promise<void>;
  stop(): void;
}

/** Lets a stream go that never ends though its process did. */
function guardEnd(container: DockerContainer, reader: ChunkReader, signal: AbortSignal): Guard {
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let gone = false;
  const arm = (): void => {
    clearTimeout(timer);
    if (!stopped.signal.aborted) timer = setTimeout(() => reader.destroy(), END_SILENCE);
  };
  const onAbort = (): void => reader.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const waited = container.wait(until(stopped.signal)).then(
    () => {
      gone = true;
      arm();
    },
    // A broken wait says nothing; the stream's own end will be looked into.
    () => undefined,
  );
  return {
    heard: () => {
      if (gone) arm();
    },
    gone: () => Promise.race([waited, delay(NOTE_EXIT, AbortSignal.any([stopped.signal, signal])).catch(() => undefined)]),
    stop: () => {
      stopped.abort();
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

async function openLogs(container: DockerContainer, options: FollowOptions): Promise<ChunkReader | undefined> {
  try {
    const stream = await container.logs({ follow: true, stdout: true, stderr: true, ...until(options.signal) });
    return new ChunkReader(stream);
  } catch (error) {
    if (!options.signal.aborted) options.logger.warn(`The log of ${options.containerId.slice(0, 12)} cannot be read: ${engineMessage(error)}`);
    return undefined;
  }
}

/**
 * What became of the container once its stream ended: waits for an exit that is about to show, and for an engine that went
 * away to come back. Undefined when the signal ended the waiting.
 */
async function settle(container: DockerContainer, options: FollowOptions): Promise<State | undefined> {
  const { signal, clock } = options;
  const deadline = clock.now() + options.patience;
  let seenRunning = 0;
  for (let pause = 20; ; pause = Math.min(pause * 2, 2_000)) {
    if (signal.aborted) return undefined;
    let message: string;
    try {
      const facts = await container.inspect(until(AbortSignal.any([signal, AbortSignal.timeout(10_000)])));
      const state = stateOf(facts);
      // The stream ends a moment before the engine notes the exit.
      if (state.kind !== 'running' || ++seenRunning > 2) return state;
      message = t('still running');
    } catch (error) {
      if (statusOf(error) === 404) return { kind: 'gone', message: t('The container was removed by somebody else while it ran.') };
      message = engineMessage(error);
      seenRunning = 0;
    }
    if (clock.now() > deadline) return { kind: 'gone', message: t('The engine went away while the run went on, and did not come back: {0}', message) };
    try {
      await delay(pause, signal);
    } catch {
      return undefined;
    }
  }
}

function stateOf(facts: unknown): State {
  const status = text(facts, 'State', 'Status');
  const running = field(facts, 'State', 'Running') === true || status === 'restarting' || status === 'paused' || status === 'stopping';
  if (running) return { kind: 'running' };
  return { kind: 'exited', code: count(facts, 'State', 'ExitCode'), outOfMemory: field(facts, 'State', 'OOMKilled') === true };
}

/** How often the log of a container that ended is read again when a connection breaks, or the engine ends it too early. */
const READ_AGAIN = 5;

/** Compares the log's last line with ours, and tells what the stream lost. */
async function* missingLines(container: DockerContainer, console: ConsoleInterpreter, options: FollowOptions): AsyncGenerator<RunEvent> {
  for (let attempt = 0; attempt < READ_AGAIN; attempt++) {
    if (options.signal.aborted || (await isComplete(container, console, options))) return;
    options.logger.debug(`The stream of ${options.containerId.slice(0, 12)} lost its end; reading it from the log.`);
    const reader = await openLogs(container, options);
    if (reader === undefined) continue;
    const before = console.received;
    console.startOver();
    try {
      for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) yield* console.push(chunk);
    } finally {
      reader.destroy();
    }
    // Twice nothing new: the log does not hold more (as after a former session that heard all).
    if (attempt > 0 && reader.complete && console.received === before) return;
  }
  options.logger.warn(`The last lines of ${options.containerId.slice(0, 12)} may be missing: its log could not be read to its end.`);
}

async function isComplete(container: DockerContainer, console: ConsoleInterpreter, options: FollowOptions): Promise<boolean> {
  let reader: ChunkReader;
  try {
    reader = new ChunkReader(await container.logs({ follow: true, stdout: true, stderr: true, tail: 1, ...until(options.signal) }));
  } catch (error) {
    options.logger.debug(`The log cannot be compared: ${engineMessage(error)}`);
    // An engine that answers that its logs cannot be read has no more to tell; one that does not answer may.
    return statusOf(error) !== undefined;
  }
  const decoder = new FrameDecoder();
  const splitter = new LineSplitter();
  let last: string | undefined;
  try {
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      for (const piece of decoder.decode(chunk)) last = splitter.push(piece.data).at(-1) ?? last;
    }
    last = splitter.end().at(-1) ?? last;
  } finally {
    reader.destroy();
  }
  if (!reader.complete) return false;
  if (last === undefined) return console.received === 0;
  // The engine's last entry may be the rest of a long line.
  return last === '' ? console.lastLine === '' : console.lastLine.endsWith(last);
}
