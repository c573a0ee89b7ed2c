import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../base/errors';
import type { JsonObject } from '../base/json';
import { parseJsonObject } from '../lean/jsonFile';
import type { AccountFacts } from '../lean/planInput';
import { fileError } from './fileErrors';

/** `engine-image` that `lean config set` keeps in `~/.lean/config`, if any. A broken file throws `file-invalid`. */
export async function readLeanCliImage(home: string): Promise<string | undefined> {
  const image = (await readLeanFile(home, 'config'))['engine-image'];
  return typeof image === 'string' && image.trim() !== '' ? image.trim() : undefined;
}

/** Who is logged in with `lean login`. The token itself is only read when a container is fed: {@link readLeanCredential}. */
export async function readLeanAccount(home: string): Promise<AccountFacts> {
  const credentials = await readLeanFile(home, 'credentials');
  const userId = credentials['user-id'];
  const known = typeof userId === 'string' || typeof userId === 'number';
  return { ...(known ? { userId: String(userId) } : {}), hasToken: typeof credentials['api-token'] === 'string' && credentials['api-token'] !== '' };
}

/** A value of `~/.lean/credentials`: a secret. Undefined when there is none. */
export async function readLeanCredential(home: string, key: string): Promise<string | undefined> {
  const value = (await readLeanFile(home, 'credentials'))[key];
  return typeof value === 'string' ? value : undefined;
}

async function readLeanFile(home: string, name: string): Promise<JsonObject> {
  const file = join(home, '.lean', name);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw fileError(error, file, 'read');
  }
  // `lean` takes an empty file for an empty object.
  return text.trim() === '' ? {} : parseJsonObject(text, file, `~/.lean/${name}`).value;
}
