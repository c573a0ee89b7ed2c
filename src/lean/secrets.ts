import { isJsonObject, type Json, type JsonObject } from '../base/json';
import { WorkbenchError } from '../base/errors';
import { t } from '../base/l10n';

// Words of keys whose values are credentials in lean.json, from the settings of LEAN's brokerages and data providers
// (charles-schwab-authorization-code-from-url, samco-year-of-birth: what that broker's login asks for).
const SECRET_WORDS = /token|secret|password|passphrase|passwd|pwd|credential|private|authorization|year-of-birth|(?:^|[-_.])auth(?:$|[-_.])|key/i;
// `api-handler` and its like name classes of LEAN.
const API_VALUE = /(?:^|[-_])api(?:$|[-_])/i;
const TYPE_NAME = /^QuantConnect\.[\w.]+(?:, [\w.]+)?$/;
const URL_WITH_PASSWORD = /^[a-z][\w+.-]*:\/\/[^/\s@]*:[^/\s@]+@/i;

/** Stands where a secret would be, in everything that is shown or kept. */
export const MASK = '••••••';

/** Whether a value looks like a credential, by its key and form. Empty values, booleans and LEAN's type names are not. */
export function looksSecret(key: string, value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '' || typeof value === 'boolean') return false;
  if (typeof value === 'string') {
    if (URL_WITH_PASSWORD.test(value) || value.includes('-----BEGIN')) return true;
    if (TYPE_NAME.test(value)) return false;
  }
  if (SECRET_WORDS.test(key)) return true;
  return typeof value === 'string' && API_VALUE.test(key);
}

/** A copy of lean.json's value in which every credential is a reference, whole branches below such a key included. */
export function referSecrets(config: JsonObject): JsonObject {
  return referBelow(config, '', 'lean.json:');
}

/** A reference to a value of the request, for `extraConfig` keys that look like credentials. */
export function referRequestSecret(key: string): JsonObject {
  return { $secret: `request:extra-config/${escapePointer(key)}` };
}

/** Where the credential references of a plan lead. */
export interface SecretSources {
  readonly leanConfig: JsonObject;
  readonly extraConfig?: Readonly<Record<string, string>>;
  /** Environment variables that a person gave, for `environment:…`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Reads what `lean login` keeps, for `lean-credentials:…`. */
  readonly leanCredential?: (key: string) => Promise<Json | undefined>;
}

/** Resolves a reference made by {@link referSecrets}: the value that stands in lean.json at its path. Throws `internal` when nothing is there. */
export function resolveLeanJsonSecret(leanConfig: JsonObject, name: string): Json {
  const pointer = name.startsWith('lean.json:') ? name.slice('lean.json:'.length) : undefined;
  let value: Json | undefined = pointer === undefined ? undefined : leanConfig;
  for (const part of pointer?.split('/').slice(1) ?? []) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (isJsonObject(value)) value = Object.hasOwn(value, key) ? value[key] : undefined;
    else if (Array.isArray(value)) value = (value as readonly Json[])[Number(key)];
    else value = undefined;
  }
  if (value === undefined) throw unknownSecret(name);
  return value;
}

/** Resolves any reference that {@link planLaunch} makes; hand it to the engine as `secrets`. */
export async function resolveLaunchSecret(sources: SecretSources, name: string): Promise<Json> {
  if (name.startsWith('request:extra-config/')) {
    const key = name.slice('request:extra-config/'.length).replaceAll('~1', '/').replaceAll('~0', '~');
    const value = sources.extraConfig?.[key];
    if (value === undefined) throw unknownSecret(name);
    return value;
  }
  if (name.startsWith('environment:')) {
    const value = sources.environment?.[name.slice('environment:'.length)];
    if (value === undefined) throw unknownSecret(name);
    return value;
  }
  if (name.startsWith('lean-credentials:')) {
    // A person who logged out between planning and starting has no token any more: LEAN takes an empty one.
    return (await sources.leanCredential?.(name.slice('lean-credentials:'.length))) ?? '';
  }
  return resolveLeanJsonSecret(sources.leanConfig, name);
}

function unknownSecret(name: string): WorkbenchError {
  return new WorkbenchError('internal', t('The launch plan refers to a secret that is not there any more: {0}. Start the run again.', name), {
    action: 'retry',
  });
}

function referBelow(value: JsonObject, pointer: string, prefix: string): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]): [string, Json] => {
      const path = `${pointer}/${escapePointer(key)}`;
      if (isJsonObject(item)) {
        if (Object.keys(item).length === 0) return [key, item];
        return [key, looksSecret(key, item) ? { $secret: prefix + path } : referBelow(item, path, prefix)];
      }
      if (Array.isArray(item)) return [key, referList(key, item as readonly Json[], path, prefix)];
      return [key, looksSecret(key, item) ? { $secret: prefix + path } : item];
    }),
  );
}

function referList(key: string, items: readonly Json[], path: string, prefix: string): Json {
  return items.map((item, index): Json => {
    const own = `${path}/${index}`;
    if (isJsonObject(item)) return looksSecret(key, item) ? { $secret: prefix + own } : referBelow(item, own, prefix);
    if (Array.isArray(item)) return referList(key, item as readonly Json[], own, prefix);
    return looksSecret(key, item) ? { $secret: prefix + own } : item;
  });
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
