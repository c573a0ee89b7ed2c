import { chown, mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WorkbenchError, errorCode, messageOf } from '../../base/errors';
import { t } from '../../base/l10n';
import type { LaunchPlan, PlanMount } from '../../lean/plan';
import { purposeWord } from '../../lean/planWords';

type Bind = Extract<PlanMount, { type: 'bind' }>;

/** Folders that were made for a launch. */
export interface MadeFolders {
  /** Removes those that are still empty: a launch that never ran leaves nothing. */
  undo(): Promise<void>;
}

/**
 * Makes the host folders that a plan wants made, owned by the person, before the engine could make them as root.
 * @throws WorkbenchError `folder-read-only` when one cannot be made.
 */
export async function makeBindSources(plan: LaunchPlan): Promise<MadeFolders> {
  const wanted = plan.container.mounts.filter((mount): mount is Bind => mount.type === 'bind' && mount.create);
  const made: string[] = [];
  try {
    for (const mount of wanted) made.push(...(await makeFolder(mount, plan)));
  } catch (error) {
    await removeEmpty(made);
    throw error;
  }
  return { undo: () => removeEmpty(made) };
}

async function makeFolder(mount: Bind, plan: LaunchPlan): Promise<readonly string[]> {
  let first: string | undefined;
  try {
    if ((await stat(mount.source)).isDirectory()) return [];
    throw Object.assign(new Error(t('it is a file')), { code: 'EEXIST' });
  } catch (cause) {
    if (errorCode(cause) !== 'ENOENT') throw cannotMake(mount, cause);
  }
  try {
    first = await mkdir(mount.source, { recursive: true });
  } catch (cause) {
    throw cannotMake(mount, cause);
  }
  const made: string[] = [];
  for (let path = mount.source; first !== undefined && path.length >= first.length; path = dirname(path)) made.push(path);
  // An extension host that runs as root works for the person all the same.
  if (plan.user.mode === 'host' && process.getuid?.() === 0 && plan.user.uid !== 0) {
    for (const path of made) await chown(path, plan.user.uid, plan.user.gid);
  }
  return made;
}

function cannotMake(mount: Bind, cause: unknown): WorkbenchError {
  return new WorkbenchError('folder-read-only', t('The folder {0} ({1}) cannot be made: {2}', mount.source, purposeWord(mount.purpose), messageOf(cause)), { cause, action: 'retry', actionArgument: mount.source });
}

/** Deepest first; one that holds something by now stays. */
async function removeEmpty(made: readonly string[]): Promise<void> {
  for (const path of [...made].sort((a, b) => b.length - a.length)) {
    try {
      await rmdir(path);
    } catch (error) {
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    }
  }
}
