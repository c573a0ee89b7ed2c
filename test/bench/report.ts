import type { Summary } from './stats';

/** One figure held against its budget. */
export interface Figure {
  readonly what: string;
  /** As shown: `212 ms (205–220, n 20)`. */
  readonly ours: string;
  /** What it is compared with; empty for an absolute budget. */
  readonly against: string;
  /** Ours ÷ theirs, or ours in the budget's unit. */
  readonly value: number;
  readonly budget: number;
  /** Written after the value: ` ×`, ` ms`, ` kB`. */
  readonly unit: string;
}

/** A part of the report: a heading, what is measured and what is played, its budgets, more rows that have none. */
export interface Section {
  readonly title: string;
  /** Markdown: how it was measured, honestly. */
  readonly how: string;
  readonly figures: readonly Figure[];
  readonly notes: readonly (readonly [what: string, value: string])[];
}

/** Where and on what it was measured. */
export interface Circumstances {
  readonly rows: readonly (readonly [what: string, value: string])[];
}

export function isKept(figure: Figure): boolean {
  return figure.value <= figure.budget;
}

/** `212 ms (205–220, n 20)`: median, middle half, count. Samples are milliseconds. */
export function milliseconds(summary: Summary): string {
  const digits = summary.median < 20 ? 1 : 0;
  return `${summary.median.toFixed(digits)} ms (${summary.low.toFixed(digits)}–${summary.high.toFixed(digits)}, n ${summary.count})`;
}

/** The same in seconds. */
export function seconds(summary: Summary): string {
  const text = (ms: number): string => (ms / 1000).toFixed(2);
  return `${text(summary.median)} s (${text(summary.low)}–${text(summary.high)}, n ${summary.count})`;
}

/** docs/performance.md, whole. */
export function toMarkdown(circumstances: Circumstances, sections: readonly Section[]): string {
  const parts = [
    '# Performance',
    'Written by `npm run bench`; do not edit it by hand. Times are medians; in brackets the middle half of the samples and their number. A budget is kept (✔) or broken (✘) by the median.',
    table(['circumstance', 'value'], circumstances.rows),
    ...sections.flatMap((section) => [
      `## ${section.title}`,
      section.how,
      ...(section.figures.length === 0 ? [] : [table(['figure', 'Lean Workbench', 'compared with', 'result', 'budget', ''], section.figures.map(cells))]),
      ...(section.notes.length === 0 ? [] : [table(['also measured', 'value'], section.notes)]),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What the terminal shows of a section. */
export function toText(section: Section): string {
  const rows = [...section.figures.map(cells), ...section.notes.map(([what, value]) => [what, value, '', '', '', ''])];
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
  return `\n${section.title}\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

function cells(figure: Figure): readonly string[] {
  const digits = figure.unit.includes('×') ? 2 : figure.value < 20 ? 1 : 0;
  return [figure.what, figure.ours, figure.against === '' ? '–' : figure.against, `${figure.value.toFixed(digits)}${figure.unit}`, `≤ ${figure.budget}${figure.unit}`, isKept(figure) ? '✔' : '✘'];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cellTexts: readonly string[]): string => `| ${cellTexts.map((text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
