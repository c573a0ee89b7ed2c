import { request } from 'node:http';

/** A reply of the Docker API: status code and whole body, as text and as bytes. */
export type DockerReply = { readonly status: number; readonly body: string; readonly bytes: Buffer };

/** The unix socket's path of a DOCKER_HOST such as unix:///tmp/x/docker.sock; throws for any other transport. */
export function socketOf(dockerHost: string): string {
  if (!dockerHost.startsWith('unix://')) throw new Error(`The test harness only talks to unix sockets, not to ${dockerHost}.`);
  return dockerHost.slice('unix://'.length);
}

/**
 * One request to a daemon's API, for the harness itself: the extension's own client is what the tests test, so they
 * do not use it to look.
 */
export function dockerApi(dockerHost: string, method: string, path: string, body?: NodeJS.ReadableStream | object): Promise<DockerReply> {
  return new Promise((resolve, reject) => {
    const isStream = body !== undefined && 'pipe' in body;
    const text = body === undefined || isStream ? undefined : JSON.stringify(body);
    const headers: Record<string, string> = text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
    if (isStream) headers['content-type'] = 'application/x-tar';
    const sent = request({ socketPath: socketOf(dockerHost), method, path, headers }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('error', reject);
      reply.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: reply.statusCode ?? 0, body: bytes.toString('utf8'), bytes });
      });
    });
    sent.on('error', reject);
    if (isStream) body.pipe(sent);
    else sent.end(text);
  });
}
