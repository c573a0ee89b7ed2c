/** Readers for what the engine answers: tolerant of absent fields, never trusting a type. */

export function field(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[key];
  }
  return current;
}

export function text(value: unknown, ...path: readonly string[]): string {
  const found = field(value, ...path);
  return typeof found === 'string' ? found : '';
}

export function count(value: unknown, ...path: readonly string[]): number {
  const found = field(value, ...path);
  return typeof found === 'number' && Number.isFinite(found) ? found : 0;
}

export function list(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = field(value, ...path);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
}

export function texts(value: unknown, ...path: readonly string[]): readonly string[] {
  return list(value, ...path).filter((item) => typeof item === 'string');
}

/** An object's entries whose value is text: labels. */
export function textRecord(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const found = field(value, ...path);
  if (typeof found !== 'object' || found === null) return {};
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
