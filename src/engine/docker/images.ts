import { StringDecoder } from 'node:string_decoder';
import { WorkbenchError } from '../../base/errors';
import { t } from '../../base/l10n';
import type { ImageInfo } from '../../lean/ports';
import { ChunkReader } from './chunkReader';
import { until, type DockerClient, type RegistryAuth } from './client';
import { callError, engineMessage, statusOf } from './errors';
import { pullError } from './pullErrors';
import { PullProgressMeter } from './pullProgress';
import { count, field, list, text, textRecord, texts } from './read';
import { parseReference, pullName } from './reference';

export type AuthFor = (registry: string) => Promise<RegistryAuth | undefined>;

/** The image's facts, or undefined when the engine does not have it. Throws `engine-…`, and `image-not-found` for no name. */
export async function inspectImage(docker: DockerClient, name: string): Promise<ImageInfo | undefined> {
  parseReference(name);
  try {
    return imageInfo(name, await docker.getImage(name).inspect());
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw callError(error, t('look at the image {0}', name));
  }
}

/** Images that hold LEAN, by name or by the labels of quantconnect/lean; newest first, one entry a tag. Throws `engine-…`. */
export async function listImages(docker: DockerClient, signal?: AbortSignal): Promise<readonly ImageInfo[]> {
  const found = await docker.listImages(signal === undefined ? {} : until(signal));
  const images = list(found).flatMap((facts) => {
    const labels = textRecord(facts, 'Labels');
    return texts(facts, 'RepoTags')
      .filter((name) => name !== '<none>:<none>' && (/lean/i.test(name) || labels['lean_version'] !== undefined))
      .map((name): ImageInfo => ({
        name,
        id: text(facts, 'Id'),
        // Here the API gives unix seconds, where inspect gives an ISO time.
        createdAt: count(facts, 'Created') * 1000,
        sizeBytes: count(facts, 'Size'),
        repoDigests: texts(facts, 'RepoDigests'),
        labels,
        // A list does not say; what runs is inspected first.
        architecture: '',
        os: 'linux',
      }));
  });
  return images.sort((a, b) => b.createdAt - a.createdAt || a.name.localeCompare(b.name));
}

function imageInfo(name: string, facts: unknown): ImageInfo {
  const labels = textRecord(facts, 'Config', 'Labels');
  const label = (key: string): string | undefined => labels[key];
  const leanVersion = label('lean_version');
  const pythonVersion = label('python_version');
  const targetFramework = label('target_framework');
  const created = Date.parse(text(facts, 'Created'));
  return {
    name,
    id: text(facts, 'Id'),
    createdAt: Number.isNaN(created) ? 0 : created,
    sizeBytes: count(facts, 'Size'),
    repoDigests: texts(facts, 'RepoDigests'),
    ...(leanVersion === undefined ? {} : { leanVersion }),
    ...(pythonVersion === undefined ? {} : { pythonVersion }),
    ...(targetFramework === undefined ? {} : { targetFramework }),
    labels,
    architecture: text(facts, 'Architecture'),
    os: text(facts, 'Os'),
  };
}

/** Pulls an image. Throws with an `image-…` reason, or `cancelled`: closing the connection makes the engine stop pulling. */
export async function pullImage(
  docker: DockerClient,
  name: string,
  authFor: AuthFor,
  onProgress: (text: string, current: number, total: number) => void,
  signal: AbortSignal,
): Promise<ImageInfo> {
  const reference = parseReference(name);
  const cancelled = (): WorkbenchError => new WorkbenchError('cancelled', `Pulling ${name} was cancelled.`, { visible: false });
  if (signal.aborted) throw cancelled();
  const auth = await authFor(reference.registry);
  const meter = new PullProgressMeter();
  let stream: NodeJS.ReadableStream;
  try {
    stream = await docker.createImage(auth ?? {}, { fromImage: pullName(reference), ...until(signal) });
  } catch (error) {
    throw isAborted(signal) ? cancelled() : pullError(error, reference);
  }
  const reader = new ChunkReader(stream);
  const onAbort = (): void => reader.destroy();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const message of jsonLines(reader)) {
      const failure = text(message, 'errorDetail', 'message') || text(message, 'error');
      if (failure !== '') throw pullError(new Error(failure), reference, failure);
      const status = meter.push(message);
      if (status !== undefined) onProgress(status.text, status.current, status.total);
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    reader.destroy();
  }
  if (isAborted(signal)) throw cancelled();
  if (!reader.complete) throw new WorkbenchError('image-pull-failed', t('The engine broke off pulling {0}.', name), { action: 'retry', actionArgument: name });
  const pulled = await inspectImage(docker, name);
  if (pulled === undefined) throw new WorkbenchError('image-pull-failed', t('The engine pulled {0}, but does not have it.', name), { action: 'retry', actionArgument: name });
  return pulled;
}

/** A signal changes while one awaits, which the compiler does not see. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function* jsonLines(reader: ChunkReader): AsyncGenerator {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
  if (rest.trim() !== '') yield parseLast(rest);
}

/** A message that a broken connection cut says nothing. */
function parseLast(rest: string): unknown {
  try {
    return JSON.parse(rest);
  } catch {
    return undefined;
  }
}

/** Compares digests with the registry's, through the engine. An image without the registry's digest is ours alone. */
export async function checkImageUpdate(docker: DockerClient, name: string, authFor: AuthFor, signal: AbortSignal | undefined): Promise<'current' | 'newer' | 'local-only'> {
  const reference = parseReference(name);
  const info = await inspectImage(docker, name);
  if (info === undefined) throw new WorkbenchError('image-missing', t('The image {0} is not on this engine.', name), { action: 'pull-image', actionArgument: name });
  const digests = info.repoDigests.filter((digest) => {
    const own = parseReference(digest);
    return own.registry === reference.registry && own.repository === reference.repository;
  });
  if (digests.length === 0) return 'local-only';
  if (reference.digest !== undefined) return 'current';
  const auth = await authFor(reference.registry);
  let answer: unknown;
  try {
    answer = await docker.getImage(pullName(reference)).distribution({ ...(auth === undefined ? {} : { authconfig: auth }), ...until(signal) });
  } catch (error) {
    const known = pullError(error, reference);
    // Some image stores give digests to images that were only ever built here.
    if (known.reason === 'image-not-found') return 'local-only';
    throw known.reason === 'image-pull-failed' ? new WorkbenchError('engine-failed', t('The engine could not ask the registry about {0}: {1}', name, engineMessage(error)), { cause: error, action: 'retry' }) : known;
  }
  const newest = text(answer, 'Descriptor', 'digest') || text(field(answer, 'Descriptor'), 'Digest');
  if (newest === '') throw new WorkbenchError('engine-failed', t("The engine did not tell the registry's digest of {0}.", name), { action: 'retry' });
  return digests.some((digest) => digest.endsWith(`@${newest}`)) ? 'current' : 'newer';
}
