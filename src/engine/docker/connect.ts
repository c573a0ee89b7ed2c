import { WorkbenchError, errorCode } from '../../base/errors';
import { t } from '../../base/l10n';
import type { Logger } from '../../base/logger';
import type { EngineInfo } from '../../lean/ports';
import { findEndpoints, isEngineInstalled, usualSockets, type DiscoveryHost } from '../discovery';
import type { Endpoint } from '../endpoints';
import { createClient, type DockerClient } from './client';
import { callError, connectionError, notInstalled, notRunning, statusOf } from './errors';
import { count, field, list, text, texts } from './read';

/** A found engine: the client to talk to it, and facts that launches need. */
export interface EngineConnection {
  readonly docker: DockerClient;
  readonly endpoint: Endpoint;
  readonly info: EngineInfo;
  /** Container logs can be read back. */
  readonly logsReadable: boolean;
  /** SELinux would hide bind mounts from containers. */
  readonly selinux: boolean;
}

export interface ConnectOptions {
  readonly host: DiscoveryHost;
  /** `lean.docker.host`; empty for none. */
  readonly setting: string | undefined;
  readonly logger: Logger;
  /** Milliseconds for a local and a remote engine's first answer. */
  readonly timeouts?: { readonly local: number; readonly remote: number };
  readonly signal?: AbortSignal | undefined;
}

/** The oldest API that has all we need: host-gateway in extra hosts and device requests (Docker 20.10, Podman 4). */
const OLDEST_API = '1.41';
/** The newest API this code was written against; a newer engine is asked to speak it. */
const NEWEST_API = '1.47';
const LOG_DRIVERS = new Set(['json-file', 'local', 'journald', 'k8s-file', '']);

interface Answer {
  readonly endpoint: Endpoint;
  readonly docker: DockerClient;
  readonly version: unknown;
}

/**
 * Finds the engine and asks what it is.
 * @throws WorkbenchError with an `engine-…` reason; an explicit choice that does not answer is named, no other is tried.
 */
export async function connect(options: ConnectOptions): Promise<EngineConnection> {
  const endpoints = await findEndpoints(options.host, options.setting);
  if (endpoints.length === 0) throw await nothingFound(options.host);
  const answer = await firstAnswer(endpoints, options);
  const { endpoint, version } = answer;
  checkVersion(version, endpoint);
  const docker = createClient(endpoint, `v${chooseApi(version)}`);
  let facts: unknown;
  try {
    facts = await docker.info({ abortSignal: withTimeout(endpoint, options) });
  } catch (error) {
    throw statusOf(error) === undefined ? connectionError(error, endpoint, true) : callError(error, t('tell its state'));
  }
  const info = engineInfo(endpoint, version, facts, options.host.platform);
  options.logger.info(`Engine: ${info.product} (API ${info.apiVersion}) at ${info.endpoint}, found by ${info.foundBy}.`);
  const security = texts(facts, 'SecurityOptions');
  return {
    docker,
    endpoint,
    info,
    logsReadable: LOG_DRIVERS.has(text(facts, 'LoggingDriver')),
    selinux: security.some((option) => option.includes('name=selinux')),
  };
}

async function nothingFound(host: DiscoveryHost): Promise<WorkbenchError> {
  if (!(await isEngineInstalled(host))) return notInstalled([]);
  return notRunning((await usualSockets(host)).slice(0, 3).map((path) => `unix://${path}`));
}

/** Asks all at once, takes the first in order that answers. */
async function firstAnswer(endpoints: readonly Endpoint[], options: ConnectOptions): Promise<Answer> {
  const asked = endpoints.map((endpoint) => ask(endpoint, options));
  const failures: { readonly endpoint: Endpoint; readonly error: unknown }[] = [];
  for (const [index, promise] of asked.entries()) {
    const result = await promise;
    if ('version' in result) return result;
    const endpoint = endpoints[index];
    if (endpoint === undefined) continue;
    options.logger.debug(`No engine at ${endpoint.address}: ${errorCode(result.error) ?? String(result.error)}`);
    failures.push({ endpoint, error: result.error });
  }
  options.signal?.throwIfAborted();
  throw await explainFailures(failures, options.host);
}

async function ask(endpoint: Endpoint, options: ConnectOptions): Promise<Answer | { readonly error: unknown }> {
  const docker = createClient(endpoint);
  try {
    return { endpoint, docker, version: await docker.version({ abortSignal: withTimeout(endpoint, options) }) };
  } catch (error) {
    return { error };
  }
}

function withTimeout(endpoint: Endpoint, options: ConnectOptions): AbortSignal {
  const { local, remote } = options.timeouts ?? { local: 5_000, remote: 15_000 };
  const timeout = AbortSignal.timeout(endpoint.connection.kind === 'socket' ? local : remote);
  return options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
}

/** A socket that may not be used says more than one where nothing answers. */
async function explainFailures(failures: readonly { readonly endpoint: Endpoint; readonly error: unknown }[], host: DiscoveryHost): Promise<WorkbenchError> {
  const denied = failures.find(({ error }) => ['EACCES', 'EPERM'].includes(errorCode(error) ?? ''));
  const first = denied ?? failures.find(({ error }) => !['ENOENT', 'ECONNREFUSED'].includes(errorCode(error) ?? '')) ?? failures[0];
  if (first === undefined) return nothingFound(host);
  if (statusOf(first.error) !== undefined) {
    return new WorkbenchError('engine-unreachable', t('What answers at {0} ({1}) is not a container engine (HTTP {2}).', first.endpoint.address, first.endpoint.foundBy, statusOf(first.error) ?? '?'), {
      cause: first.error,
      action: 'open-settings',
      actionArgument: 'lean.docker.host',
    });
  }
  const installed = await isEngineInstalled(host);
  const tried = failures.map(({ endpoint }) => endpoint.address);
  const error = connectionError(first.error, first.endpoint, installed);
  if (first.endpoint.explicit || failures.length === 1) return error;
  if (error.reason === 'engine-not-running') return notRunning(tried, first.error);
  if (error.reason === 'engine-not-installed') return notInstalled(tried, first.error);
  return error;
}

function checkVersion(version: unknown, endpoint: Endpoint): void {
  const api = text(version, 'ApiVersion');
  if (api === '') {
    throw new WorkbenchError('engine-unreachable', t('What answers at {0} ({1}) is not a container engine.', endpoint.address, endpoint.foundBy), { action: 'open-settings', actionArgument: 'lean.docker.host' });
  }
  if (text(version, 'Os') !== '' && text(version, 'Os') !== 'linux') {
    throw new WorkbenchError('engine-not-linux', t('The engine at {0} runs {1} containers; LEAN needs Linux containers. Switch Docker Desktop to Linux containers.', endpoint.address, text(version, 'Os')), {
      action: 'switch-to-linux-containers',
    });
  }
  if (compareVersions(api, OLDEST_API) < 0) {
    throw new WorkbenchError(
      'engine-too-old',
      t('The engine at {0} is {1} (API {2}); Lean Workbench needs API {3}: Docker 20.10, Podman 4, or newer.', endpoint.address, text(version, 'Version'), api, OLDEST_API),
      { action: 'install-docker' },
    );
  }
}

/** The newest API both sides know; an engine that has dropped ours is asked for its oldest. */
function chooseApi(version: unknown): string {
  const newest = text(version, 'ApiVersion');
  const oldest = text(version, 'MinAPIVersion');
  if (compareVersions(newest, NEWEST_API) <= 0) return newest;
  return oldest !== '' && compareVersions(oldest, NEWEST_API) > 0 ? oldest : NEWEST_API;
}

/** Orders dotted numbers: negative when `a` is older. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
  }
  return 0;
}

function engineInfo(endpoint: Endpoint, version: unknown, facts: unknown, platform: NodeJS.Platform): EngineInfo {
  const components = list(version, 'Components').map((component) => text(component, 'Name'));
  const podman = components.some((name) => /podman/i.test(name)) || /podman/i.test(text(version, 'Platform', 'Name'));
  const number = text(version, 'Version');
  const operatingSystem = text(facts, 'OperatingSystem');
  const security = texts(facts, 'SecurityOptions');
  return {
    product: `${podman ? 'Podman' : 'Docker'} ${number.split('.').slice(0, 2).join('.')}`,
    version: number,
    apiVersion: text(version, 'ApiVersion'),
    endpoint: endpoint.address,
    foundBy: endpoint.foundBy,
    operatingSystem,
    architecture: text(facts, 'Architecture'),
    rootless: security.some((option) => option.includes('name=rootless')) || field(facts, 'Rootless') === true,
    // On macOS and Windows every engine runs in a machine whose file sharing maps owners.
    desktop: /docker desktop|orbstack|rancher desktop/i.test(operatingSystem) || (endpoint.connection.kind === 'socket' && platform !== 'linux'),
    cpus: count(facts, 'NCPU'),
    memoryBytes: count(facts, 'MemTotal'),
  };
}
