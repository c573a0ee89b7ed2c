import { chmod, copyFile, lstat, mkdir, readdir, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, WorkbenchError } from '../base/errors';
import { t } from '../base/l10n';
import { isInside, pathsOf } from '../lean/hostPath';
import type { LaunchPlan } from '../lean/plan';
import type { ResultFolderPort } from '../lean/ports';
import { atomicWrite } from './atomic';
import { fileError } from './fileErrors';
import { RECORD_FOLDER } from './recordFolder';
import { isCode, sourceFiles } from './sourceFiles';

/** What {@link prepareResultFolder} makes; anything else in the folder is a result. */
const OURS: ReadonlySet<string> = new Set(['config', 'code', RECORD_FOLDER]);

/**
 * Makes the output folder as `lean` leaves it: `config`, a snapshot of the code, and the folder of our own record.
 * Throws `folder-read-only`, `name-in-use` (it holds something already, or a file stands in the way), `bad-request`
 * (a link leads out of the workspace) or `file-…`; whatever was made is removed again.
 */
export async function prepareResultFolder(plan: LaunchPlan): Promise<void> {
  const { folder } = plan.output;
  const made = await makeFolder(plan);
  try {
    await atomicWrite(join(folder, 'config'), `${JSON.stringify(plan.output.configFile, undefined, 4)}\n`);
    await copyCode(plan);
  } catch (error) {
    await undo(plan, made);
    throw fileError(error, folder, 'write');
  }
}

/** Removes what {@link prepareResultFolder} made, unless LEAN wrote results: then the folder stays as it is. */
export async function discardResultFolder(plan: LaunchPlan): Promise<void> {
  await undo(plan, undefined);
}

/** The part of the port that makes and removes folders; results are read elsewhere. */
export const resultFolders: Pick<ResultFolderPort, 'prepare' | 'discard'> = {
  prepare: prepareResultFolder,
  discard: discardResultFolder,
};

/** Gives the first folder that had to be made, or undefined when all were there. */
async function makeFolder(plan: LaunchPlan): Promise<string | undefined> {
  const { folder } = plan.output;
  let made: string | undefined;
  try {
    made = await makeFolders(folder);
    if ((await readdir(folder)).length > 0) throw holdsSomething(folder);
  } catch (error) {
    throw fileError(await inTheWay(error, folder), folder, 'write');
  }
  const paths = pathsOf(process.platform);
  const [real, workspace] = await Promise.all([realpath(folder), realpath(plan.workspaceFolder)]);
  if (!isInside(paths, workspace, real)) {
    await undo(plan, made);
    throw new WorkbenchError('bad-request', t('The output folder {0} leads out of the workspace, to {1}.', folder, real), { location: { file: folder } });
  }
  try {
    // Who makes this folder has the output: two windows that start in the same second both find it empty.
    await mkdir(join(folder, RECORD_FOLDER));
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw holdsSomething(folder, error);
    await undo(plan, made);
    throw fileError(error, join(folder, RECORD_FOLDER), 'write');
  }
  return made;
}

/** As mkdir with `recursive`, which on a read-only file system says that the folder does not exist. */
async function makeFolders(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder);
    return folder;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return undefined;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
  }
  const first = await makeFolders(dirname(folder));
  return (await makeFolders(folder)) === undefined ? first : (first ?? folder);
}

function holdsSomething(folder: string, cause?: unknown): WorkbenchError {
  return new WorkbenchError('name-in-use', t('The output folder already holds something: {0}. Choose another one, or empty it.', folder), { cause, location: { file: folder } });
}

/** A file where a folder is needed: named, for mkdir only names the whole path. */
async function inTheWay(error: unknown, folder: string): Promise<unknown> {
  const code = errorCode(error);
  if (code !== 'EEXIST' && code !== 'ENOTDIR') return error;
  for (let path = folder; dirname(path) !== path; path = dirname(path)) {
    const facts = await lstat(path).catch(() => undefined);
    if (facts !== undefined && !facts.isDirectory()) {
      return new WorkbenchError('name-in-use', t('A file stands where the folder of results must be: {0}. Rename or remove it.', path), {
        cause: error,
        location: { file: path },
        action: 'open-file',
        actionArgument: path,
      });
    }
  }
  return error;
}

async function copyCode(plan: LaunchPlan): Promise<void> {
  const { from, to } = plan.output.code;
  await mkdir(to, { recursive: true });
  const files = await sourceFiles(from, isCode);
  const folders = new Set(files.map(({ path }) => dirname(join(to, path))));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  await Promise.all(
    files.map(async ({ path, absolute }) => {
      const target = join(to, path);
      await copyFile(absolute, target);
      // A read-only source makes a snapshot that the person can still delete.
      await chmod(target, 0o644);
    }),
  );
}

async function undo(plan: LaunchPlan, made: string | undefined): Promise<void> {
  const { folder } = plan.output;
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw fileError(error, folder, 'read');
  }
  if (names.some((name) => !OURS.has(name))) return;
  try {
    for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
    await rmdir(folder);
    await removeEmptyAbove(plan, made);
  } catch (error) {
    // Somebody put something in meanwhile: it is theirs.
    if (errorCode(error) !== 'ENOTEMPTY' && errorCode(error) !== 'ENOENT') throw fileError(error, folder, 'write');
  }
}

/** `backtests/` itself goes too when the failed start made it. */
async function removeEmptyAbove(plan: LaunchPlan, made: string | undefined): Promise<void> {
  const paths = pathsOf(process.platform);
  const first = made ?? join(plan.projectFolder, 'backtests');
  for (let folder = dirname(plan.output.folder); isInside(paths, first, folder); folder = dirname(folder)) await rmdir(folder);
}
