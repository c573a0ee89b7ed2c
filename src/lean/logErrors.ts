import type { LogErrorKind } from './logFacts';
import { algorithmTimeOf, withoutAlgorithmTime } from './logGrammar';
import { framesIn, type Frame } from './sourcePaths';

/** An error entry of the log, understood but not yet mapped to the host. */
export interface ErrorEntry {
  readonly kind: LogErrorKind;
  readonly message: string;
  readonly frames: readonly Frame[];
  readonly lines: readonly string[];
  readonly algorithmTime?: number;
  /** Of several entries on one failure, the highest tells most. */
  readonly rank: number;
  /** Alone it proves nothing: an algorithm may print the same words. */
  readonly needsProof: boolean;
}

const INITIALIZATION = 'During the algorithm initialization, the following exception has occurred: ';
const INITIALIZE_ERROR = 'Algorithm.Initialize() Error: ';
const RUNTIME_ERROR = 'Runtime Error: ';
const SET_RUNTIME_ERROR = 'Extensions.SetRuntimeError()';
const UNHANDLED = 'Unhandled exception. ';

/** Whether an entry proves that the algorithm failed, whatever the algorithm itself prints. */
export function provesFailure(text: string): boolean {
  return text.startsWith(SET_RUNTIME_ERROR) || text.includes('Sending runtime error to user') || text.startsWith(INITIALIZE_ERROR);
}

/**
 * Understands an error entry (the head's text, then its continuation lines), or a `RuntimeError` of a result file.
 * Undefined when it tells of no failure of the run (an order error, the algorithm's own `error()`).
 */
export function readErrorEntry(lines: readonly string[]): ErrorEntry | undefined {
  const head = lines[0] ?? '';
  const { algorithmTime } = algorithmTimeOf(head);
  const said = withoutAlgorithmTime(head);
  const timed = algorithmTime === undefined ? {} : { algorithmTime };
  if (head.startsWith(UNHANDLED)) return entry(lines, abortKind(head), exceptionMessage(head.slice(UNHANDLED.length)), 3);
  const initialization = said.indexOf(INITIALIZATION);
  if (initialization >= 0 && !head.startsWith(SET_RUNTIME_ERROR)) {
    return { ...initializationEntry(lines, said.slice(initialization + INITIALIZATION.length)), ...timed };
  }
  if (said.startsWith(RUNTIME_ERROR)) {
    return { ...entry(lines, kindOf('runtime', said), cleanMessage(said.slice(RUNTIME_ERROR.length)), 2), ...timed, needsProof: true };
  }
  if (head.startsWith(SET_RUNTIME_ERROR)) return setRuntimeErrorEntry(lines);
  if (said.startsWith(INITIALIZE_ERROR)) {
    const message = cleanMessage(said.slice(INITIALIZE_ERROR.length));
    return entry(lines, kindOf('initialization', said), message, 2);
  }
  if (said.startsWith('Engine.Run(): ') || said.startsWith('Engine.Main(): ')) {
    const message = cleanMessage(exceptionMessage(said.slice(said.indexOf(': ') + 2).trimStart()));
    return message === '' ? undefined : entry(lines, kindOf('initialization', said), message, 1);
  }
  return undefined;
}

function entry(lines: readonly string[], kind: LogErrorKind, message: string, rank: number): ErrorEntry {
  return { kind, message, frames: framesIn(lines), lines, rank: kind === 'runtime' || kind === 'initialization' ? rank : rank + 2, needsProof: false };
}

function initializationEntry(lines: readonly string[], said: string): ErrorEntry {
  const python = /^Loader\.TryCreatePythonAlgorithm\(\): Unable to import python module (.+?\.\w+)\. (?:AlgorithmPythonWrapper\(\): )?(.*)$/.exec(said);
  if (python !== null) {
    const text = python[2] ?? '';
    const syntax = /^(.*?) \(([^()]+\.py), line (\d+)\)/.exec(text);
    if (syntax !== null) return entry(lines, 'syntax', syntax[1] ?? text, 2);
    return entry(lines, 'import', cleanMessage(text).replace(/ If it is a Python package, ensure it is installed in the environment\.$/, ''), 2);
  }
  return entry(lines, kindOf('initialization', said), cleanMessage(said), 2);
}

function setRuntimeErrorEntry(lines: readonly string[]): ErrorEntry {
  const text = (lines[0] ?? '').replace(/^.*? UTC\. Context: \S+ /, '');
  const inner = text.indexOf(INITIALIZATION);
  if (inner >= 0) return { ...initializationEntry(lines, text.slice(inner + INITIALIZATION.length)), rank: 1 };
  return entry(lines, kindOf('runtime', text), cleanMessage(exceptionMessage(text)), 1);
}

function kindOf(usual: LogErrorKind, text: string): LogErrorKind {
  if (text.includes('Algorithm type name not found')) return 'algorithm-not-found';
  if (/symbol-properties-database|market-hours-database|Unable to locate (?:symbol properties|exchange hours|market hours)/.test(text)) {
    return 'data-missing';
  }
  if (text.includes('System.OutOfMemoryException') || /^Runtime Error: (?:MemoryError|Insufficient memory to continue)/.test(text)) return 'out-of-memory';
  return usual;
}

function abortKind(text: string): LogErrorKind {
  return text.includes('System.OutOfMemoryException') ? 'out-of-memory' : 'abort';
}

/** `System.Exception: text` → `text`. */
function exceptionMessage(text: string): string {
  return text.replace(/^(?:[A-Za-z_]\w*[.+])+[A-Za-z_]\w*: /, '');
}

/** The message alone: without the place LEAN appends, what it repeats after that, and its stack. */
function cleanMessage(text: string): string {
  const own = text
    .replace(/ Stack Trace: .*$/, '')
    .replace(/ in [^:]*\.(?:cs|fs|vb):line \d+.*$/, '')
    .trim();
  const aggregate = /^One or more errors occurred\. \((.*)\)$/.exec(own);
  return aggregate?.[1] ?? own;
}
