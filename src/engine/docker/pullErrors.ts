import { WorkbenchError, errorCode } from '../../base/errors';
import { t } from '../../base/l10n';
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
    new WorkbenchError(reason, t('{0} The engine said: {1}', message, said), { cause: error, ...(action === undefined ? {} : { action }), actionArgument: name });
  if (errorCode(error) === 'ABORT_ERR' || (error instanceof Error && error.name === 'AbortError')) {
    return new WorkbenchError('cancelled', `Pulling ${name} was cancelled.`, { cause: error, visible: false });
  }
  if (isNoSpace(said)) return make('image-no-space', t("The engine's disk is too full for {0}.", name), 'free-space');
  if (statusOf(error) === 429 || /toomanyrequests|too many requests|rate limit/i.test(said)) {
    return make('image-rate-limit', t("{0} allows no more pulls for now. Wait, or log in with 'docker login'.", registry), 'retry');
  }
  if (statusOf(error) === 407 || /proxyconnect|proxy authentication required|x509: certificate signed by unknown authority/i.test(said)) {
    return make('image-proxy', t("A proxy stands between the engine and {0}, and does not let it through. Set the engine's proxy (not the editor's).", registry), 'retry');
  }
  if (/no such host|network is unreachable|dial tcp|i\/o timeout|tls handshake timeout|client\.timeout|request canceled while waiting|temporary failure in name resolution|connection refused|no route to host/i.test(said)) {
    return make('image-offline', t('{0} could not be pulled: the engine cannot reach {1}. Check its connection to the internet.', name, registry), 'retry');
  }
  if (/repository does not exist|pull access denied/i.test(said)) {
    return make('image-not-found', t("{0} has no image {1}, or it is private: then log in with 'docker login'.", registry, name), 'choose-image');
  }
  if (statusOf(error) === 401 || statusOf(error) === 403 || /unauthorized|authentication required|incorrect username or password|no basic auth credentials|access (to the resource is )?(denied|forbidden)|403 forbidden/i.test(said)) {
    return make('image-auth', t("{0} wants a login for {1}. Run 'docker login{2}'.", registry, name, registry === 'docker.io' ? '' : ` ${registry}`), 'retry');
  }
  if (statusOf(error) === 404 || /manifest (for .* )?(unknown|not found)|no matching manifest|not found/i.test(said)) {
    const processor = /no matching manifest/i.test(said);
    return make('image-not-found', processor ? t("{0} exists, but not for this engine's processor.", name) : t('{0} has no image {1}.', registry, name), 'choose-image');
  }
  return make('image-pull-failed', t('{0} could not be pulled.', name), 'retry');
}
