import type { Frame } from './sourcePaths';

/** A compiler's or interpreter's message about a place, container paths still inside. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly language: 'csharp' | 'python';
  readonly message: string;
  readonly code?: string;
  /** Innermost first; empty when it names no place. */
  readonly frames: readonly Frame[];
  /** Lines it was read from. */
  readonly lines: readonly string[];
  /** Python says that it could not even read the source. */
  readonly syntax: boolean;
}

const MSBUILD = /^\s*(?:\d+>)?(.*?)(?:\((\d+)(?:,(\d+))?(?:,\d+,\d+)?\))?\s*: (error|warning) ([A-Z]+\d+)\s*: (.*?)(?: \[[^\]]*\])?$/;
const PYTHON_PLACE = /^\s*File "([^"]+)", line (\d+)(?:, in (\S+))?/;
const PYTHON_ERROR = /^((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Exit|Iteration))(?:: (.*))?$/;
const SORRY = /^(?:Sorry: )((?:Syntax|Indentation|Tab)Error): (.*?) \(([^()]+), line (\d+)\)$/;
const SYNTAX_ERRORS = new Set(['SyntaxError', 'IndentationError', 'TabError']);

/** One line of MSBuild or the C# compiler, if it is one: `Main.cs(12,9): error CS0103: text [x.csproj]`. */
export function parseMsbuildLine(line: string): Diagnostic | undefined {
  if (!line.includes(': error ') && !line.includes(': warning ')) return undefined;
  const found = MSBUILD.exec(line);
  if (found === null) return undefined;
  const [, file = '', row, column, severity, code = '', message = ''] = found;
  const named = /[\\/.]/.test(file);
  return {
    severity: severity === 'error' ? 'error' : 'warning',
    language: 'csharp',
    message,
    code,
    lines: [line.trim()],
    syntax: false,
    frames: named
      ? [{ file: file.trim(), ...(row !== undefined && { line: Number(row) }), ...(column !== undefined && { column: Number(column) }) }]
      : [],
  };
}

/** One line of Python's warnings: `/LeanCLI/main.py:5: SyntaxWarning: invalid escape sequence '\\d'`. */
export function parsePythonWarning(line: string): Diagnostic | undefined {
  if (!line.includes('Warning: ')) return undefined;
  const found = /^(\S.*?\.py):(\d+): (\w*Warning): (.*)$/.exec(line);
  if (found === null) return undefined;
  const [, file = '', row, code = '', message = ''] = found;
  return { severity: 'warning', language: 'python', message, code, frames: [{ file, line: Number(row) }], lines: [line], syntax: false };
}

/** Reads Python's own tracebacks and syntax errors line by line, as interpreters and py_compile print them. */
export class PythonTraceReader {
  #lines: string[] = [];
  #frames: Frame[] = [];

  /** Takes the next line; gives a diagnostic when one is complete. */
  next(line: string): Diagnostic | undefined {
    const sorry = SORRY.exec(line);
    if (sorry !== null) {
      this.reset();
      return syntaxDiagnostic(sorry[1] ?? '', sorry[2] ?? '', { file: sorry[3] ?? '', line: Number(sorry[4]) }, [line]);
    }
    if (line.startsWith('Traceback (most recent call last)') || line.startsWith('*** Error compiling ')) {
      this.reset();
      this.#lines.push(line);
      return undefined;
    }
    const place = PYTHON_PLACE.exec(line);
    if (place !== null) {
      this.#frames.push({ file: place[1] ?? '', line: Number(place[2]), ...(place[3] !== undefined && { function: place[3] }) });
      this.#lines.push(line);
      return undefined;
    }
    if (this.#frames.length === 0) return undefined;
    this.#lines.push(line);
    if (/^\s/.test(line) || line === '') {
      if (this.#lines.length > 400) this.reset();
      return undefined;
    }
    const error = PYTHON_ERROR.exec(line);
    const frames = this.#frames;
    const lines = this.#lines;
    this.reset();
    if (error?.[1] === undefined) return undefined;
    // Python prints the innermost call last.
    if (SYNTAX_ERRORS.has(error[1])) return syntaxDiagnostic(error[1], error[2] ?? '', frames.at(-1), lines);
    return { severity: 'error', language: 'python', message: line, lines, syntax: false, frames: frames.toReversed() };
  }

  reset(): void {
    this.#lines = [];
    this.#frames = [];
  }
}

function syntaxDiagnostic(name: string, message: string, frame: Frame | undefined, lines: readonly string[]): Diagnostic {
  return {
    severity: 'error',
    language: 'python',
    message: name === 'SyntaxError' ? message : `${name}: ${message}`,
    code: name,
    lines,
    syntax: true,
    frames: frame === undefined ? [] : [frame],
  };
}
