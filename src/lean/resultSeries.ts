import { isJsonObject, type Json, type JsonObject } from '../base/json';
import { t } from '../base/l10n';
import type { ResultChart, ResultSeries } from './result';
import { seriesTypeOf } from './resultEnums';
import { member, toNumber, toText, toTime, type ReadWarnings } from './resultRead';

/** Charts of a result file, in its order. */
export function readCharts(charts: JsonObject, warnings: ReadWarnings): ResultChart[] {
  const result: ResultChart[] = [];
  for (const [key, chart] of Object.entries(charts)) {
    const where = `charts.${key}`;
    if (!isJsonObject(chart)) {
      warnings.add(where, t('expected an object'));
      continue;
    }
    const series = member(chart, 'series');
    const read: ResultSeries[] = [];
    if (isJsonObject(series)) {
      for (const [name, item] of Object.entries(series)) {
        if (isJsonObject(item)) read.push(readSeries(item, name, `${where}.series.${name}`, warnings));
        else warnings.add(`${where}.series.${name}`, t('expected an object'));
      }
    } else if (series !== undefined && series !== null) warnings.add(`${where}.series`, t('expected an object'));
    result.push({ name: toText(member(chart, 'name')) ?? key, series: read });
  }
  return result;
}

function readSeries(item: JsonObject, key: string, where: string, warnings: ReadWarnings): ResultSeries {
  const values = member(item, 'values');
  const points: readonly Json[] = Array.isArray(values) ? (values as readonly Json[]) : [];
  if (!Array.isArray(values) && values !== undefined && values !== null) warnings.add(`${where}.values`, t('expected a list of points'));
  const type = seriesTypeOf(member(item, 'seriesType'));
  const columns = readPoints(points, type === 'candle', `${where}.values`, warnings);
  const color = toText(member(item, 'color'));
  const symbol = toText(member(item, 'scatterMarkerSymbol'));
  const index = toNumber(member(item, 'index'));
  return {
    name: toText(member(item, 'name')) ?? key,
    unit: toText(member(item, 'unit')) ?? '',
    type,
    index: index !== undefined && Number.isInteger(index) ? index : 0,
    ...(color !== undefined && /^#[0-9a-f]{6}$/i.test(color) ? { color } : {}),
    ...(symbol !== undefined && symbol !== 'none' && symbol !== '' ? { symbol } : {}),
    ...columns,
  };
}

type Columns = Pick<ResultSeries, 'times' | 'values' | 'open' | 'high' | 'low'>;

function readPoints(points: readonly Json[], candle: boolean, where: string, warnings: ReadWarnings): Columns {
  const size = points.length;
  const times = new Float64Array(size);
  const values = new Float64Array(size);
  const open = candle ? new Float64Array(size) : undefined;
  const high = candle ? new Float64Array(size) : undefined;
  const low = candle ? new Float64Array(size) : undefined;
  let count = 0;
  for (const [position, point] of points.entries()) {
    const read = Array.isArray(point) ? fromArray(point as readonly Json[]) : isJsonObject(point) ? fromObject(point) : undefined;
    if (read === undefined) {
      warnings.add(`${where}.${position}`, t('expected a point of time and value'));
      continue;
    }
    times[count] = read.time;
    values[count] = read.close;
    if (open !== undefined && high !== undefined && low !== undefined) {
      open[count] = read.open;
      high[count] = read.high;
      low[count] = read.low;
    }
    count++;
  }
  const cut = (column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> => (count === size ? column : column.slice(0, count));
  return {
    times: cut(times),
    values: cut(values),
    ...(open !== undefined && high !== undefined && low !== undefined ? { open: cut(open), high: cut(high), low: cut(low) } : {}),
  };
}

interface Point {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** `[t, v]` or `[t, o, h, l, c]`. */
function fromArray(point: readonly Json[]): Point | undefined {
  const time = toTime(point[0]);
  if (time === undefined || point.length < 2) return undefined;
  if (point.length < 5) return flat(time, toNumber(point[1]));
  const [open, high, low, close] = [toNumber(point[1]), toNumber(point[2]), toNumber(point[3]), toNumber(point[4])];
  if (open === undefined || high === undefined || low === undefined || close === undefined) return undefined;
  return { time, open, high, low, close };
}

/** `{x, y}`, as scatter series and older LEAN have it, and candles as objects. */
function fromObject(point: JsonObject): Point | undefined {
  const time = toTime(member(point, 'x') ?? member(point, 'time') ?? member(point, 't'));
  if (time === undefined) return undefined;
  const close = toNumber(member(point, 'y') ?? member(point, 'close') ?? member(point, 'value') ?? null);
  const open = toNumber(member(point, 'open'));
  const high = toNumber(member(point, 'high'));
  const low = toNumber(member(point, 'low'));
  if (close === undefined) return undefined;
  return open === undefined || high === undefined || low === undefined ? flat(time, close) : { time, open, high, low, close };
}

function flat(time: number, value: number | undefined): Point | undefined {
  return value === undefined ? undefined : { time, open: value, high: value, low: value, close: value };
}
