import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { strFromU8, unzipSync } from 'fflate';
import { z } from 'zod';
import { dayFromText, earlyCloses, holidays, hoursDatabaseDay, leanDay, tradingDays } from '../demo/market/calendar';
import { factorLines, generateMarketData, SAMPLE_MARKET_DATA, type MarketDataOptions } from '../demo/marketData';

/** A small stretch with an early close (2013-07-03), a holiday, a split and a dividend. */
const SMALL: MarketDataOptions = {
  seed: 7,
  stocks: [
    { ticker: 'SPY', startCents: 16_000, drift: 0.08, volatility: 0.15, volume: 9_000_000, dividendCents: 80, splits: [] },
    { ticker: 'AAPL', startCents: 45_000, drift: 0.2, volatility: 0.3, volume: 4_000_000, dividendCents: 0, splits: [{ date: '2013-08-01', ratio: 7 }] },
  ],
  first: '2013-06-03',
  last: '2013-10-31',
  minutesFirst: '2013-07-01',
  minutesLast: '2013-07-05',
};

async function entryOf(file: string): Promise<{ readonly name: string; readonly lines: readonly string[] }> {
  const entries = Object.entries(unzipSync(await readFile(file)));
  const [entry] = entries;
  assert.ok(entry !== undefined && entries.length === 1, `${file} holds one entry`);
  return { name: entry[0], lines: strFromU8(entry[1]).split('\n') };
}

/** The numbers of a line after its time column. */
function numbers(line: string | undefined): readonly number[] {
  return (line ?? '').split(',').slice(1).map(Number);
}

describe('the exchange calendar', () => {
  it('has as many trading days as LEAN counts for SPY', () => {
    assert.equal(tradingDays(dayFromText('2013-01-01'), dayFromText('2013-12-31')).length, 252);
    assert.equal(tradingDays(dayFromText('2020-01-01'), dayFromText('2020-12-31')).length, 253);
  });

  it('knows holidays that move, and days that end early', () => {
    const of2013 = holidays(2013).map(hoursDatabaseDay);
    assert.deepEqual(of2013, ['1/1/2013', '1/21/2013', '2/18/2013', '3/29/2013', '5/27/2013', '7/4/2013', '9/2/2013', '11/28/2013', '12/25/2013']);
    assert.deepEqual(earlyCloses(2013).map(hoursDatabaseDay), ['7/3/2013', '11/29/2013', '12/24/2013']);
    // New Year's Day 2011 was a Saturday: 31 December 2010 stayed open.
    assert.ok(tradingDays(dayFromText('2010-12-31'), dayFromText('2010-12-31')).length === 1);
  });

  it('names a date that it cannot read', () => {
    assert.throws(() => dayFromText('7/3/2013'), /YYYY-MM-DD: 7\/3\/2013/);
  });
});

describe('the market data generator', () => {
  let folder = '';
  let twin = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lean-market-data-'));
    twin = await mkdtemp(join(tmpdir(), 'lean-market-data-'));
    await generateMarketData(folder, SMALL);
    await generateMarketData(twin, SMALL);
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
    await rm(twin, { recursive: true, force: true });
  });

  it('makes the same bytes from the same seed, and others from another', async () => {
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    assert.ok(files.length > 20);
    for (const file of files) assert.ok((await readFile(file)).equals(await readFile(file.replace(folder, twin))), file);
    await generateMarketData(twin, { ...SMALL, seed: 8 });
    const daily = join('equity', 'usa', 'daily', 'spy.zip');
    assert.ok(!(await readFile(join(folder, daily))).equals(await readFile(join(twin, daily))));
  });

  it('writes daily bars: one a trading day, at midnight, sorted, in ten-thousandths', async () => {
    const { name, lines } = await entryOf(join(folder, 'equity', 'usa', 'daily', 'spy.zip'));
    assert.equal(name, 'spy.csv');
    const expected = tradingDays(dayFromText(SMALL.first), dayFromText(SMALL.last)).map(({ day }) => `${leanDay(day)} 00:00`);
    assert.deepEqual(lines.map((line) => line.split(',')[0]), expected);
    for (const line of lines) {
      const [open = 0, high = 0, low = 0, close = 0, volume = 0] = numbers(line);
      assert.ok(high >= Math.max(open, close) && low <= Math.min(open, close), line);
      assert.ok([open, high, low, close].every((price) => price % 100 === 0 && price > 500_000 && price < 5_000_000), `whole cents near $160: ${line}`);
      assert.ok(Number.isInteger(volume) && volume > 0, line);
    }
  });

  it('keeps minute bars within the session, to the early close', async () => {
    const minutes = join(folder, 'equity', 'usa', 'minute', 'spy');
    assert.deepEqual((await readdir(minutes)).filter((file) => file.endsWith('_trade.zip')).sort(), ['20130701_trade.zip', '20130702_trade.zip', '20130703_trade.zip', '20130705_trade.zip']);
    for (const [day, last, count] of [['20130702', 57_540_000, 390], ['20130703', 46_740_000, 210]] as const) {
      const { name, lines } = await entryOf(join(minutes, `${day}_trade.zip`));
      assert.equal(name, `${day}_spy_minute_trade.csv`);
      assert.equal(lines.length, count);
      const times = lines.map((line) => Number(line.split(',')[0]));
      assert.equal(times[0], 34_200_000);
      assert.equal(times.at(-1), last);
      assert.ok(times.every((time, index) => time === 34_200_000 + index * 60_000));
    }
  });

  it('quotes a cent around the trades', async () => {
    const minutes = join(folder, 'equity', 'usa', 'minute', 'spy');
    const trades = await entryOf(join(minutes, '20130701_trade.zip'));
    const quotes = await entryOf(join(minutes, '20130701_quote.zip'));
    assert.equal(quotes.name, '20130701_spy_minute_quote.csv');
    assert.equal(quotes.lines.length, trades.lines.length);
    for (const [index, line] of quotes.lines.entries()) {
      const quote = numbers(line);
      assert.equal(quote.length, 10);
      const trade = numbers(trades.lines[index]);
      assert.deepEqual(quote.slice(5, 9), trade.slice(0, 4), 'ask = trade');
      assert.deepEqual(quote.slice(0, 4), trade.slice(0, 4).map((price) => price - 100), 'bid one cent below');
    }
  });

  it('lets daily and hour bars be the sum of their minutes', async () => {
    const equity = join(folder, 'equity', 'usa');
    const minutes = (await entryOf(join(equity, 'minute', 'spy', '20130703_trade.zip'))).lines.map(numbers);
    const daily = numbers((await entryOf(join(equity, 'daily', 'spy.zip'))).lines.find((line) => line.startsWith('20130703')));
    const hours = (await entryOf(join(equity, 'hour', 'spy.zip'))).lines.filter((line) => line.startsWith('20130703'));
    const whole = [minutes[0]?.[0], Math.max(...minutes.map((bar) => bar[1] ?? 0)), Math.min(...minutes.map((bar) => bar[2] ?? 0)), minutes.at(-1)?.[3], minutes.reduce((sum, bar) => sum + (bar[4] ?? 0), 0)];
    assert.deepEqual(daily, whole);
    assert.deepEqual(hours.map((line) => line.split(',')[0]), ['09', '10', '11', '12'].map((hour) => `20130703 ${hour}:00`));
    assert.equal(hours.map(numbers).reduce((sum, bar) => sum + (bar[4] ?? 0), 0), whole[4]);
    assert.equal(numbers(hours[0])[3], minutes[29]?.[3], 'the 09:00 bar ends at 10:00');
  });

  it('tells splits and dividends in factor files whose reference is the close of that day', async () => {
    const equity = join(folder, 'equity', 'usa');
    for (const [ticker, day] of [['aapl', '20130731'], ['spy', '20130830']] as const) {
      const rows = (await readFile(join(equity, 'factor_files', `${ticker}.csv`), 'utf8')).split('\n').map((line) => line.split(','));
      assert.deepEqual(rows.at(-1), ['20501231', '1', '1', '0']);
      const row = rows.find(([date]) => date === day);
      assert.ok(row !== undefined, `${ticker} has a row on ${day}`);
      const close = numbers((await entryOf(join(equity, 'daily', `${ticker}.zip`))).lines.find((line) => line.startsWith(day)))[3] ?? 0;
      assert.equal(Number(row[3]), close / 10_000);
      if (ticker === 'aapl') assert.equal(row[2], '0.14285714');
      else assert.ok(Math.abs(Number(row[3]) * (1 - Number(row[1])) - 0.8) < 1e-4, 'the row gives the dividend back');
    }
    const aapl = (await entryOf(join(equity, 'daily', 'aapl.zip'))).lines;
    const before = numbers(aapl.find((line) => line.startsWith('20130731')))[3] ?? 0;
    const split = numbers(aapl.find((line) => line.startsWith('20130801')))[0] ?? 0;
    assert.ok(Math.abs(before / split / 7 - 1) < 0.1, 'raw prices drop by the ratio');
  });

  it('keeps factor rows ascending and one a day', () => {
    const days = tradingDays(dayFromText('2013-07-01'), dayFromText('2013-07-03')).map(({ day }) => day);
    const lines = factorLines(days.map((day, index) => ({ day, closeCents: 10_000, splitRatio: index === 1 ? 2 : 1, dividendCents: index === 2 ? 100 : 0 })));
    assert.deepEqual(lines, ['20130701,0.99,0.5,100', '20130702,0.99,1,100', '20501231,1,1,0']);
  });

  it('writes what LEAN looks up beside the prices', async () => {
    assert.equal(await readFile(join(folder, 'equity', 'usa', 'map_files', 'spy.csv'), 'utf8'), '20130603,spy,P\n20501231,spy,P');
    const schema = z.object({ entries: z.record(z.string(), z.object({ dataTimeZone: z.string(), earlyCloses: z.record(z.string(), z.string()) })) });
    const hours = schema.parse(JSON.parse(await readFile(join(folder, 'market-hours', 'market-hours-database.json'), 'utf8')));
    const entry = hours.entries['Equity-usa-[*]'];
    assert.equal(entry?.dataTimeZone, 'America/New_York');
    assert.deepEqual(entry.earlyCloses, { '7/3/2013': '13:00:00', '11/29/2013': '13:00:00', '12/24/2013': '13:00:00' });
    assert.match(await readFile(join(folder, 'symbol-properties', 'symbol-properties-database.csv'), 'utf8'), /^usa,\[\*\],equity,,USD,1,0\.01,1$/m);
    assert.match(await readFile(join(folder, 'alternative', 'interest-rate', 'usa', 'interest-rate.csv'), 'utf8'), /^DATE,PCREDIT8\n/);
  });

  it('covers what the sample algorithms ask for', () => {
    assert.deepEqual(SAMPLE_MARKET_DATA.stocks.map((stock) => stock.ticker), ['SPY', 'AAPL', 'IBM', 'BAC']);
    assert.ok(SAMPLE_MARKET_DATA.first < '1999-01-01' && SAMPLE_MARKET_DATA.last > '2020-12-31');
  });
});
