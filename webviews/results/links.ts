/** A place in a source file that a log line names. */
export interface LogLink {
  readonly start: number;
  readonly end: number;
  readonly file: string;
  readonly line?: number;
}

/** `in /LeanCLI/A.cs:line 8`, `in main.py: line 20`, `File "/LeanCLI/main.py", line 3`, `main.py:14`, `A.cs(8,13): error`. */
const PLACES = [
  /File "(?<file>[^"]+\.py)", line (?<line>\d+)/g,
  /(?<file>(?:[A-Za-z]:)?[^\s:"'(),]+\.(?:py|cs)):\s?line (?<line>\d+)/g,
  /(?<file>(?:[A-Za-z]:)?[^\s:"'(),]+\.(?:py|cs))\((?<line>\d+),\d+\)/g,
  /(?<file>(?:[A-Za-z]:)?[^\s:"'(),]+\.(?:py|cs)):(?<line>\d+)/g,
] as const;

/** The places a line names, in order, none overlapping. LEAN's own sources are no files of the person. */
export function findLinks(text: string): LogLink[] {
  const found: LogLink[] = [];
  if (text.length > 20_000) return found;
  for (const pattern of PLACES) {
    for (const match of text.matchAll(pattern)) {
      const file = match.groups?.['file'];
      if (file === undefined || file.startsWith('/Lean/')) continue;
      const start = match.index;
      const end = start + match[0].length;
      if (found.some((link) => start < link.end && end > link.start)) continue;
      found.push({ start, end, file, line: Number(match.groups?.['line']) });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}
