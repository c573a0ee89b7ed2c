import { systemClock, type Clock } from '../base/clock';
import type { Json } from '../base/json';
import { translator } from '../base/l10n';
import { silentLogger, type Logger } from '../base/logger';
import type { RunEvent } from '../lean/events';
import type { LaunchPlan } from '../lean/plan';
import type { Engine, EngineContainer, EngineInfo, ImageInfo } from '../lean/ports';

export interface DockerEngineOptions {
  /** The value of `lean.docker.host`; empty or undefined looks in the usual order. Call `forget` when it changes. */
  readonly host?: () => string | undefined;
  /** The value of `lean.docker.configDelivery`. */
  readonly configDelivery?: () => 'memory' | 'file';
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Environment to find the engine and Docker's settings in; default the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds that an engine may be away during a run before the run is called lost; default one minute. */
  readonly patience?: number;
}

/** The Engine for Docker and what speaks its API. Light: the client is loaded at the first call. */
export class DockerEngine implements Engine {
  readonly #options: DockerEngineOptions;
  #engine: Promise<Engine> | undefined;

  constructor(options: DockerEngineOptions = {}) {
    this.#options = options;
  }

  async info(signal?: AbortSignal): Promise<EngineInfo> {
    return (await this.#load()).info(signal);
  }

  forget(): void {
    void this.#engine?.then((engine) => engine.forget());
  }

  async inspectImage(name: string, signal?: AbortSignal): Promise<ImageInfo | undefined> {
    return (await this.#load()).inspectImage(name, signal);
  }

  async listImages(signal?: AbortSignal): Promise<readonly ImageInfo[]> {
    return (await (await this.#load()).listImages?.(signal)) ?? [];
  }

  async pullImage(name: string, onProgress: (text: string, current: number, total: number) => void, signal: AbortSignal): Promise<ImageInfo> {
    return (await this.#load()).pullImage(name, onProgress, signal);
  }

  async checkImageUpdate(name: string, signal?: AbortSignal): Promise<'current' | 'newer' | 'local-only'> {
    return (await this.#load()).checkImageUpdate(name, signal);
  }

  async *launch(plan: LaunchPlan, secrets: (name: string) => Promise<Json>, signal: AbortSignal): AsyncGenerator<RunEvent> {
    yield* (await this.#load()).launch(plan, secrets, signal);
  }

  async *adopt(containerId: string, plan: LaunchPlan, offset: number, signal: AbortSignal): AsyncGenerator<RunEvent> {
    yield* (await this.#load()).adopt(containerId, plan, offset, signal);
  }

  async stop(containerId: string, force: boolean): Promise<void> {
    return (await this.#load()).stop(containerId, force);
  }

  async listContainers(): Promise<readonly EngineContainer[]> {
    return (await this.#load()).listContainers();
  }

  async remove(containerId: string): Promise<void> {
    return (await this.#load()).remove(containerId);
  }

  #load(): Promise<Engine> {
    this.#engine ??= this.#make();
    return this.#engine;
  }

  async #make(): Promise<Engine> {
    const { DockerAdapter, nodeHost, setTranslator } = await import('./docker/lazy');
    setTranslator(translator());
    const { host, configDelivery, logger = silentLogger, clock = systemClock, env, patience = 60_000 } = this.#options;
    return new DockerAdapter({
      hostSetting: () => host?.(),
      delivery: () => (configDelivery?.() === 'file' ? 'folder' : 'stdin'),
      logger,
      clock,
      host: nodeHost(env),
      patience,
    });
  }
}
