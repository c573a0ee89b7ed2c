/** Columns of a series, times ascending. */
export interface Columns {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly open?: Float64Array;
  readonly high?: Float64Array;
  readonly low?: Float64Array;
}

/** First index whose time is at or after `time`. */
export function lowerBound(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? Infinity) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the point nearest to a time; -1 for an empty series. */
export function nearest(times: Float64Array, time: number): number {
  if (times.length === 0) return -1;
  const after = lowerBound(times, time);
  if (after === 0) return 0;
  if (after === times.length) return times.length - 1;
  return time - (times[after - 1] ?? 0) <= (times[after] ?? 0) - time ? after - 1 : after;
}

/** Copies a series sorted by time when it is not. */
export function ascending(columns: Columns): Columns {
  const { times } = columns;
  let sorted = true;
  for (let index = 1; index < times.length && sorted; index++) sorted = (times[index - 1] ?? 0) <= (times[index] ?? 0);
  if (sorted) return columns;
  const order = Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  const pick = (column: Float64Array): Float64Array => Float64Array.from(order, (index) => column[index] ?? NaN);
  return {
    times: pick(times),
    values: pick(columns.values),
    ...(columns.open && columns.high && columns.low ? { open: pick(columns.open), high: pick(columns.high), low: pick(columns.low) } : {}),
  };
}

/** The visible part with one point on either side, at most about two points a pixel: each bucket keeps its extremes. */
export function decimateLine(columns: Columns, from: number, to: number, pixels: number): Columns {
  const { times, values } = columns;
  const start = Math.max(0, lowerBound(times, from) - 1);
  const end = Math.min(times.length, lowerBound(times, to) + 1);
  const size = end - start;
  const buckets = Math.max(1, Math.floor(pixels));
  if (size <= buckets * 2) return { times: times.subarray(start, end), values: values.subarray(start, end) };
  const keptTimes: number[] = [];
  const keptValues: number[] = [];
  const keep = (index: number): void => {
    keptTimes.push(times[index] ?? NaN);
    keptValues.push(values[index] ?? NaN);
  };
  keep(start);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const first = start + 1 + Math.floor((bucket * (size - 2)) / buckets);
    const last = start + 1 + Math.floor(((bucket + 1) * (size - 2)) / buckets);
    let least = first;
    let most = first;
    for (let index = first; index < last; index++) {
      const value = values[index] ?? NaN;
      // A gap never wins over a value: NaN compares false both ways.
      if (value < (values[least] ?? NaN) || Number.isNaN(values[least])) least = index;
      if (value > (values[most] ?? NaN) || Number.isNaN(values[most])) most = index;
    }
    keep(Math.min(least, most));
    if (least !== most) keep(Math.max(least, most));
  }
  keep(end - 1);
  return { times: Float64Array.from(keptTimes), values: Float64Array.from(keptValues) };
}

/** Candles merged so that at most `count` remain: first open, highest high, lowest low, last close. */
export function decimateCandles(columns: Columns, from: number, to: number, count: number): Required<Columns> {
  const { times, values } = columns;
  const open = columns.open ?? values;
  const high = columns.high ?? values;
  const low = columns.low ?? values;
  const start = Math.max(0, lowerBound(times, from) - 1);
  const end = Math.min(times.length, lowerBound(times, to) + 1);
  const size = end - start;
  if (size <= count) {
    const cut = (column: Float64Array): Float64Array => column.subarray(start, end);
    return { times: cut(times), values: cut(values), open: cut(open), high: cut(high), low: cut(low) };
  }
  const each = Math.ceil(size / count);
  const groups = Math.ceil(size / each);
  const out = { times: new Float64Array(groups), values: new Float64Array(groups), open: new Float64Array(groups), high: new Float64Array(groups), low: new Float64Array(groups) };
  for (let group = 0; group < groups; group++) {
    const first = start + group * each;
    const last = Math.min(end, first + each) - 1;
    let highest = -Infinity;
    let lowest = Infinity;
    for (let index = first; index <= last; index++) {
      highest = Math.max(highest, finite(high[index], -Infinity));
      lowest = Math.min(lowest, finite(low[index], Infinity));
    }
    out.times[group] = times[last] ?? NaN;
    out.open[group] = open[first] ?? NaN;
    out.values[group] = values[last] ?? NaN;
    out.high[group] = Number.isFinite(highest) ? highest : NaN;
    out.low[group] = Number.isFinite(lowest) ? lowest : NaN;
  }
  return out;
}

function finite(value: number | undefined, otherwise: number): number {
  return value !== undefined && Number.isFinite(value) ? value : otherwise;
}
