import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../base/errors';

/** A project with more sources than this is searched no further: they only help to name places in messages. */
const MAX_FILES = 5000;
const SOURCE = /\.(?:py|cs|fs|vb)$/;

/** The sources in a run's code snapshot, as paths in the project they were copied from. */
export async function listSources(snapshotFolder: string, projectFolder: string): Promise<readonly string[]> {
  const files: string[] = [];
  const folders: (readonly string[])[] = [[]];
  for (let at = 0; at < folders.length && files.length < MAX_FILES; at++) {
    const parts = folders[at] ?? [];
    const entries = await readdir(join(snapshotFolder, ...parts), { withFileTypes: true }).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    });
    for (const entry of entries) {
      if (entry.isDirectory()) folders.push([...parts, entry.name]);
      else if (SOURCE.test(entry.name)) files.push(join(projectFolder, ...parts, entry.name));
    }
  }
  return files;
}
