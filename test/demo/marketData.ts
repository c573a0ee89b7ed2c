import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { dayFromText, dayNumber, earlyCloses, holidays, hoursDatabaseDay, leanDay, SESSION, tradingDays, type Day } from './market/calendar';
import { aggregate, simulate, type Bar, type StockDay, type StockModel } from './market/prices';

/** What to make. The defaults suit the sample workspace. Days are YYYY-MM-DD. */
export interface MarketDataOptions {
  readonly seed: number;
  readonly stocks: readonly StockModel[];
  readonly first: string;
  readonly last: string;
  /** Days with minute files, both included; daily and hour files cover everything. */
  readonly minutesFirst: string;
  readonly minutesLast: string;
}

const NO_EVENTS = { dividendCents: 0, splits: [] } as const;

export const SAMPLE_MARKET_DATA: MarketDataOptions = {
  seed: 20_131_007,
  stocks: [
    { ticker: 'SPY', startCents: 9_700, drift: 0.075, volatility: 0.17, volume: 90_000_000, dividendCents: 55, splits: [] },
    { ticker: 'AAPL', startCents: 1_600, drift: 0.24, volatility: 0.33, volume: 60_000_000, dividendCents: 0, splits: [{ date: '2005-02-28', ratio: 2 }, { date: '2014-06-09', ratio: 7 }] },
    { ticker: 'IBM', startCents: 10_500, drift: 0.04, volatility: 0.22, volume: 5_000_000, dividendCents: 40, splits: [] },
    { ticker: 'BAC', startCents: 3_000, drift: 0.05, volatility: 0.34, volume: 80_000_000, ...NO_EVENTS },
  ],
  first: '1998-01-02',
  last: '2021-03-31',
  minutesFirst: '2013-10-01',
  minutesLast: '2013-10-31',
};

/** LEAN keeps equity prices as ten-thousandths of a dollar. */
const UNITS_PER_CENT = 100;
const MS_PER_MINUTE = 60_000;
/** The listing stays open: what LEAN writes for "not delisted". */
const LISTED = '20501231';

/** Writes a data folder that LEAN reads: prices, map and factor files, market hours, symbol properties, interest rates. */
export async function generateMarketData(folder: string, options: MarketDataOptions = SAMPLE_MARKET_DATA): Promise<void> {
  const days = tradingDays(dayFromText(options.first), dayFromText(options.last));
  const equity = join(folder, 'equity', 'usa');
  for (const part of ['daily', 'hour', 'map_files', 'factor_files']) await mkdir(join(equity, part), { recursive: true });

  for (const stock of options.stocks) {
    const ticker = stock.ticker.toLowerCase();
    const minuteRange = [dayNumber(dayFromText(options.minutesFirst)), dayNumber(dayFromText(options.minutesLast))] as const;
    const daily: string[] = [];
    const hourly: string[] = [];
    const events: DayEvent[] = [];
    for (const stockDay of simulate(stock, days, options.seed)) {
      const { day } = stockDay.tradingDay;
      const whole = aggregate(stockDay.minutes);
      daily.push(tradeLine(`${leanDay(day)} 00:00`, whole));
      hourly.push(...hourLines(stockDay));
      events.push({ day, closeCents: whole.close, splitRatio: stockDay.splitRatio, dividendCents: stockDay.dividendCents });
      if (dayNumber(day) >= minuteRange[0] && dayNumber(day) <= minuteRange[1]) await writeMinutes(join(equity, 'minute', ticker), ticker, stockDay);
    }
    await writeZip(join(equity, 'daily', `${ticker}.zip`), `${ticker}.csv`, daily);
    await writeZip(join(equity, 'hour', `${ticker}.zip`), `${ticker}.csv`, hourly);
    await writeFile(join(equity, 'map_files', `${ticker}.csv`), `${leanDay(dayFromText(options.first))},${ticker},P\n${LISTED},${ticker},P`);
    await writeFile(join(equity, 'factor_files', `${ticker}.csv`), factorLines(events).join('\n'));
  }
  await writeMarketHours(folder, dayFromText(options.first).year, dayFromText(options.last).year);
  await writeSymbolProperties(folder);
  await writeInterestRates(folder);
}

interface DayEvent {
  readonly day: Day;
  readonly closeCents: number;
  readonly splitRatio: number;
  readonly dividendCents: number;
}

function tradeLine(time: string, bar: Bar): string {
  const prices = [bar.open, bar.high, bar.low, bar.close].map((cents) => cents * UNITS_PER_CENT);
  return `${time},${prices.join(',')},${bar.volume}`;
}

/** LEAN's hour bars of equities start at the whole hour: the 09:00 bar holds 09:30 to 10:00. */
function hourLines({ tradingDay, minutes }: StockDay): readonly string[] {
  const lines: string[] = [];
  for (let hour = Math.floor(SESSION.open / 60); hour * 60 < tradingDay.close; hour++) {
    const from = Math.max(0, hour * 60 - SESSION.open);
    const bars = minutes.slice(from, (hour + 1) * 60 - SESSION.open);
    lines.push(tradeLine(`${leanDay(tradingDay.day)} ${String(hour).padStart(2, '0')}:00`, aggregate(bars)));
  }
  return lines;
}

/** Trades and quotes of one day; the spread is a cent, the sizes follow the volume. */
async function writeMinutes(folder: string, ticker: string, { tradingDay, minutes }: StockDay): Promise<void> {
  await mkdir(folder, { recursive: true });
  const day = leanDay(tradingDay.day);
  const time = (index: number): string => String((SESSION.open + index) * MS_PER_MINUTE);
  const trades = minutes.map((bar, index) => tradeLine(time(index), bar));
  const quotes = minutes.map((bar, index) => {
    const bid = [bar.open, bar.high, bar.low, bar.close].map((cents) => (cents - 1) * UNITS_PER_CENT);
    const ask = [bar.open, bar.high, bar.low, bar.close].map((cents) => cents * UNITS_PER_CENT);
    const size = 100 * (1 + (bar.volume % 20));
    return [time(index), ...bid, size, ...ask, size].join(',');
  });
  await writeZip(join(folder, `${day}_trade.zip`), `${day}_${ticker}_minute_trade.csv`, trades);
  await writeZip(join(folder, `${day}_quote.zip`), `${day}_${ticker}_minute_quote.csv`, quotes);
}

/**
 * Factor rows from the newest day back: a row stands on the last day on which its factors apply,
 * the trading day before a split or dividend. Seven digits for dividends, eight for splits, as LEAN rounds.
 */
export function factorLines(events: readonly DayEvent[]): readonly string[] {
  const lines = [`${LISTED},1,1,0`];
  let priceFactor = 1;
  let splitFactor = 1;
  for (let index = events.length - 1; index > 0; index--) {
    const event = events[index];
    const before = events[index - 1];
    if (event === undefined || before === undefined || (event.splitRatio === 1 && event.dividendCents === 0)) continue;
    priceFactor *= (before.closeCents - event.dividendCents) / before.closeCents;
    splitFactor /= event.splitRatio;
    lines.push(`${leanDay(before.day)},${decimal(priceFactor, 7)},${decimal(splitFactor, 8)},${decimal(before.closeCents / 100, 4)}`);
  }
  const [oldest] = events;
  if (oldest !== undefined) lines.push(`${leanDay(oldest.day)},${decimal(priceFactor, 7)},${decimal(splitFactor, 8)},1`);
  return [...new Map(lines.reverse().map((line) => [line.slice(0, 8), line])).values()];
}

function decimal(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

async function writeZip(file: string, entry: string, lines: readonly string[]): Promise<void> {
  // fflate writes the local time into the entry: a fixed local one keeps equal data equal in bytes.
  await writeFile(file, zipSync({ [entry]: strToU8(lines.join('\n')) }, { level: 6, mtime: new Date(2020, 0, 1) }));
}

/** Only what the sample's symbols need: US equities, in New York time. */
async function writeMarketHours(folder: string, firstYear: number, lastYear: number): Promise<void> {
  const years = Array.from({ length: lastYear - firstYear + 1 }, (_, index) => firstYear + index);
  const clock = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00`;
  const weekdayHours = [
    { start: clock(SESSION.premarket), end: clock(SESSION.open), state: 'premarket' },
    { start: clock(SESSION.open), end: clock(SESSION.close), state: 'market' },
    { start: clock(SESSION.close), end: clock(SESSION.postmarket), state: 'postmarket' },
  ];
  const entry = {
    dataTimeZone: 'America/New_York',
    exchangeTimeZone: 'America/New_York',
    sunday: [],
    ...Object.fromEntries(['monday', 'tuesday', 'wednesday', 'thursday', 'friday'].map((name) => [name, weekdayHours])),
    saturday: [],
    holidays: years.flatMap(holidays).map(hoursDatabaseDay),
    earlyCloses: Object.fromEntries(years.flatMap(earlyCloses).map((day) => [hoursDatabaseDay(day), clock(SESSION.earlyClose)])),
  };
  await mkdir(join(folder, 'market-hours'), { recursive: true });
  await writeFile(join(folder, 'market-hours', 'market-hours-database.json'), JSON.stringify({ entries: { 'Equity-usa-[*]': entry } }, undefined, 2));
}

async function writeSymbolProperties(folder: string): Promise<void> {
  const header = 'market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size,market_ticker,minimum_order_size,price_magnifier,strike_multiplier';
  await mkdir(join(folder, 'symbol-properties'), { recursive: true });
  await writeFile(join(folder, 'symbol-properties', 'symbol-properties-database.csv'), `${header}\nusa,[*],equity,,USD,1,0.01,1\n`);
  // Identifiers of securities are optional for LEAN, the file is not.
  await writeFile(join(folder, 'symbol-properties', 'security-database.csv'), '');
}

/** The risk-free rate behind Sharpe ratios; percent, the last known value is carried forward. */
async function writeInterestRates(folder: string): Promise<void> {
  const target = join(folder, 'alternative', 'interest-rate', 'usa');
  await mkdir(target, { recursive: true });
  await writeFile(join(target, 'interest-rate.csv'), 'DATE,PCREDIT8\n1998-01-02,5\n2003-01-09,2.25\n2008-12-16,0.5\n2015-12-17,1\n2020-03-16,0.25\n');
}
