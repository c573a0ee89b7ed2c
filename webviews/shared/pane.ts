import uPlot from 'uplot';
import { decimateCandles, decimateLine, type Columns } from './decimate';
import { canvasFont, color, faint, type ColorToken } from './theme';
import { drawCandles, drawMarks, drawTitle, type Mark } from './paneDraw';

export type PaneKind = 'line' | 'candle' | 'bar' | 'scatter' | 'area';

export interface PaneSeries {
  readonly name: string;
  readonly kind: PaneKind;
  readonly columns: Columns;
  /** What is read out where that is not what is drawn: stacked series. */
  readonly own?: Columns;
  readonly color: ColorToken;
  /** A colour the algorithm chose; wins over the token. */
  readonly ownColor?: string;
  readonly width?: number;
  /** Values for read-out and table. */
  readonly format: (value: number | undefined) => string;
}

export interface PaneSpec {
  readonly id: string;
  readonly title: string;
  readonly series: readonly PaneSeries[];
  /** Share of the height. */
  readonly weight: number;
  readonly log?: boolean;
  readonly axis: (value: number) => string;
  /** Small triangles at times: orders. */
  readonly marks?: readonly Mark[];
  /** Keeps zero in sight: drawdowns, bars. */
  readonly fromZero?: boolean;
}

export interface PaneEvents {
  /** The time under the pointer, undefined when it left. */
  onPointer(time: number | undefined, pane: Pane): void;
  onSelect(from: number, to: number): void;
}

/** What makes a pane need a new uPlot; anything else is updated in place. */
function structureOf(spec: PaneSpec, timeZone: string, isLast: boolean): string {
  return JSON.stringify([spec.log, timeZone, isLast, spec.series.map((item) => [item.name, item.kind, item.color, item.ownColor])]);
}

/** One uPlot with a decimated view of its series. */
export class Pane {
  readonly element = document.createElement('div');
  #plot: uPlot | undefined;
  #spec: PaneSpec;
  #structure = '';
  #shown: Required<Columns>[] = [];
  #bounds: [number, number] = [0, 1];
  #quiet = false;
  #size = { width: 0, height: 0 };
  readonly #events: PaneEvents;

  constructor(spec: PaneSpec, events: PaneEvents) {
    this.#spec = spec;
    this.#events = events;
    this.element.className = 'pane';
    this.element.dataset['pane'] = spec.id;
  }

  get spec(): PaneSpec {
    return this.#spec;
  }

  /** Left edge and width of the plotting area, in CSS pixels of the page. */
  get area(): { left: number; width: number } | undefined {
    const over = this.#plot?.over.getBoundingClientRect();
    return over === undefined ? undefined : { left: over.left, width: over.width };
  }

  /** What is plotted now, for tests and the curious: the very data uPlot holds. */
  get data(): uPlot.AlignedData | undefined {
    return this.#plot?.data;
  }

  update(spec: PaneSpec, timeZone: string, isLast: boolean, size: { width: number; height: number }, range: readonly [number, number]): void {
    const structure = structureOf(spec, timeZone, isLast);
    this.#spec = spec;
    this.#size = size;
    if (this.#plot === undefined || structure !== this.#structure) {
      this.#plot?.destroy();
      this.#structure = structure;
      this.#plot = new uPlot(this.#options(timeZone, isLast, size), [[]], this.element);
    } else if (this.#plot.width !== size.width || this.#plot.height !== size.height) this.#plot.setSize(size);
    this.show(range);
  }

  /** Shows a range of times, unix seconds. */
  show([from, to]: readonly [number, number]): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    const pixels = Math.max(50, this.#size.width - 80);
    this.#shown = this.#spec.series.map((item) => withAll(item.kind === 'candle' ? decimateCandles(item.columns, from, to, Math.floor(pixels / 7)) : decimateLine(item.columns, from, to, pixels)));
    this.#bounds = this.#boundsOf(from, to);
    const data = align(this.#shown);
    this.#quietly(() => {
      plot.batch(() => {
        plot.setData(data, false);
        plot.setScale('x', { min: from, max: to });
      });
    });
  }

  /** Puts the cursor at a time, without telling. */
  point(time: number | undefined): void {
    const plot = this.#plot;
    if (plot === undefined) return;
    this.#quietly(() => plot.setCursor(time === undefined ? { left: -10, top: -10 } : { left: plot.valToPos(time, 'x'), top: 1 }, false));
  }

  redraw(): void {
    this.#plot?.redraw(false, true);
  }

  destroy(): void {
    this.#plot?.destroy();
    this.element.remove();
  }

  #quietly(action: () => void): void {
    this.#quiet = true;
    try {
      action();
    } finally {
      this.#quiet = false;
    }
  }

  #boundsOf(from: number, to: number): [number, number] {
    let low = this.#spec.fromZero === true ? 0 : Infinity;
    let high = this.#spec.fromZero === true ? 0 : -Infinity;
    for (const { times, high: highs, low: lows } of this.#shown) {
      for (let index = 0; index < times.length; index++) {
        const time = times[index] ?? NaN;
        // The neighbours just outside only lead the line to the edge.
        if (times.length > 2 && (time < from || time > to)) continue;
        const most = highs[index] ?? NaN;
        const least = lows[index] ?? NaN;
        if (Number.isFinite(most) && most > high && !(this.#spec.log === true && most <= 0)) high = most;
        if (Number.isFinite(least) && least < low && !(this.#spec.log === true && least <= 0)) low = least;
      }
    }
    if (!Number.isFinite(low) || !Number.isFinite(high)) return this.#spec.log === true ? [1, 10] : [0, 1];
    if (this.#spec.log === true) return low === high ? [low / 1.05, high * 1.05] : [low / (high / low) ** 0.05, high * (high / low) ** 0.05];
    const pad = high === low ? Math.max(Math.abs(high) * 0.01, 0.01) : (high - low) * 0.06;
    return [this.#spec.fromZero === true && low === 0 ? 0 : low - pad, this.#spec.fromZero === true && high === 0 ? 0 : high + pad];
  }

  #options(timeZone: string, isLast: boolean, size: { width: number; height: number }): uPlot.Options {
    const font = canvasFont(11);
    const y: uPlot.Scale = { range: () => this.#bounds };
    if (this.#spec.log === true) Reflect.set(y, 'distr', LOGARITHMIC);
    const axis = { stroke: () => color('muted'), grid: { stroke: () => color('grid'), width: 1 }, font };
    const valueAxis: uPlot.Axis = {
      ...axis,
      size: 72,
      gap: 6,
      ticks: { show: false },
      space: 32,
      values: (_plot, splits) => splits.map((value: number | null) => (value === null ? '' : this.#spec.axis(value))),
    };
    Reflect.set(valueAxis, 'side', RIGHT);
    return {
      ...size,
      legend: { show: false },
      padding: [16, 0, isLast ? 0 : 4, 18],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), timeZone),
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 5 },
      },
      scales: {
        x: { time: true },
        y,
      },
      axes: [
        { ...axis, show: true, size: isLast ? AXIS_HEIGHT : 0, ticks: { show: false }, ...(isLast ? { values: DATE_LABELS } : { values: () => [] }) },
        valueAxis,
      ],
      series: [{}, ...this.#spec.series.map((item) => seriesOptions(item))],
      hooks: {
        setCursor: [
          (plot) => {
            if (this.#quiet) return;
            const { left } = plot.cursor;
            this.#events.onPointer(left === undefined || left < 0 ? undefined : plot.posToVal(left, 'x'), this);
          },
        ],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < 5) return;
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            this.#events.onSelect(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
          },
        ],
        draw: [
          (plot) => {
            for (const [position, item] of this.#spec.series.entries()) {
              const shown = this.#shown[position];
              if (item.kind === 'candle' && shown !== undefined) drawCandles(plot, shown);
            }
            drawMarks(plot, this.#spec.marks ?? []);
            drawTitle(plot, this.#spec.title);
          },
        ],
      },
    };
  }
}

/** Room for two lines of labels. */
export const AXIS_HEIGHT = 38;

// uPlot's numbers; its own names for them are ambient const enums, which a bundler cannot read.
const LOGARITHMIC = 3;
const RIGHT = 1;

/** ISO dates at every size: [step, label, and what to add where the larger unit changes]. */
const DATE_LABELS: uPlot.Axis.Values = [
  [3600 * 24 * 365, '{YYYY}', null, null, null, null, null, null, 1],
  [3600 * 24 * 28, '{YYYY}-{MM}', null, null, null, null, null, null, 1],
  [3600 * 24, '{MM}-{DD}', '\n{YYYY}', null, null, null, null, null, 1],
  [3600, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{MM}-{DD}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{YYYY}-{MM}-{DD}', null, '\n{MM}-{DD}', null, null, null, 1],
];

function seriesOptions(item: PaneSeries): uPlot.Series {
  const stroke = (): string => item.ownColor ?? color(item.color);
  const base: uPlot.Series = { label: item.name, scale: 'y', stroke, width: item.width ?? 1.5, points: { show: false }, spanGaps: false };
  switch (item.kind) {
    case 'candle':
      return { ...base, paths: () => null };
    case 'bar': {
      const paths = uPlot.paths.bars?.({ size: [0.8, 24] });
      return { ...base, width: 0, fill: stroke, ...(paths === undefined ? {} : { paths }) };
    }
    case 'scatter':
      return { ...base, paths: () => null, points: { show: true, size: 5, stroke, fill: stroke } };
    case 'area':
      return { ...base, fill: () => faint(item.color), fillTo: 0 };
    case 'line':
      return { ...base };
  }
}

function withAll(columns: Columns): Required<Columns> {
  const { times, values, open = values, high = values, low = values } = columns;
  return { times, values, open, high, low };
}

/** One time axis for all: a series without a point at a time has `undefined` there (no gap), NaN is a gap. */
function align(shown: readonly Required<Columns>[]): uPlot.AlignedData {
  const first = shown[0];
  const gaps = (column: Float64Array): (number | null)[] => Array.from(column, (value) => (Number.isNaN(value) ? null : value));
  if (first === undefined) return [[]];
  if (shown.length === 1) return [Array.from(first.times), gaps(first.values)];
  const times = [...new Set(shown.flatMap((columns) => Array.from(columns.times)))].sort((a, b) => a - b);
  const position = new Map(times.map((time, index) => [time, index]));
  const rows = shown.map((columns) => {
    const row = new Array<number | null | undefined>(times.length).fill(undefined);
    for (const [index, time] of columns.times.entries()) {
      const value = columns.values[index] ?? NaN;
      row[position.get(time) ?? 0] = Number.isNaN(value) ? null : value;
    }
    return row;
  });
  return [times, ...rows];
}
