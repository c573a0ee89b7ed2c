import type { DockerClient } from './client';
import { statusOf } from './errors';
import { list, text } from './read';

const BUILT_IN = new Set(['', 'default', 'bridge', 'host', 'none']);
/** On networks that we made. */
export const NETWORK_LABEL = 'lean.workbench.network';

/** Makes sure of networks by name, once each; several launches and several windows at a time are fine. */
export class Networks {
  readonly #docker: DockerClient;
  readonly #known = new Map<string, Promise<void>>();

  constructor(docker: DockerClient) {
    this.#docker = docker;
  }

  /** Resolves once the network is there. */
  ensure(name: string): Promise<void> {
    if (BUILT_IN.has(name) || name.startsWith('container:')) return Promise.resolve();
    let known = this.#known.get(name);
    if (known === undefined) {
      known = this.#make(name);
      this.#known.set(name, known);
      known.catch(() => this.#known.delete(name));
    }
    return known;
  }

  /** Looks again at the next `ensure`: somebody removed it. */
  forget(name: string): void {
    this.#known.delete(name);
  }

  async #make(name: string): Promise<void> {
    try {
      await this.#docker.getNetwork(name).inspect();
      return;
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
    let id: string;
    try {
      id = text(await this.#docker.createNetwork({ Name: name, CheckDuplicate: true, Driver: 'bridge', Labels: { [NETWORK_LABEL]: '1' } }), 'id');
    } catch (error) {
      // Somebody else was faster.
      if (statusOf(error) === 409) return;
      throw error;
    }
    await this.#removeTwin(name, id);
  }

  /** Older engines may make two of a name when asked twice at once, and then find neither: the oldest stays. */
  async #removeTwin(name: string, ours: string): Promise<void> {
    const all = list(await this.#docker.listNetworks({ filters: { name: [name] } }))
      .filter((network) => text(network, 'Name') === name)
      .map((network) => ({ id: text(network, 'Id'), created: text(network, 'Created') }))
      .sort((a, b) => a.created.localeCompare(b.created) || a.id.localeCompare(b.id));
    if (all.length < 2 || all[0]?.id === ours) return;
    try {
      await this.#docker.getNetwork(ours).remove();
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }
}
