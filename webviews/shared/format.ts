import { t } from './l10n';

/** What stands where a value is unknown. */
export const DASH = '—';
const known = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);

/** Money with currency and thousands separators: `$1,234.50`, `1,234.50 USDT`. */
export function money(value: number | undefined, currency: string, digits = 2): string {
  if (!known(value)) return DASH;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  if (/^[A-Z]{3}$/.test(currency)) {
    return new Intl.NumberFormat('en-US', { ...options, style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(value).replace('-', '−');
  }
  const text = new Intl.NumberFormat('en-US', options).format(value).replace('-', '−');
  return currency === '' ? text : `${text} ${currency}`;
}

/** Short money for tiles and axes: `$4.10 M`. */
export function shortMoney(value: number | undefined, currency: string): string {
  if (!known(value)) return DASH;
  const size = Math.abs(value);
  const steps: readonly [number, string][] = [[1e12, ' T'], [1e9, ' B'], [1e6, ' M']];
  for (const [unit, suffix] of steps) if (size >= unit) return money(value / unit, currency) + suffix;
  return money(value, currency, size >= 10_000 ? 0 : 2);
}

/** A fraction as percent with two decimals: `+12.43 %` with sign, `8.20 %` without. */
export function percent(fraction: number | undefined, signed = false): string {
  if (!known(fraction)) return DASH;
  return `${fixed(fraction * 100, 2, signed)} %`;
}

/** A ratio with three decimals. */
export function ratio(value: number | undefined): string {
  return known(value) ? fixed(value, 3, false) : DASH;
}

/** A count with thousands separators. */
export function count(value: number | undefined): string {
  return known(value) ? new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 }).format(value).replace('-', '−') : DASH;
}

/** A quantity or price: as many decimals as it needs, at most eight significant below one. */
export function price(value: number | undefined): string {
  if (!known(value)) return DASH;
  const size = Math.abs(value);
  const digits = size >= 1 || size === 0 ? 4 : Math.min(10, 4 - Math.floor(Math.log10(size)));
  const least = Number.isInteger(value) ? 0 : 2;
  return new Intl.NumberFormat('en-US', { minimumFractionDigits: Math.min(least, digits), maximumFractionDigits: digits }).format(value).replace('-', '−');
}

/** Any number on an axis: short, with the unit LEAN gave. */
export function withUnit(value: number | undefined, unit: string): string {
  if (!known(value)) return DASH;
  const size = Math.abs(value);
  const steps: readonly [number, string][] = [[1e12, 'T'], [1e9, 'B'], [1e6, 'M'], [1e4, 'k']];
  const step = steps.find(([from]) => size >= from);
  const scaled = step === undefined ? value : value / (step[1] === 'k' ? 1e3 : step[0]);
  const text = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 }).format(scaled).replace('-', '−') + (step?.[1] ?? '');
  if (unit === '%') return `${text} %`;
  return unit.length === 1 && unit !== '' ? (text.startsWith('−') ? `−${unit}${text.slice(1)}` : unit + text) : unit === '' ? text : `${text} ${unit}`;
}

function fixed(value: number, digits: number, signed: boolean): string {
  const text = new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(Math.abs(value));
  const zero = Number(value.toFixed(digits)) === 0;
  if (value < 0 && !zero) return `−${text}`;
  return signed && !zero ? `+${text}` : text;
}

/** Direction by arrow, for those who see no colour. */
export function arrow(value: number | undefined): string {
  if (!known(value) || value === 0) return '';
  return value > 0 ? '▲' : '▼';
}

/** A duration of milliseconds as `4 m 12 s`. */
export function duration(ms: number | undefined): string {
  if (!known(ms) || ms < 0) return DASH;
  const seconds = ms / 1000;
  if (seconds < 1) return t('under 1 s');
  if (seconds < 10 && ms % 1000 !== 0) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const parts: readonly [number, string][] = [[Math.floor(whole / 86_400), 'd'], [Math.floor((whole % 86_400) / 3600), 'h'], [Math.floor((whole % 3600) / 60), 'm'], [whole % 60, 's']];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts.slice(first, first + 2).filter(([amount], position) => amount > 0 || position === 0).map(([amount, unit]) => `${amount} ${unit}`).join(' ');
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** `2013-10-09 15:30:00` (or the date alone) of unix seconds, in an IANA zone. */
export function dateTime(seconds: number | undefined, timeZone = 'UTC', withTime = true): string {
  if (!known(seconds) || Math.abs(seconds) > 8.6e12) return DASH;
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
    formatters.set(timeZone, formatter);
  }
  const text = formatter.format(seconds * 1000);
  return withTime ? text : text.slice(0, 10);
}

/** A zone as people say it: `New York time`, `UTC`. */
export function zoneWords(timeZone: string | undefined): string {
  if (timeZone === undefined || timeZone === 'UTC') return 'UTC';
  return t('{0} time', timeZone.replace(/^.*\//, '').replaceAll('_', ' '));
}

/** Comma-separated values, quoted where needed, CRLF as RFC 4180 has it. */
export function toCsv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string => {
    const text = typeof value === 'number' ? (Number.isFinite(value) ? String(value) : '') : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}
