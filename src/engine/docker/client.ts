import { Agent } from 'node:https';
import Docker from 'dockerode';
import type { Endpoint } from '../endpoints';

interface Abortable {
  readonly abortSignal?: AbortSignal;
}

/** The option that ends a request with a signal, if there is one. */
export function until(signal: AbortSignal | undefined): Abortable {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** What the registry header carries; dockerode encodes it. Never log it. */
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress?: string;
}

export interface DockerContainer {
  readonly id: string;
  inspect(options?: Abortable): Promise<unknown>;
  start(options?: Abortable): Promise<unknown>;
  kill(options: { readonly signal: string }): Promise<unknown>;
  wait(options?: Abortable): Promise<unknown>;
  remove(options: { readonly force: boolean; readonly v: boolean }): Promise<unknown>;
  attach(options: Abortable & { readonly hijack: boolean; readonly stream: boolean; readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean }): Promise<NodeJS.ReadWriteStream>;
  logs(options: Abortable & { readonly follow: true; readonly stdout: boolean; readonly stderr: boolean; readonly tail?: number }): Promise<NodeJS.ReadableStream>;
}

/** The part of dockerode that this room uses, with its abort signals, and `unknown` where its types say `any`. */
export interface DockerClient {
  version(options?: Abortable): Promise<unknown>;
  info(options?: Abortable): Promise<unknown>;
  createContainer(options: CreateOptions): Promise<DockerContainer>;
  getContainer(id: string): DockerContainer;
  listContainers(options: { readonly all: boolean; readonly filters: { readonly label: string[] } }): Promise<unknown>;
  listImages(options?: Abortable): Promise<unknown>;
  getImage(name: string): {
    inspect(): Promise<unknown>;
    distribution(options: Abortable & { readonly authconfig?: RegistryAuth }): Promise<unknown>;
  };
  createImage(auth: RegistryAuth | object, options: Abortable & { readonly fromImage: string }): Promise<NodeJS.ReadableStream>;
  listVolumes(options: { readonly filters: { readonly name: string[] } }): Promise<unknown>;
  getVolume(name: string): { remove(): Promise<unknown> };
  getNetwork(name: string): { inspect(): Promise<unknown> };
}

export type CreateOptions = Docker.ContainerCreateOptions;
export type HostConfig = Docker.HostConfig;
export type MountSettings = Docker.MountSettings;

/** A dockerode client for an endpoint. @param version `v1.43`; undefined asks the engine's own newest. */
export function createClient(endpoint: Endpoint, version?: string): DockerClient {
  const { connection } = endpoint;
  const common = { ...(version === undefined ? {} : { version }) };
  if (connection.kind === 'socket') {
    // Explicit undefined wins over what the modem would take from DOCKER_HOST.
    return withoutDockerEnvironment(() => new Docker({ ...common, socketPath: connection.path, host: undefined, port: undefined, protocol: 'http' }));
  }
  const { host, port, tls } = connection;
  const hostname = host.includes(':') ? `[${host}]` : host;
  if (tls === undefined) return withoutDockerEnvironment(() => new Docker({ ...common, host: hostname, port, protocol: 'http' }));
  const material = { ca: tls.ca, cert: tls.cert, key: tls.key };
  const agent = new Agent({ ...material, keepAlive: true, rejectUnauthorized: tls.verify });
  const options: Docker.DockerOptions & { agent: Agent } = { ...common, ...material, host: hostname, port, protocol: 'https', agent };
  return withoutDockerEnvironment(() => new Docker(options));
}

/** The modem's constructor reads DOCKER_HOST and certificates even when told where to go, and throws on bad ones. */
function withoutDockerEnvironment<T>(make: () => T): T {
  const names = ['DOCKER_HOST', 'DOCKER_CERT_PATH', 'DOCKER_CLIENT_TIMEOUT', 'DOCKER_PATH_PREFIX'];
  const saved = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) Reflect.deleteProperty(process.env, name);
  try {
    return make();
  } finally {
    for (const [name, value] of saved) if (value !== undefined) process.env[name] = value;
  }
}
