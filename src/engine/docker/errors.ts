import { WorkbenchError, errorCode, messageOf } from '../../base/errors';
import type { LaunchPlan } from '../../lean/plan';
import type { Endpoint } from '../endpoints';

/** HTTP status of an answer that dockerode turned into an error. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** What the engine itself said, without dockerode's frame. */
export function engineMessage(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'json' in error) {
    const { json } = error;
    if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string') return json.message.trim();
  }
  return messageOf(error)
    .replace(/^\(HTTP code \d+\) [^-]*- /, '')
    .trim();
}

/** Whether the engine could not be reached at all: no answer came, so nothing is known about the request. */
export function isConnectionError(error: unknown): boolean {
  if (error instanceof WorkbenchError) return error.reason === 'engine-not-running' || error.reason === 'engine-unreachable' || error.reason === 'engine-permission';
  return statusOf(error) === undefined && errorCode(error) !== undefined;
}

const NOT_THERE = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK']);

/** Why an endpoint does not answer. @param installed whether an engine program is on this machine. */
export function connectionError(error: unknown, endpoint: Endpoint, installed: boolean): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  const code = errorCode(error) ?? '';
  const where = `${endpoint.address} (${endpoint.foundBy})`;
  if (code === 'EACCES' || code === 'EPERM') return permissionError(error, endpoint);
  if (endpoint.connection.kind === 'socket' && NOT_THERE.has(code)) {
    if (!installed && !endpoint.explicit) return notInstalled([endpoint.address], error);
    const stale = code === 'ENOENT' ? 'there is no such socket' : 'nothing answers there';
    return new WorkbenchError('engine-not-running', `Docker does not run at ${where}: ${stale}.${chosen(endpoint)}`, { cause: error, action: 'start-docker' });
  }
  if (code === 'ECONNREFUSED' && isLocalHost(endpoint)) {
    return new WorkbenchError('engine-not-running', `Docker does not run at ${where}: nothing listens there.${chosen(endpoint)}`, { cause: error, action: 'start-docker' });
  }
  return new WorkbenchError('engine-unreachable', `The engine at ${where} does not answer: ${connectionWords(error)}.${chosen(endpoint)}`, {
    cause: error,
    ...(endpoint.explicit ? { action: 'open-settings', actionArgument: 'lean.docker.host' } : { action: 'retry' }),
  });
}

function connectionWords(error: unknown): string {
  const code = errorCode(error) ?? '';
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError' || code === 'ABORT_ERR')) return 'no answer in time';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its host name is not known';
  if (code === 'ETIMEDOUT') return 'no answer in time';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'its network cannot be reached';
  if (code === 'ECONNREFUSED') return 'the connection was refused';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'it closed the connection';
  return messageOf(error);
}

function chosen(endpoint: Endpoint): string {
  return endpoint.explicit ? ` No other engine is tried, because ${endpoint.foundBy} names this one.` : '';
}

function isLocalHost(endpoint: Endpoint): boolean {
  return endpoint.connection.kind === 'tcp' && ['localhost', '127.0.0.1', '::1'].includes(endpoint.connection.host);
}

export function permissionError(cause: unknown, endpoint: Endpoint): WorkbenchError {
  return new WorkbenchError(
    'engine-permission',
    `You may not use the Docker socket at ${endpoint.address} (${endpoint.foundBy}). Add yourself to its group (usually: sudo usermod -aG docker $USER, ` +
      'then log out and in again; members of that group are as powerful as root), or use rootless Docker. Lean Workbench never raises its own rights.',
    { cause, action: 'docker-permission-help' },
  );
}

/** No engine program and no socket. @param tried addresses that were looked at. */
export function notInstalled(tried: readonly string[], cause?: unknown): WorkbenchError {
  return new WorkbenchError(
    'engine-not-installed',
    `No container engine was found on this machine. Install Docker or Podman${tried.length === 0 ? '' : ` (looked at ${tried.join(', ')})`}, or name one in lean.docker.host.`,
    { cause, action: 'install-docker' },
  );
}

export function notRunning(tried: readonly string[], cause?: unknown): WorkbenchError {
  return new WorkbenchError('engine-not-running', `Docker is installed but does not run${tried.length === 0 ? '' : ` (tried ${tried.join(', ')})`}.`, { cause, action: 'start-docker' });
}

/** Engines give no code for a full disk, only the system's words in a server error. */
export function isNoSpace(message: string): boolean {
  return /no space left on device|not enough space on the disk|disk quota exceeded/i.test(message);
}

export function noSpaceError(cause: unknown, message: string): WorkbenchError {
  return new WorkbenchError('engine-no-space', `The engine's disk is full: ${message}`, { cause, action: 'free-space' });
}

/** What a failed create or start means. Status codes first; where an engine answers 500 for everything, its words decide. */
export function launchError(error: unknown, plan: LaunchPlan, step: 'create' | 'start'): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  const status = statusOf(error);
  const message = engineMessage(error);
  if (status === 409 && step === 'create') {
    return new WorkbenchError('name-in-use', `A container named '${plan.container.name}' exists already. Remove it or choose another name.`, { cause: error, action: 'retry' });
  }
  if (isNoSpace(message)) return noSpaceError(error, message);
  if (status === 404 && step === 'create' && /image/i.test(message)) return imageMissing(plan.image, error);
  return portError(message, plan, error) ?? mountError(message, plan, error) ?? commandError(message, plan, error) ?? other(error, message, step);
}

export function imageMissing(image: string, cause?: unknown): WorkbenchError {
  return new WorkbenchError('image-missing', `The image ${image} is not on this engine.`, { cause, action: 'pull-image', actionArgument: image });
}

function other(error: unknown, message: string, step: 'create' | 'start'): WorkbenchError {
  return new WorkbenchError('engine-failed', `The engine could not ${step} the container: ${message}`, { cause: error, action: 'open-log' });
}

function portError(message: string, plan: LaunchPlan, cause: unknown): WorkbenchError | undefined {
  if (!/port is already allocated|address already in use|ports are not available|Only one usage of each socket address/i.test(message)) return undefined;
  const known = plan.container.ports.find((port) => new RegExp(`[:\\]]${port.hostPort}\\b`).test(message)) ?? plan.container.ports[0];
  const port = known === undefined ? 'A port' : `Port ${known.hostPort}`;
  return new WorkbenchError('port-in-use', `${port} on this machine is used by another program or container. Stop that one, or choose another port.`, {
    cause,
    action: 'retry',
    ...(known === undefined ? {} : { actionArgument: String(known.hostPort) }),
  });
}

const MOUNT_WORDS = /mounts denied|is not shared from|bind source path does not exist|error while creating mount source path|invalid mount config|error mounting|statfs .*: (no such file|permission denied)|not a shared mount|file sharing/i;

function mountError(message: string, plan: LaunchPlan, cause: unknown): WorkbenchError | undefined {
  if (!MOUNT_WORDS.test(message)) return undefined;
  const binds = plan.container.mounts.filter((mount) => mount.type === 'bind');
  const bySource = [...binds].sort((a, b) => b.source.length - a.source.length).find((mount) => message.includes(mount.source));
  const byTarget = bySource ?? binds.find((mount) => message.includes(`"${mount.target}"`));
  if (byTarget === undefined && !/mounts denied|not shared|bind source/i.test(message)) return undefined;
  return notVisible(byTarget?.source ?? message, message, cause);
}

/** A host path that the container does not see. */
export function notVisible(path: string, said: string, cause?: unknown): WorkbenchError {
  return new WorkbenchError(
    'mount-not-visible',
    `The engine does not see ${path}. With Docker Desktop, Colima and the like, share the folder with the engine (Settings → Resources → File sharing); ` +
      `a remote engine sees only its own files; under WSL, open the folder inside WSL.${said === '' ? '' : ` The engine said: ${said}`}`,
    { cause, action: 'share-path-help', actionArgument: path },
  );
}

function commandError(message: string, plan: LaunchPlan, cause: unknown): WorkbenchError | undefined {
  if (!/executable file (`[^`]*` )?not found|exec: "[^"]+": (stat|permission denied)|exec [^:]+: (no such file or directory|exec format error|permission denied)|exec format error/i.test(message)) return undefined;
  const program = plan.container.entrypoint[0] ?? 'bash';
  const format = /exec format error/i.test(message);
  const why = format ? 'it was made for another kind of processor' : `it has no ${program}`;
  return new WorkbenchError('image-unsuitable', `The image ${plan.image} cannot run LEAN: ${why}. Use quantconnect/lean or an image built on it.`, {
    cause,
    action: 'choose-image',
    actionArgument: plan.image,
  });
}

/** Any other failed call. @param doing `list the containers`, to end "could not …". */
export function callError(error: unknown, doing: string): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  if (error instanceof Error && (error.name === 'AbortError' || errorCode(error) === 'ABORT_ERR')) {
    return new WorkbenchError('cancelled', 'Cancelled.', { cause: error, visible: false });
  }
  const message = engineMessage(error);
  if (isNoSpace(message)) return noSpaceError(error, message);
  return new WorkbenchError('engine-failed', `The engine could not ${doing}: ${message}`, { cause: error, action: 'open-log' });
}
