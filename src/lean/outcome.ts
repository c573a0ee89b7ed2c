import type { SourceLocation } from '../base/errors';
import { t } from '../base/l10n';
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

const names = (): Readonly<Record<RunKind, string>> => ({ backtest: t('Backtest'), live: t('Live deployment'), optimization: t('Optimization') });
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
  const name = names()[signs.kind];
  if (signs.outOfMemory === true) return outcome('out-of-memory', t('{0} ended: the container ran out of memory.', name), lastLines(signs));
  const early = exitCode === undefined ? undefined : startScriptOutcome(exitCode, signs, name);
  if (early !== undefined) return early;
  const error = facts.error ?? errorOfResult(signs);
  if (error !== undefined && endsRun(error, signs)) return errorOutcome(error, signs, name);
  if (exitCode === ABORTED) return outcome('abort', t('{0} failed: LEAN aborted (exit code {1}).', name, ABORTED), lastLines(signs));
  const killed = exitCode !== undefined && KILLED.some((code) => code === exitCode);
  if (killed && !facts.posted) {
    if (stop !== 'none') return outcome('killed', t('{0} was killed before LEAN had written its results.', name));
    const hint = exitCode === KILLED[0] ? t(' This often means that the machine ran out of memory.') : '';
    return outcome('killed-from-outside', t('{0} was killed from outside (exit code {1}).{2}', name, exitCode, hint), lastLines(signs));
  }
  if (facts.quitMessage !== undefined) {
    const said = facts.quitMessage === '' ? '' : `: ${facts.quitMessage}`;
    return outcome('quit', quitMessage(signs.kind, `${said}${fullStop(said)}`));
  }
  if (facts.quitCommand) return outcome('stopped', t('{0} was stopped by a command.', name));
  if (facts.interrupted || facts.stopped) return outcome('stopped', t('{0} was stopped.', name));
  if (stop !== 'none' && !facts.posted) {
    return outcome('stopped', facts.engineVersion === undefined ? t('{0} was stopped before LEAN had started.', name) : t('{0} was stopped.', name));
  }
  if (exitCode !== undefined && exitCode !== 0 && !facts.posted) return unexplained(signs, name);
  if (facts.posted || ((exitCode === 0 || facts.exiting) && signs.resultStatus === 'Completed')) return outcome('success', t('{0} completed.', name));
  return unexplained(signs, name);
}

function startScriptOutcome(code: number, signs: OutcomeSigns, name: string): Outcome | undefined {
  const { error } = signs.facts;
  switch (code) {
    case START_EXIT.deliveryFailed:
      return outcome('launch-failed', t('{0} did not start: the image did not take its files through standard input.', name), lastLines(signs));
    case START_EXIT.notVisible: {
      const path = signs.facts.notVisible;
      const what = path === undefined ? t('a folder of the project') : `'${path}'`;
      return outcome('launch-failed', t('{0} did not start: the container does not see {1}.', name, what), lastLines(signs));
    }
    case START_EXIT.noDotnet:
      return outcome('launch-failed', t('{0} did not start: the image has no LEAN engine (dotnet is missing).', name), lastLines(signs));
    case START_EXIT.packagesFailed:
      return failure('packages-error', t('Python packages could not be installed'), error, signs);
    case START_EXIT.buildFailed:
      return failure('build-error', t('Build failed'), error, signs);
    case START_EXIT.syntaxError:
      return failure('syntax-error', t('Syntax error'), error, signs);
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
      const when = error.algorithmTime === undefined ? '' : t(' at {0}', stamp(error.algorithmTime));
      return failure('runtime-error', t('{0} failed{1}', name, when), error, signs);
    }
    case 'initialization':
      return failure('initialization-error', t('{0} failed in {1}', name, signs.language === 'Python' ? 'initialize' : 'Initialize'), error, signs);
    case 'syntax':
      return failure('syntax-error', t('Syntax error'), error, signs);
    case 'import':
      return failure('import-error', t('Import failed'), error, signs);
    case 'algorithm-not-found':
      return failure('algorithm-not-found', t('{0} failed', name), error, signs);
    case 'data-missing':
      return failure('data-missing', t('{0} failed: market data is missing', name), error, signs);
    case 'out-of-memory':
      return failure('out-of-memory', t('{0} ran out of memory', name), error, signs);
    case 'abort':
      return failure('abort', t('{0} failed: LEAN aborted', name), error, signs);
    case 'build':
      return failure('build-error', t('Build failed'), error, signs);
    case 'packages':
      return failure('packages-error', t('Python packages could not be installed'), error, signs);
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
    return signs.resultStatus === 'RuntimeError' ? { kind: 'runtime', message: t('LEAN reported a runtime error'), details: '' } : undefined;
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
  const code = signs.exitCode === undefined ? '' : t(' (exit code {0})', signs.exitCode);
  const when = signs.facts.engineVersion === undefined ? t('before LEAN said anything') : t('without saying why');
  return outcome('unknown', t('{0} ended {1}{2}.', name, when, code), lastLines(signs));
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

function quitMessage(kind: RunKind, said: string): string {
  switch (kind) {
    case 'backtest':
      return t('The algorithm ended the backtest with Quit(){0}', said);
    case 'live':
      return t('The algorithm ended the live deployment with Quit(){0}', said);
    case 'optimization':
      return t('The algorithm ended the optimization with Quit(){0}', said);
  }
}

/** A sentence ends with a point unless the algorithm's own words already did. */
function fullStop(said: string): string {
  return /[.!?]$/.test(said) ? '' : '.';
}
