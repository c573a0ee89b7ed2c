import type { ResultOrder, ResultPageState } from '../../src/protocol/results';
import { ChartGroup, type TimeRange } from '../shared/chart';
import { button, checkbox, dropdown } from '../shared/controls';
import { nearest } from '../shared/decimate';
import { h, setText, show } from '../shared/dom';
import { dateTime, percent, toCsv, zoneWords } from '../shared/format';
import { t } from '../shared/l10n';
import { VirtualTable } from '../shared/table';
import { color, onThemeChange } from '../shared/theme';
import { benchmarkOf, drawdownOf, equityOf, otherCharts, type PageChart } from './model';
import { buildPanes, type PaneChoices } from './panes';

export interface ChartViewEvents {
  remember(change: Partial<ResultPageState>): void;
  save(name: string, content: string): void;
  copy(text: string): void;
}

const DAY = 86_400;
const PRESETS: readonly (readonly [string, number])[] = [['1M', 31 * DAY], ['3M', 92 * DAY], ['1Y', 366 * DAY]];
const NONE = '';

/** Equity, benchmark, drawdown and further charts: one cursor, one zoom, one line that reads out values. */
export class ChartView {
  readonly element: HTMLElement;
  readonly #events: ChartViewEvents;
  readonly #group: ChartGroup;
  readonly #readout = h('p', { class: 'readout' });
  readonly #spoken = h('p', { class: 'sr-only', role: 'status' });
  readonly #summary = h('p', { class: 'sr-only', id: 'chart-summary' });
  readonly #presets: HTMLButtonElement[];
  readonly #controls;
  readonly #toolbar: HTMLElement;
  readonly #table: VirtualTable<number>;
  readonly #tableToggle: HTMLButtonElement;
  #choices: PaneChoices;
  #charts: readonly PageChart[] = [];
  #orders: readonly ResultOrder[] = [];
  #currency = '';
  #timeZone = 'UTC';
  #asTable = false;
  #zoomToRestore: TimeRange | undefined;

  constructor(state: Partial<ResultPageState>, events: ChartViewEvents) {
    this.#events = events;
    this.#zoomToRestore = state.zoom ?? undefined;
    this.#choices = { log: state.log ?? false, candles: state.candles ?? false, benchmark: state.benchmark ?? true, marks: state.marks ?? false, chart: state.chart ?? NONE };
    this.#group = new ChartGroup(t('Equity and drawdown over time'), {
      onCursor: (time, byKeyboard) => this.#read(time, byKeyboard),
      onRange: (range, whole) => {
        this.#markPreset();
        events.remember({ zoom: whole ? null : range });
      },
    });
    this.#presets = [...PRESETS.map(([label, span]) => h('button', { type: 'button', class: 'preset', onclick: () => this.#preset(span) }, label)), h('button', { type: 'button', class: 'preset', onclick: () => this.#group.setRange(undefined) }, t('All'))];
    this.#controls = {
      log: checkbox(t('Log scale'), this.#choices.log, (log) => this.#choose({ log })),
      candles: checkbox(t('Candles'), this.#choices.candles, (candles) => this.#choose({ candles })),
      benchmark: checkbox(t('Benchmark'), this.#choices.benchmark, (benchmark) => this.#choose({ benchmark })),
      marks: checkbox(t('Orders'), this.#choices.marks, (marks) => this.#choose({ marks })),
      chart: dropdown(t('Further chart'), (chart) => this.#choose({ chart })),
    };
    this.#controls.chart.value = this.#choices.chart;
    this.#tableToggle = h('button', { type: 'button', class: 'link', 'aria-pressed': 'false', onclick: () => this.#toggleTable() }, t('Show as table'));
    const saveData = button({ label: t('Save chart data as CSV'), icon: 'desktop-download', iconOnly: true, onClick: () => events.save('charts.csv', this.#csv()) });
    const { log, candles, benchmark, marks, chart } = this.#controls;
    this.#toolbar = h('div', { class: 'toolbar', role: 'toolbar', 'aria-label': t('Charts') },
      h('div', { class: 'presets', role: 'group', 'aria-label': t('Range') }, ...this.#presets),
      candles.element, benchmark.element, marks.element, log.element, chart.element, h('span', { class: 'spring' }), this.#tableToggle, saveData);
    this.#table = this.#makeTable();
    this.#table.element.hidden = true;
    this.element = h('section', { class: 'charts', 'aria-label': t('Charts') }, this.#toolbar, this.#readout, this.#summary, this.#spoken, this.#group.element, this.#table.element);
    onThemeChange(() => this.#read(undefined, false));
  }

  /** The panes, for zooming from elsewhere and for tests. */
  get group(): ChartGroup {
    return this.#group;
  }

  zoomTo(from: number, to: number): void {
    if (this.#asTable) this.#toggleTable();
    const room = Math.max(DAY, (to - from) * 0.15);
    this.#group.setRange([from - room, to + room]);
    this.#group.element.scrollIntoView({ block: 'nearest' });
  }

  setData(charts: readonly PageChart[]): void {
    this.#charts = charts;
    const others = otherCharts(charts);
    this.#controls.chart.setOptions([{ value: NONE, label: t('No further chart') }, ...others.map(({ name }) => ({ value: name, label: name }))]);
    this.#controls.chart.value = others.some(({ name }) => name === this.#choices.chart) ? this.#choices.chart : NONE;
    this.#render();
  }

  setOrders(orders: readonly ResultOrder[]): void {
    this.#orders = orders;
    if (this.#choices.marks) this.#render();
  }

  setMoney(currency: string, timeZone: string | undefined): void {
    if (currency === this.#currency && (timeZone ?? 'UTC') === this.#timeZone) return;
    this.#currency = currency;
    this.#timeZone = timeZone ?? 'UTC';
    this.#render();
  }

  #choose(change: Partial<PaneChoices>): void {
    this.#choices = { ...this.#choices, ...change };
    this.#events.remember(change);
    this.#render();
  }

  #render(): void {
    const equity = equityOf(this.#charts);
    const positive = equity?.columns.values.every((value) => !(value <= 0)) ?? true;
    this.#controls.log.disabled = !positive;
    this.#controls.log.element.title = positive ? '' : t('Equity falls to zero or below: no logarithm');
    this.#controls.benchmark.disabled = benchmarkOf(this.#charts) === undefined;
    const specs = buildPanes(this.#charts, this.#orders, this.#currency, { ...this.#choices, log: this.#choices.log && positive });
    this.#group.element.style.setProperty('--panes', String(specs.length));
    this.#group.setPanes(specs, this.#timeZone);
    if (this.#zoomToRestore !== undefined && specs.length > 0) {
      this.#group.setRange(this.#zoomToRestore);
      this.#zoomToRestore = undefined;
    }
    const [from, to] = this.#group.whole;
    for (const [position, [, span]] of PRESETS.entries()) {
      const preset = this.#presets[position];
      if (preset !== undefined) preset.disabled = to - from <= span;
    }
    this.#markPreset();
    this.#read(undefined, false);
    setText(this.#summary, this.#describe());
    if (this.#asTable) this.#fillTable();
  }

  #preset(span: number): void {
    const [, to] = this.#group.whole;
    this.#group.setRange([to - span, to]);
  }

  #markPreset(): void {
    const [from, to] = this.#group.range;
    const [, last] = this.#group.whole;
    for (const [position, preset] of this.#presets.entries()) {
      const span = PRESETS[position]?.[1];
      const chosen = span === undefined ? !this.#group.zoomed : this.#group.zoomed && Math.abs(to - from - span) < 60 && Math.abs(to - last) < 60;
      preset.setAttribute('aria-pressed', String(chosen));
    }
  }

  /** One line: the time and every series' value there; without a cursor, the last values. */
  #read(time: number | undefined, aloud: boolean): void {
    const specs = this.#group.panes.map((pane) => pane.spec);
    const [, to] = this.#group.range;
    const at = time ?? to;
    const parts: { text: string; tint: string }[] = [];
    let shownTime: number | undefined;
    for (const { series } of specs) {
      for (const { name, columns: drawn, own, format, kind, color: token, ownColor } of series) {
        const columns = own ?? drawn;
        const index = nearest(columns.times, at);
        if (index < 0) continue;
        shownTime ??= columns.times[index];
        const { open, high, low } = columns;
        const value = format(columns.values[index]);
        const range = kind === 'candle' && open && high && low ? ` (O ${format(open[index])} H ${format(high[index])} L ${format(low[index])})` : '';
        parts.push({ text: `${name} ${value}${range}`, tint: ownColor ?? color(token) });
      }
    }
    if (shownTime === undefined) {
      setText(this.#readout, '\u00a0');
      return;
    }
    const when = dateTime(shownTime, this.#timeZone).slice(0, 16);
    const text = [when, ...parts.map((part) => part.text)].join('  ·  ');
    this.#readout.replaceChildren(when, ...parts.flatMap((part) => {
      const key = h('span', { class: 'key', 'aria-hidden': 'true' });
      key.style.color = part.tint;
      return ['  ·  ', key, part.text];
    }));
    this.#readout.title = `${text}\n${t('{0} UTC; shown in {1}', dateTime(shownTime, 'UTC'), zoneWords(this.#timeZone))}`;
    if (aloud) setText(this.#spoken, text);
  }

  #describe(): string {
    const equity = equityOf(this.#charts);
    if (equity === undefined) return t('No equity yet.');
    const { times, values } = equity.columns;
    const first = values.find((value) => Number.isFinite(value));
    const last = values.findLast((value) => Number.isFinite(value));
    const drawdown = drawdownOf(this.#charts)?.columns.values.reduce((least, value) => Math.min(least, Number.isFinite(value) ? value : 0), 0);
    const change = first === undefined || last === undefined || first === 0 ? undefined : last / first - 1;
    return t('Equity from {0} to {1}: {2}, {3} points{4}.', dateTime(times[0], this.#timeZone, false), dateTime(times[times.length - 1], this.#timeZone, false), percent(change, true), times.length, drawdown === undefined ? '' : t(', deepest drawdown {0}', percent(-drawdown / 100)));
  }

  #toggleTable(): void {
    this.#asTable = !this.#asTable;
    this.#tableToggle.setAttribute('aria-pressed', String(this.#asTable));
    this.#tableToggle.textContent = this.#asTable ? t('Show as chart') : t('Show as table');
    show(this.#group.element, !this.#asTable);
    show(this.#table.element, this.#asTable);
    if (this.#asTable) this.#fillTable();
    else this.#group.refresh();
  }

  #makeTable(): VirtualTable<number> {
    const at = (which: 'equity' | 'benchmark' | 'drawdown', index: number): number | undefined => {
      const time = equityOf(this.#charts)?.columns.times[index] ?? NaN;
      const series = which === 'equity' ? equityOf(this.#charts) : which === 'benchmark' ? benchmarkOf(this.#charts) : drawdownOf(this.#charts);
      if (series === undefined) return undefined;
      // Daily series hold the latest point at or before the time.
      const found = nearest(series.columns.times, time);
      const index2 = (series.columns.times[found] ?? Infinity) > time ? found - 1 : found;
      return series.columns.values[index2];
    };
    const plain = (value: number | undefined): string => (value === undefined || Number.isNaN(value) ? '—' : String(value));
    return new VirtualTable<number>({
      label: t('Equity, benchmark and drawdown over time'),
      empty: t('No points yet.'),
      onCopy: (text) => this.#events.copy(text),
      columns: [
        { id: 'time', title: t('Time'), track: '160px', mono: true, text: (row) => dateTime(equityOf(this.#charts)?.columns.times[row], this.#timeZone) },
        { id: 'equity', title: t('Equity'), track: 'minmax(90px, 1fr)', numeric: true, text: (row) => plain(at('equity', row)) },
        { id: 'benchmark', title: t('Benchmark'), track: 'minmax(90px, 1fr)', numeric: true, text: (row) => plain(at('benchmark', row)) },
        { id: 'drawdown', title: t('Drawdown %'), track: 'minmax(90px, 1fr)', numeric: true, text: (row) => plain(at('drawdown', row)) },
      ],
    });
  }

  #fillTable(): void {
    this.#table.setRows(Array.from(equityOf(this.#charts)?.columns.times.keys() ?? []));
  }

  /** Every point of every series shown: long form, raw values, UTC. */
  #csv(): string {
    const rows: (string | number)[][] = [['time', 'chart', 'series', 'open', 'high', 'low', 'value']];
    for (const chart of this.#charts) {
      for (const { name, columns } of chart.series) {
        for (const [index, time] of columns.times.entries()) {
          rows.push([`${dateTime(time).replace(' ', 'T')}Z`, chart.name, name, columns.open?.[index] ?? '', columns.high?.[index] ?? '', columns.low?.[index] ?? '', columns.values[index] ?? '']);
        }
      }
    }
    return toCsv(rows);
  }
}
