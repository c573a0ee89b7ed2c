import type { LogLineMessage } from '../../src/protocol/results';
import { button, dropdown, searchField } from '../shared/controls';
import { h, setText } from '../shared/dom';
import { count } from '../shared/format';
import { t } from '../shared/l10n';
import { VirtualTable } from '../shared/table';
import { findLinks } from './links';

interface LogRow extends LogLineMessage {
  readonly number: number;
}

export interface LogEvents {
  copy(text: string): void;
  save(name: string, content: string): void;
  open(file: string, line: number | undefined): void;
}

/** LEAN's log: searchable, by level, places in the source as links. */
export class LogView {
  readonly element: HTMLElement;
  readonly search;
  readonly #table: VirtualTable<LogRow>;
  readonly #shown = h('span', { class: 'count', role: 'status' });
  #rows: LogRow[] = [];
  #level = 'all';
  #text = '';

  constructor(events: LogEvents) {
    const open = (row: LogRow): void => {
      const link = findLinks(row.text)[0];
      if (link !== undefined) events.open(link.file, link.line);
    };
    this.#table = new VirtualTable<LogRow>({
      label: t('Log'),
      empty: t('No lines.'),
      onCopy: (text) => events.copy(text),
      onOpen: open,
      onShown: (shown, of) => setText(this.#shown, shown === of ? t('{0} lines', count(of)) : t('{0} of {1} lines', count(shown), count(of))),
      haystack: (row) => row.text,
      rowClass: (row) => `log-${row.level}`,
      columns: [
        { id: 'number', title: t('Line'), track: '64px', numeric: true, text: (row) => String(row.number) },
        { id: 'text', title: t('Text'), track: 'minmax(200px, 1fr)', text: (row) => row.text, draw: (row, cell) => drawLine(row.text, cell, events) },
      ],
    });
    this.search = searchField(t('Search the log ( / )'), (text) => {
      this.#text = text;
      this.#filter();
    });
    const level = dropdown(t('Level'), (value) => {
      this.#level = value;
      this.#filter();
    });
    level.setOptions([{ value: 'all', label: t('All levels') }, { value: 'error', label: t('Errors') }, { value: 'own', label: t('The algorithm’s own') }]);
    level.value = 'all';
    this.element = h('div', { class: 'panel fill log' },
      h('div', { class: 'toolbar' }, this.search.element, level.element, this.#shown, h('span', { class: 'spring' }),
        button({ label: t('Copy'), icon: 'copy', title: t('Copy the selected lines (Ctrl+C)'), onClick: () => events.copy(this.#table.copyText()) }),
        button({ label: t('Save'), icon: 'desktop-download', title: t('Save the lines shown'), onClick: () => events.save('log.txt', this.#table.shown.map((row) => row.text).join('\n') + '\n') })),
      this.#table.element);
  }

  add(lines: readonly LogLineMessage[], reset: boolean): void {
    const follow = this.#table.atEnd;
    const from = reset ? 0 : this.#rows.length;
    const added = lines.map((line, position) => ({ ...line, number: from + position + 1 }));
    this.#rows = reset ? added : [...this.#rows, ...added];
    this.#table.setRows(this.#rows);
    if (follow && !reset) this.#table.scrollToEnd();
  }

  /** Entries, not lines: a stack trace counts once. */
  get errors(): number {
    return this.#rows.filter((row) => row.level === 'error' && row.text.includes(' ERROR::')).length;
  }

  #filter(): void {
    const level = this.#level;
    const extra = level === 'all' ? undefined : (row: LogRow): boolean => (level === 'error' ? row.level === 'error' : /(TRACE|DEBUG)::\s*(Debug|Log):|^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /.test(row.text));
    this.#table.setFilter(this.#text, extra);
  }
}

function drawLine(text: string, cell: HTMLElement, events: LogEvents): void {
  let from = 0;
  for (const link of findLinks(text)) {
    cell.append(text.slice(from, link.start), h('button', { type: 'button', class: 'link', tabindex: -1, onclick: () => events.open(link.file, link.line) }, text.slice(link.start, link.end)));
    from = link.end;
  }
  cell.append(text.slice(from));
}
