import { parseMsbuildLine, parsePythonWarning, PythonTraceReader, type Diagnostic } from './diagnostics';
import { provesFailure, readErrorEntry, type ErrorEntry } from './logErrors';
import { NO_FACTS, type LogError, type LogFacts } from './logFacts';
import { parseEngineDate, parseLogLine, type LogLine } from './logGrammar';
import { MARKER_PREFIX } from './plan';
import { replacePaths } from './pathText';
import type { RunPhase, RunProblem } from './run';
import { FrameResolver, type SourceContext } from './sourcePaths';
import { parseStatisticLine } from './statistics';

/** Phases in the order in which a run goes through them; facts only move forward. */
const PHASES: readonly RunPhase[] = [
  'waiting', 'checking-image', 'pulling', 'creating', 'starting', 'compiling', 'packages', 'building', 'loading',
  'initializing', 'warming-up', 'running', 'writing-results', 'ended',
]; // prettier-ignore
const MARKED_PHASES: readonly RunPhase[] = ['packages', 'compiling', 'building', 'loading'];
const MAX_ENTRY_LINES = 300;
const MAX_PROBLEMS = 500;
const STAND_IN = 'Lean Workbench test stand-in';

/** Later of two phases. */
export function laterPhase(a: RunPhase, b: RunPhase): RunPhase {
  return PHASES.indexOf(b) > PHASES.indexOf(a) ? b : a;
}

/**
 * Reads a run's console as it comes and keeps what it says. No clock, no I/O: the same lines give the same facts.
 * `feed` gives the facts so far; `end` closes what was still open when the console ended.
 */
export class LogInterpreter {
  readonly #context: SourceContext;
  readonly #resolver: FrameResolver;
  readonly #python = new PythonTraceReader();
  readonly #problemKeys = new Set<string>();
  #facts: LogFacts = NO_FACTS;
  #open: string[] | undefined;
  #best: ErrorEntry | undefined;
  #unproven: ErrorEntry | undefined;
  #proven = false;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#resolver = new FrameResolver(context);
  }

  get facts(): LogFacts {
    return this.#facts;
  }

  /** Takes whole lines without line ends. */
  feed(lines: readonly string[]): LogFacts {
    if (lines.length === 0) return this.#facts;
    for (const line of lines) this.#line(line);
    this.#set({ lineCount: this.#facts.lineCount + lines.length });
    return this.#facts;
  }

  /** A phase that was told otherwise than by a line. */
  note(phase: RunPhase): LogFacts {
    this.#phase(phase);
    return this.#facts;
  }

  /** The console is at its end: an unproven runtime error counts now if `failed` (exit code other than 0). */
  end(failed: boolean): LogFacts {
    this.#close();
    if (failed && this.#unproven !== undefined) {
      this.#proven = true;
      this.#take(this.#unproven);
    }
    return this.#facts;
  }

  #line(line: string): void {
    if (line.startsWith(MARKER_PREFIX)) {
      this.#close();
      this.#marker(line.slice(MARKER_PREFIX.length));
      return;
    }
    const parsed = parseLogLine(line);
    if (parsed.benign !== undefined) this.#set({ harmlessErrors: this.#facts.harmlessErrors + 1 });
    if (parsed.continuation) this.#continuation(line, parsed);
    else this.#head(line, parsed);
  }

  #head(line: string, parsed: LogLine): void {
    this.#close();
    this.#python.reset();
    const statistic = parsed.level === 'none' ? parseStatisticLine(line) : undefined;
    if (statistic !== undefined) {
      if (statistic[0] === 'OrderListHash') this.#set({ orderListHash: statistic[1] });
      else this.#set({ statistics: [...this.#facts.statistics, statistic] });
      return;
    }
    if (parsed.level === 'error') {
      this.#open = parsed.benign === undefined ? [parsed.text] : undefined;
      if (parsed.text.startsWith('AlgorithmManager.Run(): Algorithm state changed to Stopped')) this.#set({ stopped: true });
    }
    if (parsed.userKind !== undefined) this.#userLine(parsed);
    else if (parsed.level !== 'error') this.#engineLine(parsed);
  }

  #continuation(line: string, parsed: LogLine): void {
    if (line.startsWith('Unhandled exception. ')) {
      this.#close();
      this.#open = [line];
      return;
    }
    if (this.#open !== undefined) {
      if (this.#open.length < MAX_ENTRY_LINES) this.#open.push(line);
      return;
    }
    if (line.includes(STAND_IN)) this.#set({ standIn: true });
    if (parsed.benign !== undefined) return;
    if (this.#facts.phase === 'packages' && /^\s*ERROR: /.test(line)) {
      this.#error({ kind: 'packages', message: line.trim().replace(/^ERROR: /, ''), details: line.trim() });
    }
    const diagnostic = parseMsbuildLine(line) ?? parsePythonWarning(line) ?? this.#python.next(line);
    if (diagnostic !== undefined) this.#diagnostic(diagnostic);
  }

  #marker(text: string): void {
    const [word, rest] = splitOnce(text, ' ');
    if (word === 'phase') {
      const phase = MARKED_PHASES.find((known) => known === rest.trim());
      if (phase !== undefined) this.#phase(phase);
    } else if (word === 'not-visible') this.#set({ notVisible: rest });
  }

  #userLine(line: LogLine): void {
    const at = line.algorithmTime;
    if (at !== undefined && at > (this.#facts.simulatedTo ?? -Infinity)) {
      this.#set({ simulatedTo: at });
      const start = this.#facts.range?.start;
      if (this.#facts.phase === 'warming-up' && start !== undefined && at > start) this.#running(line);
    }
    if (line.userKind !== 'debug') return;
    const said = line.text;
    const speed = / completed in ([\d.,]+) seconds at .* data points per second\. Processing total of ([\d,.]+) data points\.$/.exec(said);
    if (speed !== null) {
      const seconds = Number(speed[1]?.replaceAll(',', ''));
      const dataPoints = Number(speed[2]?.replaceAll(',', ''));
      const known = Number.isFinite(seconds) && Number.isFinite(dataPoints);
      if (known) this.#set({ speed: { seconds, dataPoints, ...(seconds > 0 && { pointsPerSecond: dataPoints / seconds }) } });
      return;
    }
    const quit = /^\S+ \S+ Quit\(\):(?: (.*))?$/.exec(said);
    if (quit !== null) this.#set({ quitMessage: quit[1] ?? '' });
  }

  #engineLine(line: LogLine): void {
    const { text } = line;
    if (text.includes(STAND_IN)) this.#set({ standIn: true });
    switch (line.source) {
      case 'Engine.Main': {
        const version = /LEAN ALGORITHMIC TRADING ENGINE v(\S+)/.exec(text)?.[1];
        if (version !== undefined) {
          this.#set({ engineVersion: version });
          this.#phase('loading');
        }
        if (text.includes('Analysis Completed and Results Posted.')) {
          this.#set({ posted: true });
          this.#phase('ended');
        }
        break;
      }
      case 'JobQueue.NextJob': {
        const file = /Selected (.*\.py)$/.exec(text)?.[1];
        if (file !== undefined) this.#resolver.setMainFile(file);
        break;
      }
      case 'BaseSetupHandler.Setup':
        this.#phase('initializing');
        break;
      case 'AlgorithmManager.Run':
        this.#managerLine(line);
        break;
      case 'BacktestingResultHandler.Exit':
      case 'LiveTradingResultHandler.Exit':
        this.#phase('writing-results');
        break;
      case 'Engine.Run':
        if (text.includes('Sending runtime error to user')) this.#prove();
        if (text.includes('Exiting Algorithm Manager')) this.#phase('writing-results');
        break;
      case 'Program.ExitKeyPress':
        this.#set({ interrupted: true });
        break;
      case 'BaseCommandHandler.ProcessCommands':
        if (text.endsWith('.QuitCommand')) this.#set({ quitCommand: true });
        break;
      case 'PythonInitializer.Shutdown':
      case 'Program.Main':
        this.#set({ exiting: true });
        break;
      default:
        if (text.startsWith('Dates: ')) this.#dates(text);
    }
  }

  #managerLine(line: LogLine): void {
    const { text } = line;
    const stream = /Begin DataStream - .* Warmup: (True|False)/.exec(text);
    if (stream !== null) {
      if (stream[1] === 'True') this.#phase('warming-up');
      else this.#running(line);
    } else if (text.includes('Subscriptions count after warm up')) this.#running(line);
    else if (text.includes('Firing On End Of Algorithm')) this.#phase('writing-results');
  }

  #running(line: LogLine): void {
    if (this.#facts.runningSince === undefined && line.time !== undefined) this.#set({ runningSince: line.time });
    this.#phase('running');
  }

  #dates(text: string): void {
    const found = /Start: (\S+) End: (\S+)/.exec(text);
    const start = parseEngineDate(found?.[1] ?? '');
    const lastDay = parseEngineDate(found?.[2] ?? '');
    // The last day is simulated to its end.
    if (start !== undefined && lastDay !== undefined) this.#set({ range: { start, end: lastDay + 86_400 } });
  }

  /** An error entry is complete once another entry begins. */
  #close(): void {
    const lines = this.#open;
    this.#open = undefined;
    if (lines === undefined) return;
    if (provesFailure(lines[0] ?? '')) this.#prove();
    const entry = readErrorEntry(lines);
    if (entry === undefined) return;
    this.#resolver.learn(entry.frames);
    if (entry.needsProof && !this.#proven) this.#unproven = entry;
    else this.#take(entry);
  }

  #prove(): void {
    this.#proven = true;
    if (this.#unproven !== undefined) this.#take(this.#unproven);
  }

  #take(entry: ErrorEntry): void {
    this.#unproven = undefined;
    if (this.#best !== undefined && this.#best.rank >= entry.rank) return;
    this.#best = entry;
    const place = this.#resolver.innermost(entry.frames);
    const location = place?.location ?? this.#facts.error?.location;
    this.#error({
      kind: entry.kind,
      message: replacePaths(entry.message, this.#context.pathMap),
      details: replacePaths(entry.lines.join('\n').trimEnd(), this.#context.pathMap),
      ...(location !== undefined && { location }),
      ...(entry.algorithmTime !== undefined && { algorithmTime: entry.algorithmTime }),
    });
  }

  #diagnostic(found: Diagnostic): void {
    const location = this.#resolver.innermost(found.frames)?.location;
    const message = replacePaths(found.message, this.#context.pathMap);
    if (location !== undefined) {
      this.#problem({ severity: found.severity, message, source: found.language, location, ...(found.code !== undefined && { code: found.code }) });
    }
    if (found.severity !== 'error') return;
    const details = replacePaths(found.lines.join('\n'), this.#context.pathMap);
    const placed = location === undefined ? {} : { location };
    const text = found.language === 'csharp' && found.code !== undefined ? `${message} (${found.code})` : message;
    if (found.language === 'csharp') this.#error({ kind: 'build', message: text, details, ...placed });
    else if (found.syntax) this.#error({ kind: 'syntax', message, details, ...placed });
  }

  /** The first build or syntax error stays; an error of the engine is replaced by one that tells more. */
  #error(error: LogError): void {
    const before = this.#facts.error;
    if (before !== undefined && (before.kind === 'build' || before.kind === 'syntax') && before.kind === error.kind && this.#best === undefined) {
      if (!before.details.includes(error.details)) this.#set({ error: { ...before, details: `${before.details}\n${error.details}` } });
      return;
    }
    this.#set({ error });
  }

  #problem(problem: RunProblem): void {
    const { location } = problem;
    const key = [problem.severity, location.file, location.line, location.column, problem.code, problem.message].join('\u0000');
    if (this.#problemKeys.has(key) || this.#facts.problems.length >= MAX_PROBLEMS) return;
    this.#problemKeys.add(key);
    this.#set({ problems: [...this.#facts.problems, problem] });
  }

  #phase(phase: RunPhase): void {
    const now = this.#facts.phase;
    if (now !== undefined && PHASES.indexOf(phase) <= PHASES.indexOf(now)) return;
    this.#set({ phase, phases: [...this.#facts.phases, phase] });
  }

  #set(change: Partial<LogFacts>): void {
    this.#facts = { ...this.#facts, ...change };
  }
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
