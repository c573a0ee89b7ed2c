import type { Translate } from '../host/translate';

/** Parameters as one line that a person edits: `fast=10, slow=20`. Values with commas are quoted. */
export function formatParameters(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${/[,;"\s]/.test(value) || value === '' ? `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : value}`)
    .join(', ');
}

export type ParsedParameters = { readonly ok: true; readonly parameters: Readonly<Record<string, string>> } | { readonly ok: false; readonly message: string };

/** Reads what {@link formatParameters} writes; also `;` or line ends between parameters. */
export function parseParameters(text: string, t: Translate): ParsedParameters {
  const parameters: Record<string, string> = {};
  let rest = text.trim();
  while (rest !== '') {
    const found = /^([^=,;\s"][^=,;"]*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,;\r\n"]*))\s*(?:[,;\r\n]\s*|$)/.exec(rest);
    if (found === null) return { ok: false, message: t('Write name=value, separated by commas; this is not clear: {0}', rest.slice(0, 40)) };
    const name = found[1] ?? '';
    if (name in parameters) return { ok: false, message: t("The parameter '{0}' stands twice.", name) };
    parameters[name] = found[2] === undefined ? (found[3] ?? '').trim() : found[2].replaceAll(/\\(.)/g, '$1');
    rest = rest.slice(found[0].length).trim();
  }
  return { ok: true, parameters };
}

/** Why a text cannot be the name of a backtest; undefined when it can. */
export function checkRunName(name: string, t: Translate): string | undefined {
  // eslint-disable-next-line no-control-regex -- control characters are exactly what a name must not hold
  if (/[\u0000-\u001f\u007f]/.test(name)) return t('A name cannot hold control characters.');
  if (name.length > 200) return t('A name has at most 200 characters.');
  return undefined;
}
