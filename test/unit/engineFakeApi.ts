import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerEngine, type DockerEngineOptions } from '../../src/engine/dockerEngine';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export const VERSION = { Version: '28.2.2', ApiVersion: '1.50', MinAPIVersion: '1.24', Os: 'linux', Arch: 'amd64', Components: [{ Name: 'Engine' }] };
export const INFO = { OperatingSystem: 'Debian', Architecture: 'x86_64', NCPU: 4, MemTotal: 8e9, LoggingDriver: 'json-file', SecurityOptions: [] };

export function json(value: unknown, status = 200): Handler {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };
}

/** A Docker API of our own on a socket, for cases a real daemon cannot be brought to. */
export class FakeApi {
  readonly folder = mkdtempSync(join(tmpdir(), 'lwt-fake-'));
  readonly socket = join(this.folder, 'docker.sock');
  readonly requests: { readonly line: string; readonly auth: unknown }[] = [];
  readonly #server: Server;

  /** @param handlers by `METHOD /path` without version and query, tried in order as prefixes */
  constructor(handlers: Readonly<Record<string, Handler>>) {
    const all: Readonly<Record<string, Handler>> = { ...handlers, 'GET /version': handlers['GET /version'] ?? json(VERSION), 'GET /info': handlers['GET /info'] ?? json(INFO) };
    this.#server = createServer((request, response) => {
      const line = `${request.method ?? ''} ${(request.url ?? '').replace(/^\/v[\d.]+/, '')}`;
      const auth = request.headers['x-registry-auth'];
      this.requests.push({ line: `${request.method ?? ''} ${request.url ?? ''}`, auth: typeof auth === 'string' ? JSON.parse(Buffer.from(auth, 'base64url').toString()) : undefined });
      const found = Object.entries(all).find(([prefix]) => line.startsWith(prefix));
      void (found?.[1] ?? json({ message: `page not found: ${line}` }, 404))(request, response);
    });
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(this.socket, resolve));
    return this;
  }

  engine(options: DockerEngineOptions = {}): DockerEngine {
    return new DockerEngine({ host: () => `unix://${this.socket}`, env: { HOME: this.folder, PATH: process.env['PATH'] }, ...options });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function withApi(handlers: Readonly<Record<string, Handler>>, use: (api: FakeApi) => Promise<void>): Promise<void> {
  const api = await new FakeApi(handlers).open();
  try {
    await use(api);
  } finally {
    await api.close();
  }
}
