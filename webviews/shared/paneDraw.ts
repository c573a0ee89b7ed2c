import type uPlot from 'uplot';
import type { Columns } from './decimate';
import { canvasFont, color } from './theme';

/** A small triangle: up for buys at the bottom edge, down for sells at the top. */
export interface Mark {
  readonly time: number;
  readonly up: boolean;
}

/** Candles: rising ones hollow, falling ones filled, so that no colour is needed to tell them apart. */
export function drawCandles(plot: uPlot, columns: Required<Columns>): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  const { times, values, open, high, low } = columns;
  const width = Math.max(1, Math.min(9 * ratio, Math.floor((bbox.width / Math.max(1, times.length)) * 0.6)));
  ctx.save();
  clip(plot);
  ctx.lineWidth = Math.max(1, Math.round(ratio));
  for (let index = 0; index < times.length; index++) {
    const close = values[index] ?? NaN;
    if (!Number.isFinite(close)) continue;
    const y = (value: number | undefined): number => Math.round(plot.valToPos(value !== undefined && Number.isFinite(value) ? value : close, 'y', true));
    const x = Math.round(plot.valToPos(times[index] ?? NaN, 'x', true));
    const up = close >= (open[index] ?? close);
    ctx.strokeStyle = ctx.fillStyle = color(up ? 'gain' : 'loss');
    const top = Math.min(y(open[index]), y(close));
    const bottom = Math.max(y(open[index]), y(close));
    line(ctx, x, y(high[index]), width < 3 ? y(low[index]) : top);
    if (width < 3) {
      if (y(high[index]) === y(low[index])) ctx.fillRect(x - ratio, y(close), 2 * ratio, ratio);
      continue;
    }
    line(ctx, x, bottom, y(low[index]));
    const height = Math.max(ratio, bottom - top);
    if (up) ctx.strokeRect(x - width / 2, top, width, height);
    else ctx.fillRect(x - width / 2, top, width, height);
  }
  ctx.restore();
}

/** Order ticks; many in one pixel column are one. */
export function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  if (marks.length === 0) return;
  const { ctx, bbox } = plot;
  const size = 4 * devicePixelRatio;
  const done = new Set<string>();
  ctx.save();
  clip(plot);
  for (const { time, up } of marks) {
    const x = Math.round(plot.valToPos(time, 'x', true));
    const key = `${String(up)}${Math.round(x / size)}`;
    if (x < bbox.left || x > bbox.left + bbox.width || done.has(key)) continue;
    done.add(key);
    const edge = up ? bbox.top + bbox.height : bbox.top;
    const tip = up ? edge - size * 1.6 : edge + size * 1.6;
    ctx.fillStyle = color(up ? 'gain' : 'loss');
    ctx.beginPath();
    ctx.moveTo(x - size, edge);
    ctx.lineTo(x + size, edge);
    ctx.lineTo(x, tip);
    ctx.fill();
  }
  ctx.restore();
}

/** The pane's name, small, in its upper left corner. */
export function drawTitle(plot: uPlot, title: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = canvasFont(11 * devicePixelRatio);
  ctx.fillStyle = color('muted');
  ctx.textBaseline = 'bottom';
  ctx.textAlign = 'left';
  ctx.fillText(title, bbox.left, bbox.top - 2 * devicePixelRatio);
  ctx.restore();
}

function clip({ ctx, bbox }: uPlot): void {
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
}

function line(ctx: CanvasRenderingContext2D, x: number, from: number, to: number): void {
  if (from === to) return;
  ctx.beginPath();
  ctx.moveTo(x, from);
  ctx.lineTo(x, to);
  ctx.stroke();
}
