import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository's root: the nearest folder, from the working directory upwards, that holds Lean Workbench's package.json. */
export const REPOSITORY = findRoot(process.cwd());

function findRoot(folder: string): string {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"name": "lean-workbench"')) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error(`Tests must be started inside the repository, not in ${process.cwd()}.`);
  return findRoot(parent);
}
