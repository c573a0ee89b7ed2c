import { WorkbenchError } from '../base/errors';
import { t } from '../base/l10n';

/** TLS material of a remote engine, as read from its files. */
export interface TlsMaterial {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** False only when a person asked for TLS without verification. */
  readonly verify: boolean;
}

/** How to reach an engine. A named pipe is a socket path to Node. */
export type Connection =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: TlsMaterial };

/** A place where an engine may answer. */
export interface Endpoint {
  /** As people write it: `unix:///var/run/docker.sock`. */
  readonly address: string;
  readonly connection: Connection;
  /** How it was found, for people. */
  readonly foundBy: string;
  /** A person chose it: if it does not answer, no other is tried. */
  readonly explicit: boolean;
}

export type ParsedAddress =
  | { readonly kind: 'socket'; readonly address: string; readonly path: string }
  | { readonly kind: 'tcp'; readonly address: string; readonly host: string; readonly port: number; readonly https: boolean };

/** Docker's ports without and with TLS (docs.docker.com/engine/daemon/remote-access). */
const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/**
 * Reads an engine address: `unix://`, `npipe://`, `tcp://`, `http(s)://`, or a bare absolute path.
 * @throws WorkbenchError `engine-unreachable` for ssh and for what is no address, naming `origin`.
 */
export function parseAddress(text: string, origin: string, homedir: string): ParsedAddress {
  const value = text.trim();
  if (value.startsWith('ssh://')) {
    throw new WorkbenchError(
      'engine-unreachable',
      t("{0} is {1}, but engines over SSH are not supported. Forward the engine's socket instead (ssh -nNT -L /tmp/docker-remote.sock:/var/run/docker.sock {2}) and use unix:///tmp/docker-remote.sock.", origin, value, value.slice('ssh://'.length)),
      { action: 'open-settings', actionArgument: 'lean.docker.host' },
    );
  }
  if (value.startsWith('unix://')) return socket(expandHome(value.slice('unix://'.length), homedir), origin, value);
  if (value.startsWith('npipe:')) {
    const path = value.slice('npipe:'.length).replace(/\\/g, '/').replace(/^\/\/+(?=\/\/\.)/, '').replace(/^\/*(?=\.\/pipe\/)/, '//');
    return { kind: 'socket', address: `npipe:${path}`, path };
  }
  if (/^(\\\\|\/\/)\.[\\/]pipe[\\/]/.test(value)) return { kind: 'socket', address: `npipe:${value.replace(/\\/g, '/')}`, path: value.replace(/\\/g, '/') };
  if (value.startsWith('/') || value.startsWith('~/')) return socket(expandHome(value, homedir), origin, value);
  const tcp = /^(tcp|http|https):\/\//.exec(value) === null ? `tcp://${value}` : value;
  return parseTcp(tcp, origin);
}

function parseTcp(value: string, origin: string): ParsedAddress {
  let url: URL;
  try {
    // `tcp:` is not a special scheme: the parser would not read its host the same way.
    url = new URL(value.replace(/^tcp:/, 'http:'));
  } catch (cause) {
    throw notAnAddress(origin, value, cause);
  }
  const https = value.startsWith('https:');
  if (url.hostname === '') throw notAnAddress(origin, value);
  // The URL parser drops a scheme's default port, so an explicit :80 is read from the text.
  const written = /:(\d+)\/?$/.exec(value.replace(/^[a-z]+:\/\//, ''))?.[1];
  const port = written === undefined ? (https ? TLS_PORT : PLAIN_PORT) : Number(written);
  return { kind: 'tcp', address: value, host: url.hostname.replace(/^\[|\]$/g, ''), port, https: https || port === TLS_PORT };
}

function socket(path: string, origin: string, value: string): ParsedAddress {
  if (!path.startsWith('/')) throw notAnAddress(origin, value);
  return { kind: 'socket', address: `unix://${path}`, path };
}

function expandHome(path: string, homedir: string): string {
  return path.startsWith('~/') ? homedir + path.slice(1) : path;
}

function notAnAddress(origin: string, value: string, cause?: unknown): WorkbenchError {
  return new WorkbenchError(
    'engine-unreachable',
    t("{0} is '{1}', which is no engine address. Expected unix:///path/docker.sock, npipe:////./pipe/docker_engine or tcp://host:port.", origin, value),
    { cause, action: 'open-settings', actionArgument: 'lean.docker.host' },
  );
}
