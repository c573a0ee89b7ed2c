import type { Logger } from '../../base/logger';
import type { LaunchPlan } from '../../lean/plan';
import type { DockerClient } from './client';
import { engineMessage, statusOf } from './errors';
import { list, text } from './read';

/** How many volumes of installed Python packages are kept, as `lean` keeps them (contract: containers.md). */
const KEEP = 10;
/** As volumeName in src/lean makes them: the hash of the requirements, the image's Python, whose it is. */
const PACKAGES = /^lean_workbench_python_[0-9a-f]{32}(?:_\d+\.[\w.]*)?(?:_(\d+))?$/;

/**
 * Removes the oldest of a person's volumes of Python packages beyond ten. Only after a run that has one; never that one, nor
 * one that a container has. Never throws: what cannot be removed is logged, and tried again after the next run.
 */
export async function prunePackageVolumes(plan: LaunchPlan, docker: DockerClient, logger: Logger): Promise<void> {
  const own = plan.container.mounts.flatMap((mount) => (mount.type === 'volume' ? [mount.source] : [])).find((name) => PACKAGES.test(name));
  if (own === undefined) return;
  try {
    const owner = PACKAGES.exec(own)?.[1];
    const volumes = list(await docker.listVolumes({ filters: { name: ['lean_workbench_python_'] } }), 'Volumes')
      .map((volume) => ({ name: text(volume, 'Name'), created: Date.parse(text(volume, 'CreatedAt')) || 0 }))
      .filter(({ name }) => PACKAGES.test(name) && PACKAGES.exec(name)?.[1] === owner);
    let tooMany = volumes.length - KEEP;
    for (const { name } of volumes.filter((volume) => volume.name !== own).sort((a, b) => a.created - b.created)) {
      if (tooMany <= 0) return;
      if (await remove(docker, name)) tooMany -= 1;
    }
  } catch (error) {
    logger.warn(`Old volumes of Python packages could not be removed: ${engineMessage(error)}`);
  }
}

/** False for one that a container has. */
async function remove(docker: DockerClient, name: string): Promise<boolean> {
  try {
    await docker.getVolume(name).remove();
    return true;
  } catch (error) {
    if (statusOf(error) === 409) return false;
    if (statusOf(error) === 404) return true;
    throw error;
  }
}
