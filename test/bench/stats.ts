/** What a row of measurements says. Same unit as the samples. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  /** Lower and upper quartile: the middle half of the samples lies between. */
  readonly low: number;
  readonly high: number;
  readonly min: number;
  readonly max: number;
}

/** Median and spread of at least one sample. Quantiles are interpolated linearly between the samples beside them. */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new Error('Nothing was measured.');
  const sorted = [...samples].sort((left, right) => left - right);
  return { count: sorted.length, median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75), min: quantile(sorted, 0), max: quantile(sorted, 1) };
}

function quantile(sorted: readonly number[], fraction: number): number {
  const place = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** Milliseconds that something took, and what it gave. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const started = performance.now();
  const value = await work();
  return { ms: performance.now() - started, value };
}
