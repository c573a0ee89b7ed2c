import { chown, lchown, lstat, readdir } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { errorCode } from '../../base/errors';
import type { Logger } from '../../base/logger';
import type { LaunchPlan, PlanMount } from '../../lean/plan';
import type { DockerClient } from './client';
import { engineMessage } from './errors';
import { count } from './read';

type Bind = Extract<PlanMount, { type: 'bind' }>;

/** How many entries a check looks at below one folder: market data may hold millions. */
const LOOK_AT_MOST = 20_000;
/** Paths that one helper container is given. */
const BATCH = 500;

/**
 * Gives files that a run left to root back to the person: only in host-user mode, only what is newer than the run.
 * @param since unix milliseconds. @param self the user id of this process. Root's own process changes owners directly; anyone else through a short-lived container of the same image.
 */
export async function mendOwnership(plan: LaunchPlan, docker: DockerClient, since: number, logger: Logger, self = process.getuid?.()): Promise<void> {
  const { user } = plan;
  if (user.mode !== 'host' || user.uid === 0) return;
  const binds = plan.container.mounts.filter((mount): mount is Bind => mount.type === 'bind' && !mount.readOnly);
  // LEAN writes its log always: where the results are the person's, LEAN ran as the person, and the big folders need no look.
  const results = binds.filter((bind) => bind.purpose === 'results');
  const others = binds.filter((bind) => bind.purpose !== 'results');
  const inResults = await rootOwned(results, since);
  const inOthers = await rootOwned(inResults.length > 0 ? others : others.filter((bind) => bind.purpose === 'storage'), since);
  const found = [...inResults, ...inOthers];
  if (found.length === 0) return;
  logger.debug(`Giving ${found.length} paths that the run left to root back to ${user.uid}:${user.gid}.`);
  try {
    if (self === 0) await Promise.all(found.map(({ host }) => chownTree(host, user.uid, user.gid)));
    else await chownInContainer(plan, docker, results.concat(others), found, `${user.uid}:${user.gid}`);
  } catch (error) {
    logger.warn(`Files of the run stay owned by root, because their owner could not be changed: ${engineMessage(error)}`);
  }
}

interface Found {
  readonly host: string;
  readonly container: string;
}

/** Topmost paths owned by root that were made since. */
async function rootOwned(binds: readonly Bind[], since: number): Promise<readonly Found[]> {
  const found = await Promise.all(
    binds.map(async (bind) => {
      const paths: string[] = [];
      await search(bind.source, since, paths, { left: LOOK_AT_MOST });
      return paths.map((host) => ({ host, container: posix.join(bind.target, ...relative(bind.source, host).split(sep)) }));
    }),
  );
  return found.flat();
}

async function search(path: string, since: number, found: string[], budget: { left: number }): Promise<void> {
  if (budget.left-- <= 0) return;
  const facts = await quietly(() => lstat(path));
  if (facts === undefined) return;
  // By birth, not by change: a root-owned folder of before changes with every file that is put into it.
  if (facts.uid === 0 && facts.birthtimeMs >= since) {
    found.push(path);
    return;
  }
  if (!facts.isDirectory()) return;
  for (const name of (await quietly(() => readdir(path))) ?? []) await search(join(path, name), since, found, budget);
}

async function chownTree(path: string, uid: number, gid: number): Promise<void> {
  const facts = await lstat(path);
  if (facts.isSymbolicLink()) return lchown(path, uid, gid);
  await chown(path, uid, gid);
  if (facts.isDirectory()) for (const name of await readdir(path)) await chownTree(join(path, name), uid, gid);
}

async function chownInContainer(plan: LaunchPlan, docker: DockerClient, binds: readonly Bind[], found: readonly Found[], owner: string): Promise<void> {
  for (let at = 0; at < found.length; at += BATCH) {
    const container = await docker.createContainer({
      Image: plan.image,
      Labels: { 'lean.workbench.helper': 'ownership' },
      User: '0:0',
      Entrypoint: ['chown', '-R', '-h', owner, '--', ...found.slice(at, at + BATCH).map((item) => item.container)],
      Cmd: [],
      WorkingDir: '/',
      NetworkDisabled: true,
      HostConfig: { NetworkMode: 'none', Mounts: binds.map((bind) => ({ Type: 'bind', Source: bind.source, Target: bind.target })) },
    });
    try {
      await container.start();
      const code = count(await container.wait(), 'StatusCode');
      if (code !== 0) throw new Error(`chown ended with ${code}`);
    } finally {
      await container.remove({ force: true, v: true });
    }
  }
}

/** Undefined for what vanished meanwhile or may not be read. */
async function quietly<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
