import type { Clock } from '../../base/clock';
import { errorCode, WorkbenchError } from '../../base/errors';
import type { Json } from '../../base/json';
import { t } from '../../base/l10n';
import type { Logger } from '../../base/logger';
import type { RunEvent } from '../../lean/events';
import { LABELS, type LaunchPlan } from '../../lean/plan';
import type { Engine, EngineContainer, EngineInfo, ImageInfo } from '../../lean/ports';
import { isEngineInstalled, type DiscoveryHost } from '../discovery';
import { connect, type EngineConnection } from './connect';
import { callError, connectionError, isConnectionError, statusOf } from './errors';
import { checkImageUpdate, inspectImage, listImages, pullImage, type AuthFor } from './images';
import { adopt, launch, type DeliveryWay, type LaunchContext } from './launch';
import { count, list, text, textRecord, texts } from './read';
import { registryAuth } from './registryAuth';

export interface DockerAdapterOptions {
  /** `lean.docker.host`; asked anew after `forget`. */
  readonly hostSetting: () => string | undefined;
  /** `lean.docker.configDelivery`. */
  readonly delivery: () => DeliveryWay;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly host: DiscoveryHost;
  /** Milliseconds that a run's engine may be away before the run is called lost. */
  readonly patience: number;
}

/** The Engine over the Docker API. Loaded on first use: see ../dockerEngine. */
export class DockerAdapter implements Engine {
  readonly #options: DockerAdapterOptions;
  #found: Promise<EngineConnection> | undefined;
  /** Images that did not take standard input. */
  readonly #byFolder = new Set<string>();

  constructor(options: DockerAdapterOptions) {
    this.#options = options;
  }

  async info(signal?: AbortSignal): Promise<EngineInfo> {
    return (await this.#connect(signal)).info;
  }

  forget(): void {
    this.#found = undefined;
  }

  async inspectImage(name: string, signal?: AbortSignal): Promise<ImageInfo | undefined> {
    return this.#call(t('look at the image'), ({ docker }) => inspectImage(docker, name), signal);
  }

  async listImages(signal?: AbortSignal): Promise<readonly ImageInfo[]> {
    return this.#call(t('list images'), ({ docker }) => listImages(docker, signal), signal);
  }

  async pullImage(name: string, onProgress: (text: string, current: number, total: number) => void, signal: AbortSignal): Promise<ImageInfo> {
    return this.#call(t('pull the image'), ({ docker }) => pullImage(docker, name, this.#authFor, onProgress, signal), signal);
  }

  async checkImageUpdate(name: string, signal?: AbortSignal): Promise<'current' | 'newer' | 'local-only'> {
    return this.#call(t('compare the image'), ({ docker }) => checkImageUpdate(docker, name, this.#authFor, signal), signal);
  }

  async *launch(plan: LaunchPlan, secrets: (name: string) => Promise<Json>, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const context = yield* this.#context(signal);
    if (context === undefined) return;
    const way = this.#byFolder.has(plan.image) ? 'folder' : this.#options.delivery();
    const used = yield* launch(plan, secrets, signal, context, way);
    if (used === 'folder') this.#byFolder.add(plan.image);
  }

  async *adopt(containerId: string, plan: LaunchPlan, offset: number, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const context = yield* this.#context(signal);
    if (context !== undefined) yield* adopt(plan, containerId, offset, signal, context);
  }

  async stop(containerId: string, force: boolean): Promise<void> {
    await this.#call(t('stop the container'), ({ docker }) => ignoring([404, 409], docker.getContainer(containerId).kill({ signal: force ? 'SIGKILL' : 'SIGINT' })));
  }

  async listContainers(): Promise<readonly EngineContainer[]> {
    const answer = await this.#call(t('list the containers'), ({ docker }) => docker.listContainers({ all: true, filters: { label: [LABELS.run] } }));
    return list(answer).map((item) => ({
      id: text(item, 'Id'),
      name: (texts(item, 'Names')[0] ?? '').replace(/^\//, ''),
      running: ['running', 'paused', 'restarting'].includes(text(item, 'State')),
      labels: textRecord(item, 'Labels'),
      createdAt: count(item, 'Created') * 1000,
    }));
  }

  async remove(containerId: string): Promise<void> {
    await this.#call(t('remove the container'), ({ docker }) => ignoring([404, 409], docker.getContainer(containerId).remove({ force: true, v: true })));
  }

  readonly #authFor: AuthFor = (registry) => registryAuth(registry, this.#options.host, this.#options.logger);

  /** A launch that finds no engine fails as an event, like every other failure of it. */
  async *#context(signal: AbortSignal): AsyncGenerator<RunEvent, LaunchContext | undefined> {
    const { logger, clock, host, patience } = this.#options;
    try {
      const connection = await this.#connect(signal);
      return { connection, logger, clock, env: host.env, patience, explain: (error) => this.#explain(error, connection) };
    } catch (error) {
      yield { type: 'launch-failed', error: callError(error, t('be reached')), at: clock.now() };
      return undefined;
    }
  }

  async #call<T>(doing: string, call: (connection: EngineConnection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const connection = await this.#connect(signal);
    try {
      return await call(connection);
    } catch (error) {
      throw (await this.#explain(error, connection)) ?? callError(error, doing);
    }
  }

  /** A broken connection means that facts about the engine are stale; undefined for other errors. */
  async #explain(error: unknown, connection: EngineConnection): Promise<WorkbenchError | undefined> {
    const origin = error instanceof WorkbenchError && error.reason === 'engine-failed' ? error.cause : error;
    if (origin instanceof WorkbenchError || statusOf(origin) !== undefined || !isConnectionError(origin)) return undefined;
    this.forget();
    return connectionError(await freshError(origin, connection), connection.endpoint, await isEngineInstalled(this.#options.host));
  }

  async #connect(signal?: AbortSignal): Promise<EngineConnection> {
    signal?.throwIfAborted();
    if (this.#found === undefined) {
      const { host, logger, hostSetting } = this.#options;
      const looking = connect({ host, logger, setting: hostSetting() });
      this.#found = looking;
      looking.catch(() => {
        if (this.#found === looking) this.#found = undefined;
      });
    }
    return raceAbort(this.#found, signal);
  }
}

/** A connection that was kept open only tells that it was closed; a new one tells why. */
async function freshError(error: unknown, { docker }: EngineConnection): Promise<unknown> {
  if (!['ECONNRESET', 'EPIPE'].includes(errorCode(error) ?? '')) return error;
  try {
    await docker.version({ abortSignal: AbortSignal.timeout(2_000) });
    return error;
  } catch (now) {
    return statusOf(now) === undefined ? now : error;
  }
}

/** One looker's cancellation does not end the search that others share. */
async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new WorkbenchError('cancelled', 'Cancelled.', { visible: false }));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

async function ignoring(statuses: readonly number[], call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  }
}
