import { SERIES_TYPES, type ResultOrder, type SeriesType } from './result';

// LEAN writes these enumerations as integers in result files and as camelCase words in order events.
// Numbers: Common/Orders/OrderTypes.cs, Common/Global.cs and Common/BaseSeries.cs of LEAN, August 2026.

const ORDER_TYPES: Readonly<Record<number, string>> = {
  0: 'Market',
  1: 'Limit',
  2: 'StopMarket',
  3: 'StopLimit',
  4: 'MarketOnOpen',
  5: 'MarketOnClose',
  6: 'OptionExercise',
  7: 'LimitIfTouched',
  8: 'ComboMarket',
  9: 'ComboLimit',
  10: 'ComboLegLimit',
  11: 'TrailingStop',
};

/** 4 was never used. */
const ORDER_STATUSES: Readonly<Record<number, string>> = {
  0: 'New',
  1: 'Submitted',
  2: 'PartiallyFilled',
  3: 'Filled',
  5: 'Canceled',
  6: 'None',
  7: 'Invalid',
  8: 'CancelPending',
  9: 'UpdateSubmitted',
};

const SECURITY_TYPES: Readonly<Record<number, string>> = {
  0: 'Base',
  1: 'Equity',
  2: 'Option',
  3: 'Commodity',
  4: 'Forex',
  5: 'Future',
  6: 'Cfd',
  7: 'Crypto',
  8: 'FutureOption',
  9: 'Index',
  10: 'IndexOption',
  11: 'CryptoFuture',
};

const DIRECTIONS: Readonly<Record<number, ResultOrder['direction']>> = { 0: 'Buy', 1: 'Sell', 2: 'Hold' };

/** A number's word, or a word in LEAN's spelling whatever its case; undefined when LEAN has no such value. */
function wordOf<T extends string>(words: Readonly<Record<number, T>>, value: unknown): T | undefined {
  if (typeof value === 'number') return words[value];
  if (typeof value !== 'string') return undefined;
  const lower = value.toLowerCase();
  return Object.values(words).find((word) => word.toLowerCase() === lower) ?? (/^\d+$/.test(value) ? words[Number(value)] : undefined);
}

export const orderTypeOf = (value: unknown): string | undefined => wordOf(ORDER_TYPES, value);
export const orderStatusOf = (value: unknown): string | undefined => wordOf(ORDER_STATUSES, value);
export const securityTypeOf = (value: unknown): string | undefined => wordOf(SECURITY_TYPES, value);
export const directionOf = (value: unknown): ResultOrder['direction'] | undefined => wordOf(DIRECTIONS, value);

/** The series type of a number or a word; `unknown` for what LEAN may add later. */
export function seriesTypeOf(value: unknown): SeriesType {
  if (typeof value === 'number') return SERIES_TYPES[value] ?? 'unknown';
  if (typeof value !== 'string') return 'line';
  const lower = value.toLowerCase().replace(/[^a-z0-9]/g, '');
  return SERIES_TYPES.find((type) => type.replace('-', '') === lower) ?? 'unknown';
}
