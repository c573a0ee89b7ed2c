import { WorkbenchError } from '../../base/errors';
import { t } from '../../base/l10n';

/** An image name, taken apart as Docker does. */
export interface ImageReference {
  /** As given. */
  readonly name: string;
  /** `docker.io`, `ghcr.io`, `localhost:5000`. */
  readonly registry: string;
  /** Without registry, tag and digest; `library/…` for Docker's own. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const PATTERN = /^(?<path>[A-Za-z0-9][\w.-]*(?::\d+)?(?:\/[\w.-]+)*)(?::(?<tag>[\w][\w.-]{0,127}))?(?:@(?<digest>[a-z0-9]+:[0-9a-f]{32,}))?$/;

/**
 * Reads an image name.
 * @throws WorkbenchError `image-not-found` for what cannot be one.
 */
export function parseReference(name: string): ImageReference {
  const groups = PATTERN.exec(name)?.groups;
  let path = groups?.['path'];
  if (groups === undefined || path === undefined) {
    throw new WorkbenchError('image-not-found', t("'{0}' is not an image name. Expected something like quantconnect/lean:latest.", name), { action: 'choose-image', actionArgument: name });
  }
  let tag = groups['tag'];
  // `image:123` looks like a registry with a port until it is clear that nothing follows.
  const port = /^([^/:]+):(\d+)$/.exec(path);
  if (tag === undefined && port !== null) {
    path = port[1] ?? path;
    tag = port[2];
  }
  const first = path.split('/')[0] ?? '';
  const hasRegistry = path.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  const registry = hasRegistry ? (first === 'index.docker.io' ? 'docker.io' : first) : 'docker.io';
  const rest = hasRegistry ? path.slice(first.length + 1) : path;
  return {
    name,
    registry,
    repository: registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest,
    tag,
    digest: groups['digest'],
  };
}

/** The name to pull: without tag and digest the engine would pull every tag. */
export function pullName(reference: ImageReference): string {
  return reference.tag === undefined && reference.digest === undefined ? `${reference.name}:latest` : reference.name;
}
