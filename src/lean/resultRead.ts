import { visit } from 'jsonc-parser';
import { WorkbenchError } from '../base/errors';
import { isJsonObject, type Json, type JsonObject } from '../base/json';
import { t } from '../base/l10n';

/** Collects what could not be read, with where; a broken file of a million points still gives a short list. */
export class ReadWarnings {
  readonly #counts = new Map<string, { example: string; count: number }>();

  /** @param where path of the value in the file; digits in it are folded together when many are alike. */
  add(where: string, what: string): void {
    const kind = `${where.replace(/\d+/g, '#')}: ${what}`;
    const seen = this.#counts.get(kind);
    if (seen === undefined) {
      if (this.#counts.size < 50) this.#counts.set(kind, { example: `${where}: ${what}`, count: 1 });
    } else seen.count++;
  }

  get list(): readonly string[] {
    return [...this.#counts.values()].map(({ example, count }) => (count === 1 ? example : t('{0} (and {1} alike)', example, count - 1)));
  }
}

/** A member by its camelCase name; older LEAN wrote PascalCase. */
export function member(object: JsonObject, name: string): Json | undefined {
  if (Object.hasOwn(object, name)) return object[name];
  const pascal = name.charAt(0).toUpperCase() + name.slice(1);
  return Object.hasOwn(object, pascal) ? object[pascal] : undefined;
}

/** An object member; absent and null are an empty object, anything else is warned of. */
export function objectMember(object: JsonObject, name: string, where: string, warnings: ReadWarnings): JsonObject {
  const value = member(object, name);
  if (value === undefined || value === null) return {};
  if (isJsonObject(value)) return value;
  warnings.add(where === '' ? name : `${where}.${name}`, t('expected an object'));
  return {};
}

/** Numbers as LEAN writes them: null, "NaN" and "Infinity" texts included. Undefined when it is none. */
export function toNumber(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (value === null) return NaN;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (text === 'NaN') return NaN;
  if (/^[+-]?Infinity$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  return Number(text);
}

/** Text of a scalar; undefined for objects, arrays and nothing. */
export function toText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return undefined;
}

/** Unix seconds from unix seconds or an ISO time; a time without zone is UTC, as LEAN means it. */
export function toTime(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value === '') return undefined;
  const iso = /(Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`;
  const time = Date.parse(iso);
  return Number.isNaN(time) ? undefined : time / 1000;
}

/**
 * Parses strict JSON.
 * @throws WorkbenchError `file-empty` or `file-invalid` with the place of the first fault.
 */
export function parseJsonText(text: string, file: string): Json {
  if (text.trim() === '') {
    throw new WorkbenchError('file-empty', t('The result file is empty: {0}', file), { action: 'open-file', actionArgument: file, location: { file } });
  }
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json;
  } catch (cause) {
    const offset = firstFault(text);
    const place = offset === undefined ? undefined : positionAt(text, offset);
    const cut = offset !== undefined && text.slice(offset).trim() === '';
    const at = place === undefined ? '' : t(' at line {0}, column {1}', place.line, place.column);
    throw new WorkbenchError('file-invalid', t('The result file {0}{1}: {2}', cut ? t('ends too early') : t('is not valid JSON'), at, file), {
      cause,
      action: 'open-file',
      actionArgument: file,
      location: { file, ...place },
    });
  }
}

class Found extends Error {}

function firstFault(text: string): number | undefined {
  let found: number | undefined;
  try {
    visit(text, { onError: (_code, offset) => { found = offset; throw new Found(); } }, { disallowComments: true });
  } catch (error) {
    // A nesting too deep for the visitor leaves the place unknown; the parse error itself is told all the same.
    if (!(error instanceof Found) && !(error instanceof RangeError)) throw error;
  }
  return found;
}

function positionAt(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let index = text.indexOf('\n'); index !== -1 && index < offset; index = text.indexOf('\n', index + 1)) {
    line++;
    start = index + 1;
  }
  return { line, column: offset - start + 1 };
}
