import { spawn } from 'node:child_process';
import { posix, win32 } from 'node:path';
import { errorCode, messageOf } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { configFolder, type DiscoveryHost } from '../discovery';
import type { RegistryAuth } from './client';
import { field, text } from './read';

/** Docker Hub's key in config.json and in credential stores. */
const HUB_KEY = 'https://index.docker.io/v1/';
const HELPER_TIMEOUT = 15_000;

/**
 * What a registry is told about who asks, from Docker's own config.json: credHelpers, then credsStore, then auths, as the CLI
 * does. Undefined when nothing is stored or it cannot be had: the pull is then anonymous. Secrets never reach the log.
 */
export async function registryAuth(registry: string, host: DiscoveryHost, logger: Logger): Promise<RegistryAuth | undefined> {
  const paths = host.platform === 'win32' ? win32 : posix;
  const file = paths.join(configFolder(host), 'config.json');
  let config: unknown;
  try {
    const content = (await host.readFile(file)).toString('utf8');
    config = content.trim() === '' ? {} : JSON.parse(content);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') logger.warn(`Docker's settings in ${file} cannot be read (${errorCode(error) ?? 'invalid JSON'}); images are pulled without credentials.`);
    return undefined;
  }
  const key = registry === 'docker.io' ? HUB_KEY : registry;
  const helper = text(config, 'credHelpers', registry) || text(config, 'credHelpers', key) || text(config, 'credsStore');
  if (helper !== '') {
    const stored = await askHelper(helper, key, host, logger);
    if (stored !== undefined) return stored;
  }
  return fromAuths(config, key, registry);
}

function fromAuths(config: unknown, key: string, registry: string): RegistryAuth | undefined {
  for (const name of [key, registry, `https://${registry}`, `https://${registry}/v1/`, `https://${registry}/v2/`]) {
    const entry = field(config, 'auths', name);
    const identitytoken = text(entry, 'identitytoken');
    if (identitytoken !== '') return { identitytoken, serveraddress: key };
    const decoded = Buffer.from(text(entry, 'auth'), 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon > 0) return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, ''), serveraddress: key };
  }
  return undefined;
}

/** The protocol of docker-credential-helpers: `get`, the server on standard input, JSON on standard output. */
async function askHelper(name: string, server: string, host: DiscoveryHost, logger: Logger): Promise<RegistryAuth | undefined> {
  if (!/^[\w.-]+$/.test(name)) {
    logger.warn(`Docker's config.json names a credential helper that is no program name; it is not run.`);
    return undefined;
  }
  try {
    const answer: unknown = JSON.parse(await runHelper(`docker-credential-${name}`, server, host));
    const username = text(answer, 'Username');
    const secret = text(answer, 'Secret');
    if (secret === '') return undefined;
    return username === '<token>' ? { identitytoken: secret, serveraddress: server } : { username, password: secret, serveraddress: server };
  } catch (error) {
    // A parser's message may quote what it read.
    const why = error instanceof SyntaxError ? 'it did not answer in JSON' : messageOf(error);
    logger.debug(`The credential helper docker-credential-${name} has nothing for ${server}: ${why}`);
    return undefined;
  }
}

function runHelper(program: string, server: string, host: DiscoveryHost): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      shell: false,
      windowsHide: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: HELPER_TIMEOUT,
      env: { ...host.env, PATH: searchPath(host) },
    });
    const output: Buffer[] = [];
    child.on('error', (error) => reject(new Error(errorCode(error) === 'ENOENT' ? 'it is not installed' : error.message)));
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString('utf8'));
      else reject(new Error(code === null ? 'it took too long' : `it ended with ${code}`));
    });
    // A helper that ends without reading closes the pipe; its exit code says the rest.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${server}\n`);
  });
}

/** Editors started from a desktop often lack the folders that Docker Desktop and Homebrew put helpers in. */
function searchPath(host: DiscoveryHost): string {
  const own = host.env['PATH'] ?? host.env['Path'] ?? '';
  if (host.platform === 'win32') return `${own};C:\\Program Files\\Docker\\Docker\\resources\\bin`;
  return [own, '/usr/local/bin', '/opt/homebrew/bin', `${host.homedir}/.docker/bin`, '/Applications/Docker.app/Contents/Resources/bin'].filter((part) => part !== '').join(':');
}
