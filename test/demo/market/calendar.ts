/** Sessions of the US stock exchanges, by rule: enough for made-up data, not a record of every special closure. */

/** A calendar day, month 1-12. */
export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Minutes since midnight in New York. */
export const SESSION = { premarket: 4 * 60, open: 9 * 60 + 30, earlyClose: 13 * 60, close: 16 * 60, postmarket: 20 * 60 } as const;

const MS_PER_DAY = 86_400_000;

export function dayFromText(text: string): Day {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) throw new Error(`Not a date as YYYY-MM-DD: ${text}`);
  return { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
}

/** `20131007`, as LEAN writes days in file names and time columns. */
export function leanDay({ year, month, day }: Day): string {
  return `${year}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}`;
}

/** `10/7/2013`, as the market-hours database writes days. */
export function hoursDatabaseDay({ year, month, day }: Day): string {
  return `${month}/${day}/${year}`;
}

/** Days since 1970-01-01, for arithmetic. */
export function dayNumber({ year, month, day }: Day): number {
  return Date.UTC(year, month - 1, day) / MS_PER_DAY;
}

export function fromDayNumber(value: number): Day {
  const date = new Date(value * MS_PER_DAY);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** 0 Sunday … 6 Saturday. */
function weekday(day: Day): number {
  return new Date(dayNumber(day) * MS_PER_DAY).getUTCDay();
}

/** The nth weekday of a month; n = -1 for the last. */
function nthWeekday(year: number, month: number, which: number, n: number): Day {
  if (n > 0) {
    const first = weekday({ year, month, day: 1 });
    return { year, month, day: 1 + ((which - first + 7) % 7) + (n - 1) * 7 };
  }
  const last = fromDayNumber(dayNumber(month === 12 ? { year: year + 1, month: 1, day: 1 } : { year, month: month + 1, day: 1 }) - 1);
  return { year, month, day: last.day - ((weekday(last) - which + 7) % 7) };
}

/** Gregorian Easter Sunday (the anonymous algorithm, Meeus). */
function easter(year: number): Day {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return { year, month: Math.floor(f / 31), day: (f % 31) + 1 };
}

/** A holiday of a fixed date: Saturday is kept on Friday, Sunday on Monday. */
function observed(day: Day): Day {
  const shift = weekday(day) === 6 ? -1 : weekday(day) === 0 ? 1 : 0;
  return fromDayNumber(dayNumber(day) + shift);
}

/** Full closures of a year, ascending. */
export function holidays(year: number): readonly Day[] {
  const days = [
    nthWeekday(year, 1, 1, 3),
    nthWeekday(year, 2, 1, 3),
    fromDayNumber(dayNumber(easter(year)) - 2),
    nthWeekday(year, 5, 1, -1),
    observed({ year, month: 7, day: 4 }),
    nthWeekday(year, 9, 1, 1),
    nthWeekday(year, 11, 4, 4),
    observed({ year, month: 12, day: 25 }),
  ];
  // A New Year's Day on a Saturday is not made up for: the exchange would close on the last day of the old year.
  if (weekday({ year, month: 1, day: 1 }) !== 6) days.push(observed({ year, month: 1, day: 1 }));
  if (year >= 2022) days.push(observed({ year, month: 6, day: 19 }));
  return days.sort((left, right) => dayNumber(left) - dayNumber(right));
}

/** Days of a year that end at 13:00: the eve of Independence Day, the day after Thanksgiving, Christmas Eve. */
export function earlyCloses(year: number): readonly Day[] {
  const closed = new Set(holidays(year).map(dayNumber));
  const days = [
    { year, month: 7, day: 3 },
    fromDayNumber(dayNumber(nthWeekday(year, 11, 4, 4)) + 1),
    { year, month: 12, day: 24 },
  ];
  return days.filter((day) => !closed.has(dayNumber(day)) && weekday(day) !== 0 && weekday(day) !== 6);
}

/** A day on which the exchange opens. */
export interface TradingDay {
  readonly day: Day;
  /** Minute of the New York day at which the regular session ends. */
  readonly close: number;
}

/** Every trading day from `first` to `last`, both included. */
export function tradingDays(first: Day, last: Day): readonly TradingDay[] {
  const closed = new Set<number>();
  const early = new Set<number>();
  for (let year = first.year; year <= last.year; year++) {
    for (const day of holidays(year)) closed.add(dayNumber(day));
    for (const day of earlyCloses(year)) early.add(dayNumber(day));
  }
  const days: TradingDay[] = [];
  for (let number = dayNumber(first); number <= dayNumber(last); number++) {
    const day = fromDayNumber(number);
    if (closed.has(number) || weekday(day) === 0 || weekday(day) === 6) continue;
    days.push({ day, close: early.has(number) ? SESSION.earlyClose : SESSION.close });
  }
  return days;
}
