import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError } from './fileErrors';

/**
 * Writes a file so that a reader sees the old or the new content, never a part: written beside, flushed, renamed over.
 * Throws `folder-read-only`, `engine-no-space` or `file-unreadable`, with the path.
 * @param mode permission bits of a new file
 */
export async function atomicWrite(file: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(error, file, 'write');
  }
}
