import { SESSION, type TradingDay } from './calendar';

/** Prices are whole cents throughout, so that nothing is rounded twice; volumes are shares. */
export interface Bar {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** What a made-up stock is like. */
export interface StockModel {
  readonly ticker: string;
  /** First price, cents. */
  readonly startCents: number;
  /** Expected return and standard deviation a year: 0.08 = 8 %. */
  readonly drift: number;
  readonly volatility: number;
  /** Shares on an ordinary day. */
  readonly volume: number;
  /** Cents a share each quarter; paid on the first trading day of the third month. 0 for none. */
  readonly dividendCents: number;
  /** Trading days (YYYY-MM-DD) before whose open each share becomes `ratio` shares. */
  readonly splits: readonly { readonly date: string; readonly ratio: number }[];
}

/** One day of a stock: its minutes of the regular session, and the events before its open. */
export interface StockDay {
  readonly tradingDay: TradingDay;
  /** From 09:30, one bar a minute, to the close. */
  readonly minutes: readonly Bar[];
  /** Shares that one share became before the open; 1 = no split. */
  readonly splitRatio: number;
  readonly dividendCents: number;
}

/** A small, fast generator of numbers in [0, 1): mulberry32. Equal seeds give equal data on every machine. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A seed of its own for each stock, from the run's seed and the ticker (FNV-1a). */
export function seedFor(seed: number, ticker: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const letter of ticker) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}

/** Aggregates bars in order into one. There must be at least one. */
export function aggregate(bars: readonly Bar[]): Bar {
  const [first] = bars;
  const last = bars.at(-1);
  if (first === undefined || last === undefined) throw new Error('Nothing to aggregate: a session without minutes.');
  let { high, low } = first;
  let volume = 0;
  for (const bar of bars) {
    high = Math.max(high, bar.high);
    low = Math.min(low, bar.low);
    volume += bar.volume;
  }
  return { open: first.open, high, low, close: last.close, volume };
}

const MINUTES_PER_YEAR = 252 * 390;
/** The night carries part of a day's variance, as if it were this many minutes of trading. */
const NIGHT_MINUTES = 60;
const LOWEST_CENTS = 100;

/** Simulates a stock day by day: raw prices, as LEAN keeps them on disk, with splits and dividends taken out at the open. */
export function* simulate(model: StockModel, days: readonly TradingDay[], seed: number): Generator<StockDay> {
  const random = randomNumbers(seedFor(seed, model.ticker));
  // Irwin-Hall with four terms: close enough to a normal distribution, and the same on every platform.
  const normal = (): number => (random() + random() + random() + random() - 2) * Math.sqrt(3);
  const splits = new Map(model.splits.map((split) => [split.date, split.ratio]));
  const sigma = model.volatility / Math.sqrt(MINUTES_PER_YEAR);
  const mu = model.drift / MINUTES_PER_YEAR - (sigma * sigma) / 2;
  let price = model.startCents;
  let previousMonth = 0;

  for (const tradingDay of days) {
    const { year, month, day } = tradingDay.day;
    const splitRatio = splits.get(`${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`) ?? 1;
    const paysToday = month % 3 === 0 && month !== previousMonth && previousMonth !== 0;
    const dividendCents = paysToday ? model.dividendCents : 0;
    previousMonth = month;

    price = Math.max(LOWEST_CENTS, (price - dividendCents) / splitRatio);
    price *= Math.exp(mu * NIGHT_MINUTES + sigma * Math.sqrt(NIGHT_MINUTES) * normal());
    const minutes: Bar[] = [];
    const length = tradingDay.close - SESSION.open;
    const dayVolume = model.volume * (0.5 + random());
    for (let index = 0; index < length; index++) {
      const open = Math.max(LOWEST_CENTS, price);
      price = Math.max(LOWEST_CENTS, price * Math.exp(mu + sigma * normal()));
      const reach = Math.abs(normal()) * sigma * price * 0.4;
      // Trading is busiest at both ends of the day.
      const busy = 0.5 + 2 * (2 * (index / length) - 1) ** 2;
      minutes.push({
        open: Math.round(open),
        high: Math.round(Math.max(open, price) + reach),
        low: Math.max(1, Math.round(Math.min(open, price) - reach)),
        close: Math.round(price),
        volume: Math.max(1, Math.round((dayVolume / 390) * busy * (0.4 + 1.2 * random()))),
      });
    }
    yield { tradingDay, minutes, splitRatio, dividendCents };
  }
}
