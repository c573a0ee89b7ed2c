import { WorkbenchError, errorCode } from '../../base/errors';
import { engineMessage, isNoSpace, statusOf } from './errors';
import type { ImageReference } from './reference';

/**
 * Why a registry or the engine refused an image. Engines pass registry errors on as text within a plain server error or
 * inside a successful answer's stream, so their words decide where no status does.
 */
export function pullError(error: unknown, image: ImageReference, said = engineMessage(error)): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  const { name, registry } = image;
  const make = (reason: WorkbenchError['reason'], message: string, action: WorkbenchError['action']): WorkbenchError =>
    new WorkbenchError(reason, `${message} The engine said: ${said}`, { cause: error, ...(action === undefined ? {} : { action }), actionArgument: name });
  if (errorCode(error) === 'ABORT_ERR' || (error instanceof Error && error.name === 'AbortError')) {
    return new WorkbenchError('cancelled', `Pulling ${name} was cancelled.`, { cause: error, visible: false });
  }
  if (isNoSpace(said)) return make('image-no-space', `The engine's disk is too full for ${name}.`, 'free-space');
  if (statusOf(error) === 429 || /toomanyrequests|too many requests|rate limit/i.test(said)) {
    return make('image-rate-limit', `${registry} allows no more pulls for now. Wait, or log in with 'docker login'.`, 'retry');
  }
  if (statusOf(error) === 407 || /proxyconnect|proxy authentication required|x509: certificate signed by unknown authority/i.test(said)) {
    return make('image-proxy', `A proxy stands between the engine and ${registry}, and does not let it through. Set the engine's proxy (not the editor's).`, 'retry');
  }
  if (/no such host|network is unreachable|dial tcp|i\/o timeout|tls handshake timeout|client\.timeout|request canceled while waiting|temporary failure in name resolution|connection refused|no route to host/i.test(said)) {
    return make('image-offline', `The engine cannot reach ${registry}. Check its connection to the internet.`, 'retry');
  }
  if (/repository does not exist|pull access denied/i.test(said)) {
    return make('image-not-found', `${registry} has no image ${name}, or it is private: then log in with 'docker login'.`, 'choose-image');
  }
  if (statusOf(error) === 401 || statusOf(error) === 403 || /unauthorized|authentication required|incorrect username or password|no basic auth credentials|access (to the resource is )?(denied|forbidden)|403 forbidden/i.test(said)) {
    return make('image-auth', `${registry} wants a login for ${name}. Run 'docker login${registry === 'docker.io' ? '' : ` ${registry}`}'.`, 'retry');
  }
  if (statusOf(error) === 404 || /manifest (for .* )?(unknown|not found)|no matching manifest|not found/i.test(said)) {
    const processor = /no matching manifest/i.test(said);
    return make('image-not-found', processor ? `${name} exists, but not for this engine's processor.` : `${registry} has no image ${name}.`, 'choose-image');
  }
  return make('image-pull-failed', `${name} could not be pulled.`, 'retry');
}
