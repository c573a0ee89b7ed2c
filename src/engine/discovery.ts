import { createHash } from 'node:crypto';
import { posix, win32 } from 'node:path';
import { WorkbenchError, errorCode, messageOf } from '../base/errors';
import type { JsonObject } from '../base/json';
import { t } from '../base/l10n';
import { parseAddress, type Endpoint, type TlsMaterial } from './endpoints';

/** The machine as discovery sees it: a port, so that tests bring their own. */
export interface DiscoveryHost {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homedir: string;
  readonly uid: number | undefined;
  /** Rejects with a system error (`ENOENT` …). */
  readFile(path: string): Promise<Buffer>;
  /** Names in a folder; empty when there is none. */
  list(folder: string): Promise<readonly string[]>;
  /** Whether something stands at the path. One that may not be looked at counts as there. */
  exists(path: string): Promise<boolean>;
}

/**
 * Where an engine may answer, in the order to ask: the setting, DOCKER_HOST, the current docker context, the usual sockets.
 * An explicit choice is the only one in the list.
 * @throws WorkbenchError `engine-unreachable` when the explicit choice cannot be read.
 */
export async function findEndpoints(host: DiscoveryHost, setting: string | undefined): Promise<readonly Endpoint[]> {
  if (setting !== undefined && setting.trim() !== '') {
    return [await explicitEndpoint(host, setting, t('setting lean.docker.host'), undefined)];
  }
  const fromEnvironment = host.env['DOCKER_HOST'];
  if (fromEnvironment !== undefined && fromEnvironment.trim() !== '') {
    return [await explicitEndpoint(host, fromEnvironment, 'DOCKER_HOST', undefined)];
  }
  const context = await contextEndpoint(host);
  if (context !== undefined) return [context];
  return usualEndpoints(host);
}

async function explicitEndpoint(
  host: DiscoveryHost,
  text: string,
  foundBy: string,
  contextTls: { readonly folder: string; readonly verify: boolean } | undefined,
): Promise<Endpoint> {
  const parsed = parseAddress(text, foundBy, host.homedir);
  if (parsed.kind === 'socket') {
    return { address: parsed.address, connection: { kind: 'socket', path: parsed.path }, foundBy, explicit: true };
  }
  const tls = contextTls === undefined ? await environmentTls(host, parsed.https, foundBy) : await readTls(host, contextTls.folder, contextTls.verify, false, foundBy);
  const needed = tls !== undefined && (parsed.https || contextTls === undefined || tls.ca !== undefined || tls.cert !== undefined);
  return {
    address: parsed.address,
    connection: { kind: 'tcp', host: parsed.host, port: parsed.port, ...(needed ? { tls } : {}) },
    foundBy,
    explicit: true,
  };
}

/** The docker CLI's rules: any DOCKER_TLS_VERIFY verifies, DOCKER_TLS alone does not; certificates in DOCKER_CERT_PATH or its own folder. */
async function environmentTls(host: DiscoveryHost, https: boolean, foundBy: string): Promise<TlsMaterial | undefined> {
  const verify = (host.env['DOCKER_TLS_VERIFY'] ?? '') !== '';
  const unverified = !verify && (host.env['DOCKER_TLS'] ?? '') !== '';
  if (!verify && !unverified && !https) return undefined;
  const certPath = host.env['DOCKER_CERT_PATH'];
  const given = certPath !== undefined && certPath !== '';
  return readTls(host, given ? certPath : configFolder(host), !unverified, given, foundBy);
}

async function readTls(host: DiscoveryHost, folder: string, verify: boolean, required: boolean, foundBy: string): Promise<TlsMaterial> {
  const read = async (name: string): Promise<Buffer | undefined> => {
    const file = join(host, folder, name);
    try {
      return await host.readFile(file);
    } catch (cause) {
      if (errorCode(cause) === 'ENOENT' && !required) return undefined;
      throw new WorkbenchError('engine-unreachable', t('The TLS file {0} for the engine chosen by {1} cannot be read: {2}', file, foundBy, messageOf(cause)), {
        cause,
        action: 'open-settings',
        actionArgument: 'lean.docker.host',
      });
    }
  };
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), verify };
}

/** The docker CLI's folder of settings. */
export function configFolder(host: Pick<DiscoveryHost, 'env' | 'homedir' | 'platform'>): string {
  const chosen = host.env['DOCKER_CONFIG'];
  return chosen !== undefined && chosen !== '' ? chosen : join(host, host.homedir, '.docker');
}

async function contextEndpoint(host: DiscoveryHost): Promise<Endpoint | undefined> {
  const fromEnvironment = host.env['DOCKER_CONTEXT'];
  const name = fromEnvironment !== undefined && fromEnvironment !== '' ? fromEnvironment : await currentContext(host);
  if (name === undefined || name === 'default') return undefined;
  const foundBy = t("docker context '{0}'", name);
  // The CLI keeps each context in a folder named by the hash of its name.
  const id = createHash('sha256').update(name).digest('hex');
  const contexts = join(host, configFolder(host), 'contexts');
  const file = join(host, contexts, 'meta', id, 'meta.json');
  const docker = await readContext(host, file, foundBy);
  return explicitEndpoint(host, docker.address, foundBy, { folder: join(host, contexts, 'tls', id, 'docker'), verify: docker.verify });
}

async function readContext(host: DiscoveryHost, file: string, foundBy: string): Promise<{ address: string; verify: boolean }> {
  let meta: JsonObject | undefined;
  try {
    meta = object(JSON.parse((await host.readFile(file)).toString('utf8')));
  } catch (cause) {
    const why = errorCode(cause) === 'ENOENT' ? t('it does not exist') : whyUnread(cause);
    throw contextError(t('The {0} cannot be used: {1} ({2}).', foundBy, why, file), cause);
  }
  const docker = object(object(meta?.['Endpoints'])?.['docker']);
  const address = docker?.['Host'];
  if (typeof address !== 'string' || address === '') throw contextError(t('The {0} has no Docker endpoint ({1}).', foundBy, file));
  return { address, verify: docker?.['SkipTLSVerify'] !== true };
}

function contextError(message: string, cause?: unknown): WorkbenchError {
  return new WorkbenchError('engine-unreachable', t("{0} Choose another with 'docker context use', or set lean.docker.host.", message), {
    cause,
    action: 'open-settings',
    actionArgument: 'lean.docker.host',
  });
}

async function currentContext(host: DiscoveryHost): Promise<string | undefined> {
  const file = join(host, configFolder(host), 'config.json');
  let text: string;
  try {
    text = (await host.readFile(file)).toString('utf8');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw configError(file, cause);
  }
  if (text.trim() === '') return undefined;
  try {
    const name = object(JSON.parse(text))?.['currentContext'];
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch (cause) {
    throw configError(file, cause);
  }
}

function configError(file: string, cause: unknown): WorkbenchError {
  return new WorkbenchError('file-unreadable', t("Docker's settings in {0} cannot be read: {1}", file, whyUnread(cause)), { cause, action: 'open-file', actionArgument: file });
}

/** A parser's message quotes what it read, and Docker keeps logins in its settings. */
function whyUnread(cause: unknown): string {
  return cause instanceof SyntaxError ? t('it is not valid JSON') : messageOf(cause);
}

function object(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

async function usualEndpoints(host: DiscoveryHost): Promise<readonly Endpoint[]> {
  if (host.platform === 'win32') {
    return ['docker_engine', 'dockerDesktopLinuxEngine', 'podman-machine-default'].map((pipe) => {
      const path = `//./pipe/${pipe}`;
      return { address: `npipe:${path}`, connection: { kind: 'socket', path }, foundBy: t('the usual named pipes'), explicit: false };
    });
  }
  const paths = await usualSockets(host);
  const present = await Promise.all(paths.map((path) => host.exists(path)));
  return paths
    .filter((_, index) => present[index])
    .map((path) => ({ address: `unix://${path}`, connection: { kind: 'socket', path }, foundBy: t('the usual sockets'), explicit: false }));
}

/** Sockets of Docker, rootless Docker, Docker Desktop, Colima, Lima, Rancher Desktop, OrbStack and Podman, as their documentation names them. */
export async function usualSockets(host: DiscoveryHost): Promise<readonly string[]> {
  const home = (...parts: string[]): string => join(host, host.homedir, ...parts);
  const runtime = host.env['XDG_RUNTIME_DIR'] ?? (host.uid === undefined ? undefined : `/run/user/${String(host.uid)}`);
  const temporary = host.env['TMPDIR'];
  const colima = [host.env['COLIMA_HOME'], home('.colima'), home('.config', 'colima')].filter((folder) => folder !== undefined && folder !== '');
  const profiles = await Promise.all(colima.map(async (folder) => (await host.list(folder ?? '')).map((name) => join(host, folder ?? '', name, 'docker.sock'))));
  return unique([
    '/var/run/docker.sock',
    ...(runtime === undefined ? [] : [join(host, runtime, 'docker.sock')]),
    home('.docker', 'run', 'docker.sock'),
    home('.docker', 'desktop', 'docker.sock'),
    ...profiles.flat().sort((a, b) => Number(b.includes('/default/')) - Number(a.includes('/default/'))),
    home('.lima', 'docker', 'sock', 'docker.sock'),
    home('.rd', 'docker.sock'),
    home('.orbstack', 'run', 'docker.sock'),
    ...(runtime === undefined ? [] : [join(host, runtime, 'podman', 'podman.sock')]),
    '/run/podman/podman.sock',
    ...(temporary === undefined ? [] : [join(host, temporary, 'podman', 'podman-machine-default-api.sock')]),
    home('.local', 'share', 'containers', 'podman', 'machine', 'podman.sock'),
    home('.local', 'share', 'containers', 'podman', 'machine', 'podman-machine-default', 'podman.sock'),
    home('.local', 'share', 'containers', 'podman', 'machine', 'qemu', 'podman.sock'),
  ]);
}

/** Whether an engine program is installed, so that "not running" and "not installed" can be told apart. */
export async function isEngineInstalled(host: DiscoveryHost): Promise<boolean> {
  const windows = host.platform === 'win32';
  const folders = (host.env['PATH'] ?? host.env['Path'] ?? '').split(windows ? ';' : ':').filter((folder) => folder !== '');
  const programs = windows ? ['docker.exe', 'podman.exe'] : ['docker', 'dockerd', 'podman', 'colima', 'rdctl', 'orb'];
  const places = folders.flatMap((folder) => programs.map((program) => join(host, folder, program)));
  if (windows) places.push('C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe');
  else places.push('/usr/bin/dockerd', '/usr/sbin/dockerd', '/usr/local/bin/docker', '/opt/homebrew/bin/docker', '/Applications/Docker.app', '/Applications/OrbStack.app', '/opt/docker-desktop');
  return (await Promise.all(places.map((place) => host.exists(place)))).includes(true);
}

function join(host: Pick<DiscoveryHost, 'platform'>, ...parts: string[]): string {
  return host.platform === 'win32' ? win32.join(...parts) : posix.join(...parts);
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
