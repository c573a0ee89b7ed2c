import { parseMsbuildLine } from './diagnostics';
import { parseLogLine, type LogLevel } from './logGrammar';
import { replacePaths } from './pathText';
import { MARKER_PREFIX } from './plan';
import { FrameResolver, type SourceContext } from './sourcePaths';

const ESCAPE = 27;
const RESET = '\u001b[0m';
/** ANSI colours; the terminal's theme decides how they look. */
const COLOURS = { error: '\u001b[31m', warning: '\u001b[33m', statistic: '\u001b[36m', quiet: '\u001b[2m' } as const;
type Colour = keyof typeof COLOURS;

/**
 * Turns console lines into terminal text: coloured by level, container paths replaced by host paths in the `file:line`
 * form that terminals link, CRLF line ends. Control characters become visible; only colours of the line's own pass.
 */
export class TerminalFormatter {
  readonly #context: SourceContext;
  readonly #resolver: FrameResolver;
  #level: LogLevel = 'none';
  #quiet = false;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#resolver = new FrameResolver(context);
  }

  format(lines: readonly string[]): string {
    let text = '';
    for (const line of lines) {
      if (line.startsWith(MARKER_PREFIX)) continue;
      const colour = this.#colourOf(line);
      const shown = neutralize(linkable(line, this.#context, this.#resolver));
      text += colour === undefined ? `${shown}\r\n` : `${COLOURS[colour]}${shown}${RESET}\r\n`;
    }
    return text;
  }

  #colourOf(line: string): Colour | undefined {
    const parsed = parseLogLine(line);
    if (parsed.continuation) {
      if (line.startsWith('Unhandled exception. ') || line.startsWith('Traceback (most recent')) {
        this.#level = 'error';
        this.#quiet = false;
      }
      if (this.#level !== 'error') {
        const compiler = parseMsbuildLine(line);
        if (compiler !== undefined) return compiler.severity;
      }
    } else {
      this.#level = parsed.level;
      this.#quiet = parsed.benign !== undefined || (parsed.level !== 'error' && parsed.userKind === undefined);
      if (parsed.level === 'none') return 'statistic';
      const main = parsed.source === 'JobQueue.NextJob' ? /Selected (.*\.py)$/.exec(parsed.text)?.[1] : undefined;
      if (main !== undefined) this.#resolver.setMainFile(main);
    }
    if (parsed.benign !== undefined || (this.#quiet && this.#level !== 'none')) return 'quiet';
    return this.#level === 'error' ? 'error' : undefined;
  }
}

/** The line with host paths, places written as `file:line`. */
export function linkable(line: string, context: SourceContext, resolver: FrameResolver = new FrameResolver(context)): string {
  if (!line.includes('/') && !line.includes('line ')) return line;
  const place = (file: string, row: string): string | undefined => {
    const found = resolver.resolve({ file, line: Number(row) });
    return found === undefined ? undefined : `${found.file}:${row}`;
  };
  const placed = line
    .replace(/^(\s*in )(\S.*?\.py): line (\d+)/, (all, head: string, file: string, row: string) => {
      const found = place(file, row);
      return found === undefined ? all : head + found;
    })
    .replace(/( in )((?:[A-Za-z]:)?[^:]*?\.(?:cs|fs|vb)):line (\d+)/g, (all, head: string, file: string, row: string) => {
      const cut = file.lastIndexOf(' in ');
      const before = cut < 0 ? '' : file.slice(0, cut + 4);
      const found = place(file.slice(before.length), row);
      return found === undefined ? all : head + before + found;
    })
    .replace(/\(([^()\s][^()]*\.py), line (\d+)\)/g, (all, file: string, row: string) => {
      const found = place(file, row);
      return found === undefined ? all : `(${found})`;
    });
  return replacePaths(placed, context.pathMap);
}

/** Control characters made visible, except tabs and the line's own colours. */
export function neutralize(line: string): string {
  let clean = '';
  let from = 0;
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code >= 32 && (code < 127 || code > 159)) continue;
    if (code === 9) continue;
    if (code === ESCAPE) {
      const end = colourEnd(line, at);
      if (end !== undefined) {
        at = end;
        continue;
      }
    }
    clean += line.slice(from, at) + visible(code);
    from = at + 1;
  }
  return from === 0 ? line : clean + line.slice(from);
}

/** Index of the `m` of a colour sequence that begins at `at`. */
function colourEnd(line: string, at: number): number | undefined {
  if (line[at + 1] !== '[') return undefined;
  for (let end = at + 2; end < line.length && end < at + 32; end++) {
    const code = line.charCodeAt(end);
    if (line[end] === 'm') return end;
    const parameter = (code >= 48 && code <= 57) || line[end] === ';';
    if (!parameter) return undefined;
  }
  return undefined;
}

/** Unicode's pictures of control characters. */
function visible(code: number): string {
  if (code < 32) return String.fromCharCode(0x2400 + code);
  return code === 127 ? '\u2421' : '\ufffd';
}
