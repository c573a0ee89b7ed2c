/** Level words of LEAN's log handlers; `none` for a line without a head of its own. */
export type LogLevel = 'trace' | 'debug' | 'error' | 'none';

/** Lines of the engine that look like trouble and are none (contract: engine.md, "Console and logs"). */
export type BenignKind =
  /** The result analysis trips over an algorithm that never came to be. */
  | 'analysis-null-reference'
  /** After a very large run, the engine's threads take longer than it waits. */
  | 'stop-safely-timeout'
  /** debugpy's note about Python's frozen modules. */
  | 'frozen-modules';

/** One console or log.txt line, taken apart. */
export interface LogLine {
  /** The line's own stamp read as UTC, unix milliseconds; absent for continuation lines. */
  readonly time?: number;
  readonly level: LogLevel;
  /** The engine's method that speaks: `Engine.Main`. */
  readonly source?: string;
  /** The line without its head. */
  readonly text: string;
  /** Said by the algorithm itself. */
  readonly userKind?: 'debug' | 'log' | 'error';
  /** Algorithm time of a user line, in the algorithm's time zone read as UTC, unix seconds. */
  readonly algorithmTime?: number;
  readonly benign?: BenignKind;
  /** Belongs to the entry before: it has no stamp and no level of its own. */
  readonly continuation: boolean;
}

const HEAD = /^(?:(\d{4})(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3})|(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})\d*Z) (TRACE|DEBUG|ERROR):: ?/;
const ALGORITHM_TIME = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.\d+)? ?/;
const USER_LINE = /^(Debug|Log): ?/;
const SOURCE = /^([A-Za-z_][\w.<>]*)\([^()]*\):? ?/;
const OWN_ENTRY = /^(?:STATISTICS|DATA USAGE):: /;
const LEVELS: Readonly<Record<string, LogLevel>> = { TRACE: 'trace', DEBUG: 'debug', ERROR: 'error' };

/** Takes one line apart. Accepts the console's stamp and log.txt's; any other text is a continuation line. */
export function parseLogLine(line: string): LogLine {
  const head = isDigit(line.charCodeAt(0)) ? HEAD.exec(line) : null;
  if (head === null) {
    const benign = benignKind(line);
    return { level: 'none', text: line, continuation: !OWN_ENTRY.test(line), ...(benign && { benign }) };
  }
  const at = head[1] === undefined ? 8 : 1;
  const time = utc(head, at) + Number(head[at + 6]);
  const level = LEVELS[head[15] ?? ''] ?? 'none';
  const text = line.slice(head[0].length);
  // An algorithm's own lines are never judged, and they are the many.
  const benign = level === 'error' || text.startsWith('StopSafely()') ? benignKind(text) : undefined;
  const common = { time, level, continuation: false, ...(benign && { benign }) };
  const user = USER_LINE.exec(text);
  if (user !== null && level !== 'error') {
    const said = text.slice(user[0].length);
    return { ...common, text: said, userKind: user[1] === 'Log' ? 'log' : 'debug', ...algorithmTimeOf(said) };
  }
  const stamped = algorithmTimeOf(text);
  if (level === 'error' && stamped.algorithmTime !== undefined) return { ...common, text, userKind: 'error', ...stamped };
  const source = SOURCE.exec(text);
  return { ...common, text, ...(source?.[1] !== undefined && { source: source[1] }) };
}

/** `2013-10-07 09:31:00 rest` → the time, read as UTC, unix seconds. */
export function algorithmTimeOf(text: string): { readonly algorithmTime?: number } {
  const found = isDigit(text.charCodeAt(0)) ? ALGORITHM_TIME.exec(text) : null;
  return found === null ? {} : { algorithmTime: utc(found, 1) / 1000 };
}

/** A user line's text without the algorithm time in front of it. */
export function withoutAlgorithmTime(text: string): string {
  return text.replace(ALGORITHM_TIME, '');
}

/** `10/07/2013` or `10/07/2013 00:00:00`, as the engine writes dates, read as UTC; unix seconds, undefined for other text. */
export function parseEngineDate(text: string): number | undefined {
  const found = /^(\d\d)\/(\d\d)\/(\d{4})(?: (\d\d):(\d\d):(\d\d))?/.exec(text);
  if (found === null) return undefined;
  const [, month, day, year, hour = '0', minute = '0', second = '0'] = found;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)) / 1000;
}

function benignKind(text: string): BenignKind | undefined {
  if (text.length < 20) return undefined;
  if (text.includes('Error running backtest analysis System.NullReferenceException') || text.includes('.ParameterCountAnalysis.Run(')) {
    return 'analysis-null-reference';
  }
  if (text.includes('StopSafely(): Timeout waiting for ')) return 'stop-safely-timeout';
  if (
    text.includes('frozen modules') ||
    text.includes('Xfrozen_modules=off') ||
    text.includes('PYDEVD_DISABLE_FILE_VALIDATION')
  ) {
    return 'frozen-modules';
  }
  return undefined;
}

function utc(found: RegExpExecArray, at: number): number {
  const part = (offset: number): number => Number(found[at + offset]);
  return Date.UTC(part(0), part(1) - 1, part(2), part(3), part(4), part(5));
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
