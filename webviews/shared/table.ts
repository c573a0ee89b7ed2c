import { h } from './dom';

export interface TableColumn<Row> {
  readonly id: string;
  readonly title: string;
  /** CSS grid track: `90px`, `minmax(80px, 1fr)`. */
  readonly track: string;
  /** Right-aligned figures. */
  readonly numeric?: boolean;
  /** Figures that stay on the left: times. */
  readonly mono?: boolean;
  readonly text: (row: Row) => string;
  /** Full value on hover, where the text is shortened. */
  readonly hover?: (row: Row) => string;
  /** What is copied: raw. Default the text. */
  readonly raw?: (row: Row) => string | number;
  /** What sorting compares; without it the column cannot be sorted. */
  readonly sort?: (row: Row) => number | string;
  /** Draws the cell instead of its text. */
  readonly draw?: (row: Row, cell: HTMLElement) => void;
}

export interface TableOptions<Row> {
  readonly label: string;
  readonly columns: readonly TableColumn<Row>[];
  /** What the filter looks in. */
  readonly haystack?: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  readonly onCopy: (text: string) => void;
  readonly onShown?: (shown: number, of: number) => void;
  readonly onSort?: (sort: TableSort | undefined) => void;
  readonly rowClass?: (row: Row) => string;
  readonly empty: string;
}

export interface TableSort {
  readonly column: string;
  readonly descending: boolean;
}

const ROW = 22;

/** A table that draws only the rows in sight: hundreds of thousands are fine. */
export class VirtualTable<Row> {
  readonly element: HTMLElement;
  readonly #options: TableOptions<Row>;
  readonly #body: HTMLElement;
  readonly #space: HTMLElement;
  readonly #headers: HTMLElement[];
  readonly #empty: HTMLElement;
  #rows: readonly Row[] = [];
  #shown: readonly Row[] = [];
  #waiting: readonly Row[] | undefined;
  #haystacks = new WeakMap<object, string>();
  #filter = '';
  #extra: ((row: Row) => boolean) | undefined;
  #sort: TableSort | undefined;
  #active = 0;
  #anchor = 0;
  #hovered = false;
  #drawn = new Map<number, HTMLElement>();
  readonly #id = `table-${Math.random().toString(36).slice(2, 8)}`;

  constructor(options: TableOptions<Row>) {
    this.#options = options;
    const tracks = options.columns.map(({ track }) => track).join(' ');
    this.#headers = options.columns.map((column) =>
      h('div', { role: 'columnheader', class: cellClass(column) },
        column.sort === undefined ? column.title : h('button', { type: 'button', class: 'sort', onclick: () => this.#toggleSort(column.id) }, column.title, h('span', { class: 'sort-mark codicon', 'aria-hidden': 'true' })),
      ),
    );
    const header = h('div', { class: 'table-row table-header', role: 'row', 'aria-rowindex': 1 }, ...this.#headers);
    this.#space = h('div', { class: 'table-space', role: 'rowgroup' });
    this.#empty = h('div', { class: 'table-empty' }, options.empty);
    this.#body = h('div', { class: 'table-body', role: 'grid', 'aria-label': options.label, tabindex: 0, 'aria-multiselectable': 'true' }, h('div', { role: 'rowgroup', class: 'table-head' }, header), this.#space);
    this.element = h('div', { class: 'table' }, this.#body, this.#empty);
    this.element.style.setProperty('--tracks', tracks);
    // The tracks' least widths together: header and rows scroll sideways as one.
    this.element.style.setProperty('--least', `${options.columns.reduce((sum, { track }) => sum + Number(/\d+/.exec(track)?.[0] ?? 0), 0)}px`);
    this.#body.addEventListener('scroll', () => this.#draw(), { passive: true });
    this.#body.addEventListener('keydown', (event) => this.#onKey(event));
    this.#space.addEventListener('mousedown', (event) => this.#onPress(event));
    this.#space.addEventListener('dblclick', () => this.#open());
    this.element.addEventListener('mouseenter', () => { this.#hovered = true; });
    this.element.addEventListener('mouseleave', () => {
      this.#hovered = false;
      if (this.#waiting !== undefined) this.setRows(this.#waiting);
    });
    new ResizeObserver(() => this.#draw()).observe(this.#body);
    this.#apply();
  }

  /** All rows shown now, filtered and sorted. */
  get shown(): readonly Row[] {
    return this.#shown;
  }

  focus(): void {
    this.#body.focus();
  }

  /** Replaces the rows; under the pointer a sorted table waits, so that nothing moves away from a click. */
  setRows(rows: readonly Row[]): void {
    if (this.#hovered && this.#sort !== undefined && this.#rows.length > 0) {
      this.#waiting = rows;
      return;
    }
    this.#waiting = undefined;
    this.#rows = rows;
    this.#apply();
  }

  /** Keeps rows that hold every word; `extra` narrows further. */
  setFilter(filter: string, extra?: (row: Row) => boolean): void {
    this.#filter = filter;
    this.#extra = extra;
    this.#apply();
    this.#body.scrollTop = 0;
  }

  setSort(sort: TableSort | undefined): void {
    this.#sort = sort;
    this.#apply();
  }

  scrollToEnd(): void {
    this.#body.scrollTop = this.#body.scrollHeight;
  }

  get atEnd(): boolean {
    return this.#body.scrollTop + this.#body.clientHeight >= this.#body.scrollHeight - ROW;
  }

  #toggleSort(column: string): void {
    const same = this.#sort?.column === column;
    this.#sort = same && this.#sort?.descending === true ? undefined : { column, descending: same };
    this.#apply();
    this.#options.onSort?.(this.#sort);
  }

  #haystackOf(row: Row): string {
    if (typeof row !== 'object' || row === null) return String(row).toLowerCase();
    let text = this.#haystacks.get(row);
    if (text === undefined) {
      text = (this.#options.haystack?.(row) ?? this.#options.columns.map((column) => column.text(row)).join(' ')).toLowerCase();
      this.#haystacks.set(row, text);
    }
    return text;
  }

  #apply(): void {
    const words = this.#filter.toLowerCase().split(/\s+/).filter((word) => word !== '');
    const extra = this.#extra;
    let shown = this.#rows;
    if (extra !== undefined) shown = shown.filter(extra);
    if (words.length > 0) shown = shown.filter((row) => words.every((word) => this.#haystackOf(row).includes(word)));
    const sort = this.#sort;
    const key = this.#options.columns.find((column) => column.id === sort?.column)?.sort;
    if (sort !== undefined && key !== undefined) shown = sorted(shown, key, sort.descending);
    this.#shown = shown;
    for (const [position, header] of this.#headers.entries()) {
      const column = this.#options.columns[position];
      if (column?.sort === undefined) continue;
      const mine = sort?.column === column.id;
      header.setAttribute('aria-sort', mine ? (sort.descending ? 'descending' : 'ascending') : 'none');
      const mark = header.querySelector('.sort-mark');
      if (mark !== null) mark.className = `sort-mark codicon${mine ? (sort.descending ? ' codicon-arrow-down' : ' codicon-arrow-up') : ''}`;
    }
    this.#active = Math.min(this.#active, Math.max(0, shown.length - 1));
    this.#anchor = this.#active;
    this.#space.style.height = `${shown.length * ROW}px`;
    this.#body.setAttribute('aria-rowcount', String(shown.length + 1));
    this.#empty.hidden = shown.length > 0;
    this.#clear();
    this.#draw();
    this.#options.onShown?.(shown.length, this.#rows.length);
  }

  #clear(): void {
    for (const element of this.#drawn.values()) element.remove();
    this.#drawn.clear();
  }

  #draw(): void {
    const top = this.#body.scrollTop;
    const height = this.#body.clientHeight;
    if (height === 0) return;
    const first = Math.max(0, Math.floor(top / ROW) - 8);
    const last = Math.min(this.#shown.length, Math.ceil((top + height) / ROW) + 8);
    for (const [position, element] of this.#drawn) {
      if (position >= first && position < last) continue;
      element.remove();
      this.#drawn.delete(position);
    }
    for (let position = first; position < last; position++) {
      if (this.#drawn.has(position)) continue;
      const row = this.#shown[position];
      if (row === undefined) continue;
      const element = this.#drawRow(row, position);
      this.#drawn.set(position, element);
      this.#space.append(element);
    }
    this.#mark();
  }

  #drawRow(row: Row, position: number): HTMLElement {
    const extra = this.#options.rowClass?.(row) ?? '';
    const element = h('div', { class: `table-row ${extra}`, role: 'row', 'aria-rowindex': position + 2, id: `${this.#id}-${position}` });
    element.style.transform = `translateY(${position * ROW}px)`;
    element.dataset['position'] = String(position);
    for (const column of this.#options.columns) {
      const cell = h('div', { role: 'gridcell', class: cellClass(column) });
      if (column.draw === undefined) cell.textContent = column.text(row);
      else column.draw(row, cell);
      cell.title = column.hover?.(row) ?? column.text(row);
      element.append(cell);
    }
    return element;
  }

  #mark(): void {
    const from = Math.min(this.#active, this.#anchor);
    const to = Math.max(this.#active, this.#anchor);
    for (const [position, element] of this.#drawn) {
      element.setAttribute('aria-selected', String(position >= from && position <= to));
      element.classList.toggle('active', position === this.#active);
    }
    const active = this.#drawn.get(this.#active);
    if (active === undefined) this.#body.removeAttribute('aria-activedescendant');
    else this.#body.setAttribute('aria-activedescendant', active.id);
  }

  #move(to: number, extend: boolean): void {
    this.#active = Math.max(0, Math.min(this.#shown.length - 1, to));
    if (!extend) this.#anchor = this.#active;
    const head = ROW;
    const top = this.#active * ROW;
    const view = this.#body.clientHeight - head;
    if (top < this.#body.scrollTop) this.#body.scrollTop = top;
    else if (top + ROW > this.#body.scrollTop + view) this.#body.scrollTop = top + ROW - view;
    this.#draw();
  }

  #onPress(event: MouseEvent): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('.table-row') : null;
    const position = Number(row?.dataset['position']);
    if (row !== null && Number.isInteger(position)) this.#move(position, event.shiftKey);
  }

  #open(): void {
    const row = this.#shown[this.#active];
    if (row !== undefined) this.#options.onOpen?.(row);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.target !== this.#body) return;
    const page = Math.max(1, Math.floor(this.#body.clientHeight / ROW) - 2);
    const moves: Readonly<Record<string, number>> = { ArrowDown: this.#active + 1, ArrowUp: this.#active - 1, PageDown: this.#active + page, PageUp: this.#active - page, Home: 0, End: this.#shown.length - 1 };
    const to = moves[event.key];
    const command = event.ctrlKey || event.metaKey;
    if (to !== undefined) this.#move(to, event.shiftKey);
    else if (event.key === 'Enter') this.#open();
    else if (command && event.key === 'c' && (getSelection()?.isCollapsed ?? true)) this.#options.onCopy(this.copyText());
    else if (command && event.key === 'a') {
      this.#anchor = 0;
      this.#active = Math.max(0, this.#shown.length - 1);
      this.#mark();
    } else return;
    event.preventDefault();
  }

  /** The selected rows with raw values, tab-separated. */
  copyText(): string {
    const rows = this.#shown.slice(Math.min(this.#active, this.#anchor), Math.max(this.#active, this.#anchor) + 1);
    return rows.map((row) => this.#options.columns.map((column) => String(column.raw?.(row) ?? column.text(row)).replace(/[\t\r\n]+/g, ' ')).join('\t')).join('\n');
  }
}

function cellClass(column: { readonly numeric?: boolean; readonly mono?: boolean }): string {
  if (column.numeric === true) return 'cell numeric';
  return column.mono === true ? 'cell mono' : 'cell';
}

function sorted<Row>(rows: readonly Row[], key: (row: Row) => number | string, descending: boolean): Row[] {
  const sign = descending ? -1 : 1;
  // Unknown values stay at the end, whichever way one sorts.
  const keyed = rows.map((row) => ({ row, value: key(row) }));
  keyed.sort((a, b) => {
    const [left, right] = [a.value, b.value];
    if (typeof left === 'number' && typeof right === 'number') {
      if (Number.isNaN(left)) return Number.isNaN(right) ? 0 : 1;
      return Number.isNaN(right) ? -1 : sign * (left - right);
    }
    return sign * (String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0);
  });
  return keyed.map(({ row }) => row);
}
