import type { DockerClient } from './client';
import { statusOf } from './errors';
import { field, text } from './read';

const BUILT_IN = new Set(['', 'default', 'bridge', 'host', 'none']);
/** Names of containers that run LEAN: `lean`'s and ours. They do not talk to each other. */
const ENGINE_CONTAINER = /^lean_(cli|workbench)_/;

/**
 * The network that a container joins. A network of its own costs about 55 ms of a start (measured on Docker 20.10), and
 * only serves to reach other containers by name: so it is joined while somebody else is on it, and left alone else.
 */
export async function chooseNetwork(docker: DockerClient, name: string): Promise<string> {
  if (BUILT_IN.has(name) || name.startsWith('container:')) return name;
  let found: unknown;
  try {
    found = await docker.getNetwork(name).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return 'default';
    throw error;
  }
  const others = Object.values(field(found, 'Containers') ?? {}).some((container) => !ENGINE_CONTAINER.test(text(container, 'Name')));
  return others ? name : 'default';
}
