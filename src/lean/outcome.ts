import type { SourceLocation } from '../base/errors';
import type { LogError, LogFacts } from './logFacts';
import { readErrorEntry } from './logErrors';
import type { AlgorithmLanguage, RunKind } from './model';
import { START_EXIT } from './plan';
import type { Outcome, OutcomeKind, RunState } from './run';
import { baseName } from './sourcePaths';

/** What is known of a run's end. */
export interface OutcomeSigns {
  readonly kind: RunKind;
  readonly language: AlgorithmLanguage;
  readonly facts: LogFacts;
  /** The container's exit code; absent while the process lives (results posted) or was never seen to end. */
  readonly exitCode?: number;
  readonly outOfMemory?: boolean;
  /** What a person asked for before the end. */
  readonly stop: 'none' | 'graceful' | 'forced';
  /** `state.Status` and `state.RuntimeError` of the result file, where read. */
  readonly resultStatus?: string;
  readonly resultError?: string;
  /** Kept as details when nothing else tells why. */
  readonly lastLines: readonly string[];
}

const NAMES: Readonly<Record<RunKind, string>> = { backtest: 'Backtest', live: 'Live deployment', optimization: 'Optimization' };
/** Exit codes of a process that a signal ended: 128 + signal (contract: engine.md, "Exit codes"). */
const ABORTED = 134;
const KILLED = [137, 143] as const;

/** How a run ended, from its exit code and what it said. Pure. */
export function decideOutcome(signs: OutcomeSigns): Outcome {
  const found = decide(signs);
  return signs.exitCode === undefined ? found : { ...found, exitCode: signs.exitCode };
}

/** The state that an outcome leads to. */
export function stateOf(outcome: Outcome): RunState {
  switch (outcome.kind) {
    case 'success':
    case 'quit':
      return 'completed';
    case 'stopped':
    case 'killed':
      return 'stopped';
    case 'container-lost':
      return 'lost';
    case 'unknown':
      return outcome.exitCode === undefined ? 'unknown' : 'failed';
    default:
      return 'failed';
  }
}

function decide(signs: OutcomeSigns): Outcome {
  const { facts, exitCode, stop } = signs;
  const name = NAMES[signs.kind];
  const lower = name.toLowerCase();
  if (signs.outOfMemory === true) return outcome('out-of-memory', `${name} ended: the container ran out of memory.`, lastLines(signs));
  const early = exitCode === undefined ? undefined : startScriptOutcome(exitCode, signs, name);
  if (early !== undefined) return early;
  const error = facts.error ?? errorOfResult(signs);
  if (error !== undefined && endsRun(error, signs)) return errorOutcome(error, signs, name);
  if (exitCode === ABORTED) return outcome('abort', `${name} failed: LEAN aborted (exit code ${ABORTED}).`, lastLines(signs));
  const killed = exitCode !== undefined && KILLED.some((code) => code === exitCode);
  if (killed && !facts.posted) {
    if (stop !== 'none') return outcome('killed', `${name} was killed before LEAN had written its results.`);
    const hint = exitCode === KILLED[0] ? ' This often means that the machine ran out of memory.' : '';
    return outcome('killed', `${name} was killed from outside (exit code ${exitCode}).${hint}`, lastLines(signs));
  }
  if (facts.quitMessage !== undefined) {
    const said = facts.quitMessage === '' ? '' : `: ${facts.quitMessage}`;
    return outcome('quit', `The algorithm ended the ${lower} with Quit()${said}${fullStop(said)}`);
  }
  if (facts.quitCommand) return outcome('stopped', `${name} was stopped by a command.`);
  if (facts.interrupted || facts.stopped) return outcome('stopped', `${name} was stopped.`);
  if (stop !== 'none' && !facts.posted) {
    return outcome('stopped', facts.engineVersion === undefined ? `${name} was stopped before LEAN had started.` : `${name} was stopped.`);
  }
  if (exitCode !== undefined && exitCode !== 0 && !facts.posted) return unexplained(signs, name);
  if (facts.posted || ((exitCode === 0 || facts.exiting) && signs.resultStatus === 'Completed')) return outcome('success', `${name} completed.`);
  return unexplained(signs, name);
}

function startScriptOutcome(code: number, signs: OutcomeSigns, name: string): Outcome | undefined {
  const { error } = signs.facts;
  switch (code) {
    case START_EXIT.deliveryFailed:
      return outcome('launch-failed', `${name} did not start: the image did not take its files through standard input.`, lastLines(signs));
    case START_EXIT.notVisible: {
      const path = signs.facts.notVisible;
      const what = path === undefined ? 'a folder of the project' : `'${path}'`;
      return outcome('launch-failed', `${name} did not start: the container does not see ${what}.`, lastLines(signs));
    }
    case START_EXIT.noDotnet:
      return outcome('launch-failed', `${name} did not start: the image has no LEAN engine (dotnet is missing).`, lastLines(signs));
    case START_EXIT.packagesFailed:
      return failure('packages-error', `Python packages could not be installed`, error, signs);
    case START_EXIT.buildFailed:
      return failure('build-error', `Build failed`, error, signs);
    case START_EXIT.syntaxError:
      return failure('syntax-error', `Syntax error`, error, signs);
    default:
      return undefined;
  }
}

/** A build or packages error of the log ends a run only when the process then fails. */
function endsRun(error: LogError, signs: OutcomeSigns): boolean {
  if (error.kind !== 'build' && error.kind !== 'packages') return true;
  return signs.exitCode !== undefined && signs.exitCode !== 0 && signs.facts.engineVersion === undefined;
}

function errorOutcome(error: LogError, signs: OutcomeSigns, name: string): Outcome {
  switch (error.kind) {
    case 'runtime': {
      const when = error.algorithmTime === undefined ? '' : ` at ${stamp(error.algorithmTime)}`;
      return failure('runtime-error', `${name} failed${when}`, error, signs);
    }
    case 'initialization':
      return failure('initialization-error', `${name} failed in ${signs.language === 'Python' ? 'initialize' : 'Initialize'}`, error, signs);
    case 'syntax':
      return failure('syntax-error', 'Syntax error', error, signs);
    case 'import':
      return failure('import-error', 'Import failed', error, signs);
    case 'algorithm-not-found':
      return failure('algorithm-not-found', `${name} failed`, error, signs);
    case 'data-missing':
      return failure('data-missing', `${name} failed: market data is missing`, error, signs);
    case 'out-of-memory':
      return failure('out-of-memory', `${name} ran out of memory`, error, signs);
    case 'abort':
      return failure('abort', `${name} failed: LEAN aborted`, error, signs);
    case 'build':
      return failure('build-error', 'Build failed', error, signs);
    case 'packages':
      return failure('packages-error', 'Python packages could not be installed', error, signs);
  }
}

function failure(kind: OutcomeKind, what: string, error: LogError | undefined, signs: OutcomeSigns): Outcome {
  if (error === undefined) return outcome(kind, `${what}.`, lastLines(signs));
  const place = placeOf(error.location);
  const message = `${what}: ${place === '' ? error.message : error.message.replace(/\.$/, '') + place}`;
  return outcome(kind, message, error.details, error.location);
}

function errorOfResult(signs: OutcomeSigns): LogError | undefined {
  const text = signs.resultError;
  if (text === undefined || text === '') {
    return signs.resultStatus === 'RuntimeError' ? { kind: 'runtime', message: 'LEAN reported a runtime error', details: '' } : undefined;
  }
  const entry = readErrorEntry(text.split('\n'));
  if (entry === undefined) return { kind: 'runtime', message: text.split('\n')[0] ?? text, details: text };
  return {
    kind: entry.kind,
    message: entry.message,
    details: text,
    ...(entry.algorithmTime !== undefined && { algorithmTime: entry.algorithmTime }),
  };
}

function unexplained(signs: OutcomeSigns, name: string): Outcome {
  const code = signs.exitCode === undefined ? '' : ` (exit code ${signs.exitCode})`;
  const when = signs.facts.engineVersion === undefined ? 'before LEAN said anything' : 'without saying why';
  return outcome('unknown', `${name} ended ${when}${code}.`, lastLines(signs));
}

function outcome(kind: OutcomeKind, message: string, details?: string, location?: SourceLocation): Outcome {
  return {
    kind,
    message,
    ...(details !== undefined && details !== '' && { details }),
    ...(location !== undefined && { location }),
  };
}

function lastLines(signs: OutcomeSigns): string {
  return signs.lastLines.join('\n');
}

/** ` (main.py:8)` */
function placeOf(location: SourceLocation | undefined): string {
  if (location === undefined) return '';
  return ` (${baseName(location.file)}${location.line === undefined ? '' : `:${location.line}`})`;
}

/** Algorithm time as LEAN writes it. */
function stamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/** A sentence ends with a point unless the algorithm's own words already did. */
function fullStop(said: string): string {
  return /[.!?]$/.test(said) ? '' : '.';
}
