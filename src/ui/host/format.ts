import type { Translate } from './translate';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A number with a typographic minus and, when asked, a plus. "—" for unknown. */
function signed(value: number | undefined, digits: number, plus: boolean): string {
  if (value === undefined || !Number.isFinite(value)) return '—';
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? '−' : plus ? '+' : '') + text;
}

/** A fraction as percent: 0.1243 → `+12.4 %`. */
export function percent(fraction: number | undefined, digits = 1, plus = true): string {
  return fraction === undefined || !Number.isFinite(fraction) ? '—' : `${signed(fraction * 100, digits, plus)} %`;
}

/** A ratio: `1.31`. */
export function ratio(value: number | undefined, digits = 2): string {
  return signed(value, digits, false);
}

/** A whole number with thousands separators. */
export function count(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '—' : Math.round(value).toLocaleString('en-US');
}

/** Money in the account's currency, two digits. */
export function money(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '—';
  return value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }).replace('-', '−');
}

/** A duration in seconds as people say it: `41 s`, `4 m 12 s`, `2 h 5 m`, `2 d 4 h`. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds) || seconds < 0) return '—';
  const whole = seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds);
  if (whole < MINUTE) return `${whole} s`;
  const rounded = Math.round(seconds);
  if (rounded < HOUR) return `${Math.floor(rounded / MINUTE)} m ${rounded % MINUTE} s`;
  if (rounded < DAY) return `${Math.floor(rounded / HOUR)} h ${Math.floor((rounded % HOUR) / MINUTE)} m`;
  return `${Math.floor(rounded / DAY)} d ${Math.floor((rounded % DAY) / HOUR)} h`;
}

/** How old something is, coarse: `3 d`, `5 h`. */
export function age(fromMs: number, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - fromMs) / 1000);
  if (seconds < MINUTE) return '<1 m';
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} m`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h`;
  return `${Math.floor(seconds / DAY)} d`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Local clock time: `09:41`. */
export function clockTime(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Local date: `2026-11-21`. */
export function isoDate(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The date of simulated time, which LEAN charts in UTC: `2019-04-12`. */
export function simulatedDate(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().slice(0, 10);
}

/** Whether a moment lies on the same local day as another. */
export function isSameDay(a: number, b: number): boolean {
  return isoDate(a) === isoDate(b);
}

/** When something was, as briefly as is clear: `today 09:41`, `yesterday 17:03`, `Tue 09:12`, `2026-10-02 09:12`. */
export function moment(ms: number, nowMs: number, t: Translate): string {
  const time = clockTime(ms);
  if (isSameDay(ms, nowMs)) return t('today {0}', time);
  const yesterday = new Date(nowMs);
  yesterday.setDate(yesterday.getDate() - 1);
  if (isSameDay(ms, yesterday.getTime())) return t('yesterday {0}', time);
  if (ms < nowMs && nowMs - ms < 6 * DAY * 1000) return `${new Date(ms).toLocaleDateString('en-US', { weekday: 'short' })} ${time}`;
  return `${isoDate(ms)} ${time}`;
}

/** Bytes in the unit people use: `2.4 GB`. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit] ?? 'B'}`;
}

/** Text that Markdown shows as it is: nothing in a file of a person becomes a link, an image or HTML. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()#+\-.!|<>~$&:]/g, (mark) => (mark === '<' ? '&lt;' : mark === '&' ? '&amp;' : `\\${mark}`)).replaceAll(/\s*\r?\n\s*/g, ' ');
}
