import type { Clock } from '../../base/clock';
import { WorkbenchError, asWorkbenchError } from '../../base/errors';
import type { Json } from '../../base/json';
import type { Logger } from '../../base/logger';
import type { RunEvent } from '../../lean/events';
import { LABELS, START_EXIT, type LaunchPlan } from '../../lean/plan';
import { makeBindSources, type MadeFolders } from './bindSources';
import { ChunkReader } from './chunkReader';
import type { CreateOptions, DockerContainer } from './client';
import type { EngineConnection } from './connect';
import { createOptions } from './createOptions';
import { fillFiles, sendDelivery, writeDeliveryFolder, type DeliveredFile, type DeliveryFolder } from './delivery';
import { engineMessage, isConnectionError, launchError, statusOf } from './errors';
import { follow, type FollowEnd } from './follow';
import { chooseNetwork } from './networks';
import { mendOwnership } from './ownership';
import { prunePackageVolumes } from './packageVolumes';
import { list, text } from './read';
import { startFailure } from './startFailure';

/** How files reach the container. */
export type DeliveryWay = 'stdin' | 'folder';

export interface LaunchContext {
  readonly connection: EngineConnection;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly patience: number;
  /** Turns a connection that broke into an error that says so. */
  readonly explain: (error: unknown) => Promise<WorkbenchError | undefined>;
}

/** One launch of a plan: create, attach, start, undo. Each step leaves what `undo` needs. */
class Launch {
  readonly #plan: LaunchPlan;
  readonly #context: LaunchContext;
  readonly #way: DeliveryWay;
  readonly #signal: AbortSignal;
  #folders: MadeFolders | undefined;
  #delivery: DeliveryFolder | undefined;
  #container: DockerContainer | undefined;
  #attached: ChunkReader | undefined;
  #stdin: NodeJS.WritableStream | undefined;
  #files: readonly DeliveredFile[] = [];

  constructor(plan: LaunchPlan, context: LaunchContext, way: DeliveryWay, signal: AbortSignal) {
    this.#plan = plan;
    this.#context = context;
    this.#way = way;
    this.#signal = signal;
  }

  get container(): DockerContainer {
    if (this.#container === undefined) throw new WorkbenchError('internal', 'The container was not created.');
    return this.#container;
  }

  get attached(): ChunkReader | undefined {
    return this.#attached;
  }

  /** Fills the delivery, makes folders, chooses the network, creates the container and attaches to it. */
  async create(secrets: (name: string) => Promise<Json>): Promise<void> {
    const { connection } = this.#context;
    this.#check();
    const [files, folders, network] = await Promise.allSettled([fillFiles(this.#plan, secrets), makeBindSources(this.#plan), chooseNetwork(connection.docker, this.#plan.container.network)]);
    if (folders.status === 'fulfilled') this.#folders = folders.value;
    if (files.status === 'rejected') throw asWorkbenchError(files.reason);
    if (folders.status === 'rejected') throw asWorkbenchError(folders.reason);
    if (network.status === 'rejected') throw launchError(network.reason, this.#plan, 'create');
    this.#files = files.value;
    this.#check();
    if (this.#way === 'folder') this.#delivery = await writeDeliveryFolder(this.#files, this.#context.env);
    const { logsReadable, selinux } = connection;
    await this.#createContainer(createOptions(this.#plan, { network: network.value, logsReadable, selinux, deliveryFolder: this.#delivery?.path }));
    this.#check();
    await this.#attach();
    this.#check();
  }

  /** Starts the container; the delivery goes out meanwhile. */
  async start(): Promise<void> {
    this.#check();
    try {
      await this.#startOnce();
    } catch (error) {
      throw launchError(error, this.#plan, 'start');
    }
    this.#files = [];
    this.#check();
  }

  /** Removes a delivery from the host's disk. */
  async removeDelivery(): Promise<void> {
    try {
      await this.#delivery?.remove();
    } catch (error) {
      this.#context.logger.error(`The launch files in ${this.#delivery?.path ?? ''} could not be removed; they may hold secrets.`, error);
    }
  }

  /** Takes everything back that this launch made. Never throws: what cannot be undone is logged. */
  async undo(): Promise<void> {
    this.#attached?.destroy();
    await this.removeContainer();
    await this.removeDelivery();
    try {
      await this.#folders?.undo();
    } catch (error) {
      this.#context.logger.warn(`Empty folders of a failed start could not be removed: ${engineMessage(error)}`);
    }
  }

  async removeContainer(): Promise<void> {
    if (this.#container === undefined) return;
    try {
      await this.#container.remove({ force: true, v: true });
    } catch (error) {
      if (statusOf(error) === 404 || statusOf(error) === 409) return;
      this.#context.logger.warn(`The container ${this.#container.id.slice(0, 12)} could not be removed: ${engineMessage(error)}`);
    }
  }

  async #createContainer(options: CreateOptions): Promise<void> {
    const { docker } = this.#context.connection;
    try {
      // Never cut short: a create that the engine finished unheard would stay for good.
      this.#container = await docker.createContainer(options);
    } catch (error) {
      if (isConnectionError(error)) await this.#removeUnheard();
      throw launchError(error, this.#plan, 'create');
    }
  }

  /** The answer to a create got lost: the container may be there. */
  async #removeUnheard(): Promise<void> {
    const { docker } = this.#context.connection;
    try {
      const found = list(await docker.listContainers({ all: true, filters: { label: [`${LABELS.run}=${this.#plan.runId}`] } }));
      for (const item of found) await docker.getContainer(text(item, 'Id')).remove({ force: true, v: true });
    } catch (error) {
      this.#context.logger.debug(`Nothing could be looked up after a broken create: ${engineMessage(error)}`);
    }
  }

  async #attach(): Promise<void> {
    const stdin = this.#way === 'stdin';
    try {
      const stream = await this.container.attach({ hijack: true, stream: true, stdin, stdout: true, stderr: true });
      this.#attached = new ChunkReader(stream);
      this.#stdin = stream;
    } catch (error) {
      throw launchError(error, this.#plan, 'start');
    }
  }

  async #startOnce(): Promise<void> {
    const starting = this.container.start();
    if (this.#way === 'stdin' && this.#stdin !== undefined) {
      const { connection } = this.#context.connection.endpoint;
      sendDelivery(this.#stdin, this.#files, !(connection.kind === 'socket' && connection.path.startsWith('//./pipe/')));
    }
    await starting;
  }

  #check(): void {
    if (this.#signal.aborted) throw new WorkbenchError('cancelled', 'The launch was cancelled.', { visible: false });
  }
}

/** Carries a plan out; the contract is `Engine.launch`'s. @param way how files are delivered first; `folder` is tried when `stdin` did not arrive. */
export async function* launch(plan: LaunchPlan, secrets: (name: string) => Promise<Json>, signal: AbortSignal, context: LaunchContext, way: DeliveryWay): AsyncGenerator<RunEvent, DeliveryWay> {
  const { clock, logger } = context;
  const work = new Launch(plan, context, way, signal);
  let pending: Promise<void> = Promise.resolve();
  let started = false;
  let settled = false;
  try {
    pending = quiet(work.create(secrets));
    yield { type: 'phase', phase: 'creating', at: clock.now() };
    await pending;
    pending = quiet(work.start());
    yield { type: 'created', containerId: work.container.id, name: plan.container.name, at: clock.now() };
    yield { type: 'phase', phase: 'starting', at: clock.now() };
    await pending;
    started = true;
  } catch (error) {
    settled = true;
    await work.undo();
    yield { type: 'launch-failed', error: (await context.explain(error)) ?? asWorkbenchError(error, 'engine-failed'), at: clock.now() };
    return way;
  } finally {
    // The consumer left before the start.
    if (!started && !settled) {
      await pending.catch(() => undefined);
      await work.undo();
    }
  }
  const since = clock.now() - 5_000;
  yield { type: 'started', at: clock.now() };
  const run = following(plan, work.container.id, 0, signal, context, () => void work.removeDelivery());
  const end = yield* run.events(work.attached);
  if (end.kind === 'left') {
    await work.removeDelivery();
    return way;
  }
  await work.removeDelivery();
  if (end.kind === 'lost') {
    yield { type: 'lost', message: end.message, at: clock.now() };
    return way;
  }
  if (end.code === START_EXIT.deliveryFailed && !run.delivered() && way === 'stdin') {
    logger.info(`The image ${plan.image} did not take its files by standard input; they are delivered by a private folder instead.`);
    await work.removeContainer();
    yield* launch(plan, secrets, signal, context, 'folder');
    return 'folder';
  }
  yield* finish(plan, end, run, since, context, () => work.removeContainer(), () => work.undo());
  return way;
}

/** Follows a container that is already there; the contract is `Engine.adopt`'s. */
export async function* adopt(plan: LaunchPlan, containerId: string, offset: number, signal: AbortSignal, context: LaunchContext): AsyncGenerator<RunEvent> {
  const run = following(plan, containerId, offset, signal, context, () => undefined);
  const end = yield* run.events(undefined);
  if (end.kind === 'left') return;
  if (end.kind === 'lost') {
    yield { type: 'lost', message: end.message, at: context.clock.now() };
    return;
  }
  const container = context.connection.docker.getContainer(containerId);
  const remove = async (): Promise<void> => {
    try {
      await container.remove({ force: true, v: true });
    } catch (error) {
      if (statusOf(error) !== 404 && statusOf(error) !== 409) context.logger.warn(`The container ${containerId.slice(0, 12)} could not be removed: ${engineMessage(error)}`);
    }
  };
  yield* finish(plan, end, run, plan.createdAt, context, remove, remove);
}

interface Following {
  events(attached: ChunkReader | undefined): AsyncGenerator<RunEvent, FollowEnd>;
  /** Container path that the start script missed. */
  notVisible(): string | undefined;
  /** The start script got its files. */
  delivered(): boolean;
  /** LEAN itself was started: exit codes are its own. */
  loading(): boolean;
}

function following(plan: LaunchPlan, containerId: string, offset: number, signal: AbortSignal, context: LaunchContext, onDelivered: () => void): Following {
  let notVisible: string | undefined;
  let delivered = false;
  let loading = false;
  const { connection, logger, clock, patience } = context;
  return {
    notVisible: () => notVisible,
    delivered: () => delivered,
    loading: () => loading,
    events: (attached) =>
      follow(
        {
          docker: connection.docker,
          containerId,
          plan,
          offset,
          signal,
          logger,
          clock,
          patience,
          onMarker: (marker) => {
            if (marker.kind === 'not-visible') notVisible = marker.path;
            if (marker.kind === 'phase' && marker.phase === 'loading') loading = true;
            if (marker.kind === 'delivery-read') {
              delivered = true;
              onDelivered();
            }
          },
        },
        attached,
      ),
  };
}

async function* finish(
  plan: LaunchPlan,
  end: Extract<FollowEnd, { kind: 'exited' }>,
  run: Following,
  since: number,
  context: LaunchContext,
  remove: () => Promise<void>,
  undo: () => Promise<void>,
): AsyncGenerator<RunEvent> {
  const failure = run.loading() ? undefined : startFailure(plan, end.code, run.notVisible(), end.lastLine);
  if (failure !== undefined) {
    await undo();
    yield { type: 'launch-failed', error: failure, at: context.clock.now() };
    return;
  }
  await mendOwnership(plan, context.connection.docker, since, context.logger);
  const removing = remove();
  try {
    yield { type: 'exited', code: end.code, outOfMemory: end.outOfMemory, ...(end.endedByUs ? { endedByUs: true } : {}), at: context.clock.now() };
  } finally {
    await removing;
    await prunePackageVolumes(plan, context.connection.docker, context.logger);
  }
}

/** A promise whose rejection is awaited later, possibly never. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
