import { WorkbenchError, errorCode, messageOf } from '../../base/errors';
import { t } from '../../base/l10n';
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
    const stale = code === 'ENOENT' ? t('there is no such socket') : t('nothing answers there');
    return new WorkbenchError('engine-not-running', t('Docker does not run at {0}: {1}.{2}', where, stale, chosen(endpoint)), { cause: error, action: 'start-docker' });
  }
  if (code === 'ECONNREFUSED' && isLocalHost(endpoint)) {
    return new WorkbenchError('engine-not-running', t('Docker does not run at {0}: nothing listens there.{1}', where, chosen(endpoint)), { cause: error, action: 'start-docker' });
  }
  return new WorkbenchError('engine-unreachable', t('The engine at {0} does not answer: {1}.{2}', where, connectionWords(error), chosen(endpoint)), {
    cause: error,
    ...(endpoint.explicit ? { action: 'open-settings', actionArgument: 'lean.docker.host' } : { action: 'retry' }),
  });
}

function connectionWords(error: unknown): string {
  const code = errorCode(error) ?? '';
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError' || code === 'ABORT_ERR')) return t('no answer in time');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return t('its host name is not known');
  if (code === 'ETIMEDOUT') return t('no answer in time');
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return t('its network cannot be reached');
  if (code === 'ECONNREFUSED') return t('the connection was refused');
  if (code === 'ECONNRESET' || code === 'EPIPE') return t('it closed the connection');
  return messageOf(error);
}

function chosen(endpoint: Endpoint): string {
  return endpoint.explicit ? t(' No other engine is tried, because {0} names this one.', endpoint.foundBy) : '';
}

function isLocalHost(endpoint: Endpoint): boolean {
  return endpoint.connection.kind === 'tcp' && ['localhost', '127.0.0.1', '::1'].includes(endpoint.connection.host);
}

export function permissionError(cause: unknown, endpoint: Endpoint): WorkbenchError {
  return new WorkbenchError(
    'engine-permission',
    t('You may not use the Docker socket at {0} ({1}). Add yourself to its group (usually: sudo usermod -aG docker $USER, then log out and in again; members of that group are as powerful as root), or use rootless Docker. Lean Workbench never raises its own rights.', endpoint.address, endpoint.foundBy),
    { cause, action: 'docker-permission-help' },
  );
}

/** No engine program and no socket. @param tried addresses that were looked at. */
export function notInstalled(tried: readonly string[], cause?: unknown): WorkbenchError {
  return new WorkbenchError(
    'engine-not-installed',
    t('No container engine was found on this machine. Install Docker or Podman{0}, or name one in lean.docker.host.', tried.length === 0 ? '' : t(' (looked at {0})', tried.join(', '))),
    { cause, action: 'install-docker' },
  );
}

export function notRunning(tried: readonly string[], cause?: unknown): WorkbenchError {
  return new WorkbenchError('engine-not-running', t('Docker is installed but does not run{0}.', tried.length === 0 ? '' : t(' (tried {0})', tried.join(', '))), { cause, action: 'start-docker' });
}

/** Engines give no code for a full disk, only the system's words in a server error. */
export function isNoSpace(message: string): boolean {
  return /no space left on device|not enough space on the disk|disk quota exceeded/i.test(message);
}

export function noSpaceError(cause: unknown, message: string): WorkbenchError {
  return new WorkbenchError('engine-no-space', t("The engine's disk is full: {0}", message), { cause, action: 'free-space' });
}

/** What a failed create or start means. Status codes first; where an engine answers 500 for everything, its words decide. */
export function launchError(error: unknown, plan: LaunchPlan, step: 'create' | 'start'): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  const status = statusOf(error);
  const message = engineMessage(error);
  if (status === 409 && step === 'create') {
    return new WorkbenchError('name-in-use', t("A container named '{0}' exists already. Remove it or choose another name.", plan.container.name), { cause: error, action: 'retry' });
  }
  if (isNoSpace(message)) return noSpaceError(error, message);
  if (status === 404 && step === 'create' && /image/i.test(message)) return imageMissing(plan.image, error);
  return portError(message, plan, error) ?? mountError(message, plan, error) ?? commandError(message, plan, error) ?? other(error, message, step);
}

export function imageMissing(image: string, cause?: unknown): WorkbenchError {
  return new WorkbenchError('image-missing', t('The image {0} is not on this engine.', image), { cause, action: 'pull-image', actionArgument: image });
}

function other(error: unknown, message: string, step: 'create' | 'start'): WorkbenchError {
  const said = step === 'create' ? t('The engine could not create the container: {0}', message) : t('The engine could not start the container: {0}', message);
  return new WorkbenchError('engine-failed', said, { cause: error, action: 'open-log' });
}

function portError(message: string, plan: LaunchPlan, cause: unknown): WorkbenchError | undefined {
  if (!/port is already allocated|address already in use|ports are not available|Only one usage of each socket address/i.test(message)) return undefined;
  const known = plan.container.ports.find((port) => new RegExp(`[:\\]]${port.hostPort}\\b`).test(message)) ?? plan.container.ports[0];
  const port = known === undefined ? t('A port') : t('Port {0}', known.hostPort);
  return new WorkbenchError('port-in-use', t('{0} on this machine is used by another program or container. Stop that one, or choose another port.', port), {
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
    t('The engine does not see {0}. With Docker Desktop, Colima and the like, share the folder with the engine (Settings → Resources → File sharing); a remote engine sees only its own files; under WSL, open the folder inside WSL.{1}', path, said === '' ? '' : t(' The engine said: {0}', said)),
    { cause, action: 'share-path-help', actionArgument: path },
  );
}

function commandError(message: string, plan: LaunchPlan, cause: unknown): WorkbenchError | undefined {
  if (!/executable file (`[^`]*` )?not found|exec: "[^"]+": (stat|permission denied)|exec [^:]+: (no such file or directory|exec format error|permission denied)|exec format error/i.test(message)) return undefined;
  const program = plan.container.entrypoint[0] ?? 'bash';
  const format = /exec format error/i.test(message);
  const why = format ? t('it was made for another kind of processor') : t('it has no {0}', program);
  return new WorkbenchError('image-unsuitable', t('The image {0} cannot run LEAN: {1}. Use quantconnect/lean or an image built on it.', plan.image, why), {
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
  return new WorkbenchError('engine-failed', t('The engine could not {0}: {1}', doing, message), { cause: error, action: 'open-log' });
}
