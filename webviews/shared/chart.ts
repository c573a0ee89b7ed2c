import { h } from './dom';
import { t } from './l10n';
import { AXIS_HEIGHT, Pane, type PaneSpec } from './pane';
import { onThemeChange } from './theme';

export type TimeRange = readonly [from: number, to: number];

export interface ChartEvents {
  /** The time under the shared cursor, undefined when it left. Keyboard moves are to be spoken. */
  onCursor(time: number | undefined, byKeyboard: boolean): void;
  onRange(range: TimeRange, whole: boolean): void;
}

/** Panes one under the other with one cursor and one zoom: drag to zoom in, wheel, keyboard, double click for all. */
export class ChartGroup {
  readonly element: HTMLElement;
  readonly #events: ChartEvents;
  #panes: Pane[] = [];
  #specs: readonly PaneSpec[] = [];
  #timeZone = 'UTC';
  #whole: TimeRange = [0, 1];
  /** Undefined: everything, growing with the data. */
  #zoom: TimeRange | undefined;
  #cursor: number | undefined;
  #frame = 0;

  constructor(label: string, events: ChartEvents) {
    this.#events = events;
    this.element = h('div', { class: 'chart-group', tabindex: 0, role: 'group', 'aria-label': label, 'aria-describedby': 'chart-keys' });
    this.element.append(h('p', { id: 'chart-keys', class: 'sr-only' }, t('Left and right move the cursor, plus and minus zoom, Shift with left and right pans, Home and End jump, 0 shows all.')));
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.element.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    this.element.addEventListener('dblclick', () => this.setRange(undefined));
    new ResizeObserver(() => this.#later()).observe(this.element);
    onThemeChange(() => {
      for (const pane of this.#panes) pane.redraw();
    });
  }

  get range(): TimeRange {
    return this.#zoom ?? this.#whole;
  }

  get whole(): TimeRange {
    return this.#whole;
  }

  get zoomed(): boolean {
    return this.#zoom !== undefined;
  }

  get panes(): readonly Pane[] {
    return this.#panes;
  }

  /** Shows these panes; zoom and cursor stay. */
  setPanes(specs: readonly PaneSpec[], timeZone: string): void {
    this.#specs = specs;
    this.#timeZone = timeZone;
    this.#whole = wholeRange(specs);
    const old = new Map(this.#panes.map((pane) => [pane.spec.id, pane]));
    this.#panes = specs.map((spec) => {
      const pane = old.get(spec.id) ?? new Pane(spec, { onPointer: (time, from) => this.#point(time, from), onSelect: (from, to) => this.setRange([from, to]) });
      old.delete(spec.id);
      return pane;
    });
    for (const pane of old.values()) pane.destroy();
    for (const [position, pane] of this.#panes.entries()) {
      const there = this.element.querySelectorAll('.pane')[position];
      if (there !== pane.element) this.element.insertBefore(pane.element, there ?? null);
    }
    this.#layout();
  }

  /** Zooms to a range, or to everything. */
  setRange(range: TimeRange | undefined): void {
    this.#zoom = range === undefined ? undefined : this.#clamp(range);
    for (const pane of this.#panes) pane.show(this.range);
    for (const pane of this.#panes) pane.point(this.#cursor);
    this.#events.onRange(this.range, this.#zoom === undefined);
    this.#events.onCursor(this.#cursor, false);
  }

  /** Lays out at once: after the group was hidden. */
  refresh(): void {
    this.#layout();
  }

  #clamp([from, to]: TimeRange): TimeRange | undefined {
    const [first, last] = this.#whole;
    // A minute is LEAN's finest bar that charts are sampled at.
    const least = Math.min(60, last - first);
    const span = Math.max(to - from, least);
    if (span >= last - first) return undefined;
    const start = Math.min(Math.max(from, first), last - span);
    return [start, start + span];
  }

  #later(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#layout());
  }

  #layout(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || height === 0) return;
    const total = this.#specs.reduce((sum, spec) => sum + spec.weight, 0);
    for (const [position, spec] of this.#specs.entries()) {
      const isLast = position === this.#specs.length - 1;
      const share = Math.floor(((height - AXIS_HEIGHT) * spec.weight) / total) + (isLast ? AXIS_HEIGHT : 0);
      this.#panes[position]?.update(spec, this.#timeZone, isLast, { width, height: Math.max(60, share) }, this.range);
    }
  }

  #point(time: number | undefined, from: Pane): void {
    this.#cursor = time;
    for (const pane of this.#panes) if (pane !== from) pane.point(time);
    this.#events.onCursor(time, false);
  }

  #onWheel(event: WheelEvent): void {
    const area = this.#panes[0]?.area;
    // Where the page itself scrolls (one narrow column) the wheel is the page's, unless Ctrl is held.
    if (area === undefined || (matchMedia('(max-width: 600px)').matches && !event.ctrlKey)) return;
    event.preventDefault();
    const [from, to] = this.range;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      this.#pan(((event.deltaX + (event.shiftKey ? event.deltaY : 0)) / area.width) * (to - from));
      return;
    }
    const at = from + Math.min(1, Math.max(0, (event.clientX - area.left) / area.width)) * (to - from);
    this.#scale(Math.exp(event.deltaY * 0.0015), at);
  }

  #scale(factor: number, around: number): void {
    const [from, to] = this.range;
    this.setRange([around - (around - from) * factor, around + (to - around) * factor]);
  }

  #pan(seconds: number): void {
    const [from, to] = this.range;
    if (this.#zoom !== undefined) this.setRange([from + seconds, to + seconds]);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.target !== this.element || event.ctrlKey || event.metaKey || event.altKey) return;
    const [from, to] = this.range;
    const span = to - from;
    const middle = this.#cursor ?? from + span / 2;
    const acts: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => (event.shiftKey ? this.#pan(-span / 10) : this.#moveCursor(-1)),
      ArrowRight: () => (event.shiftKey ? this.#pan(span / 10) : this.#moveCursor(1)),
      Home: () => this.#setCursor(from),
      End: () => this.#setCursor(to),
      '+': () => this.#scale(0.7, middle),
      '=': () => this.#scale(0.7, middle),
      '-': () => this.#scale(1 / 0.7, middle),
      '0': () => this.setRange(undefined),
      Escape: () => this.setRange(undefined),
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  /** One point of the first series on, or as far as a pixel where points are denser. */
  #moveCursor(steps: number): void {
    const [from, to] = this.range;
    const width = this.#panes[0]?.area?.width ?? 500;
    const times = this.#panes[0]?.data?.[0] ?? [];
    const at = this.#cursor ?? (steps > 0 ? from : to);
    const next = steps > 0 ? Array.from(times).find((time) => time > at) : Array.from(times).findLast((time) => time < at);
    const pixel = (to - from) / width;
    const wanted = next ?? at;
    this.#setCursor(Math.min(to, Math.max(from, Math.abs(wanted - at) < pixel ? at + steps * pixel : wanted)));
  }

  #setCursor(time: number): void {
    this.#cursor = time;
    for (const pane of this.#panes) pane.point(time);
    this.#events.onCursor(time, true);
  }
}

function wholeRange(specs: readonly PaneSpec[]): TimeRange {
  let from = Infinity;
  let to = -Infinity;
  for (const { series } of specs) {
    for (const { columns: { times } } of series) {
      from = Math.min(from, times[0] ?? Infinity);
      to = Math.max(to, times[times.length - 1] ?? -Infinity);
    }
  }
  if (!Number.isFinite(from) || !Number.isFinite(to)) return [0, 1];
  return from === to ? [from - 43_200, to + 43_200] : [from, to];
}
