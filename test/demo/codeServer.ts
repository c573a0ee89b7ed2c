import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { mustExec, until } from '../harness/exec';
import { DemoError } from './options';

/** Where code-server was installed: test/setup/codeServer.mjs gives it. */
export interface CodeServerPlace {
  /** The Node that it runs on. */
  readonly node: string;
  /** Its entry script. */
  readonly entry: string;
}

export interface CodeServerOptions {
  readonly place: CodeServerPlace;
  /** Profile folder: user data and extensions are kept below it. */
  readonly profile: string;
  readonly vsix: string;
  readonly folder: string;
  readonly port: number | undefined;
  readonly password: string;
  /** User settings. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface RunningCodeServer {
  /** Opens the folder. */
  readonly url: string;
  readonly log: () => string;
  stop(): Promise<void>;
}

/** Installs the extension into a profile of its own and starts VS Code in a browser on 127.0.0.1, behind a password. */
export async function startCodeServer(options: CodeServerOptions): Promise<RunningCodeServer> {
  const data = join(options.profile, 'data');
  const extensions = join(options.profile, 'extensions');
  const shared = [options.place.entry, '--user-data-dir', data, '--extensions-dir', extensions, '--disable-telemetry', '--disable-update-check'];
  await mkdir(join(data, 'User'), { recursive: true });
  await writeFile(join(data, 'User', 'settings.json'), JSON.stringify(options.settings, undefined, 2));
  const config = join(options.profile, 'code-server.yaml');
  await writeFile(config, '{}\n');
  await mustExec(options.place.node, [...shared, '--config', config, '--install-extension', options.vsix]);

  const port = options.port ?? (await freePort());
  const child = spawn(
    options.place.node,
    [...shared, '--config', config, '--bind-addr', `127.0.0.1:${port}`, '--auth', 'password', '--disable-getting-started-override', '--ignore-last-opened', options.folder],
    // A group of its own: its helpers end with it, also when Ctrl+C reaches only this process.
    { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PASSWORD: options.password } },
  );
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-100_000);
    });
  }
  const address = `http://127.0.0.1:${port}`;
  try {
    await until('code-server to answer', () => answers(child, address, () => log), 60_000, 100);
  } catch (error) {
    await endGroup(child);
    throw error;
  }
  return { url: `${address}/?folder=${encodeURIComponent(options.folder)}`, log: () => log, stop: () => endGroup(child) };
}

async function answers(child: ChildProcess, address: string, log: () => string): Promise<true | undefined> {
  if (child.exitCode !== null) throw new DemoError(`code-server ended while starting (exit code ${child.exitCode}):\n${log().trim().split('\n').slice(-15).join('\n')}`);
  try {
    return (await fetch(`${address}/healthz`)).ok ? true : undefined;
  } catch {
    // Nobody listens yet: it is asked again.
    return undefined;
  }
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  signalGroup(child.pid, 'SIGTERM');
  const hard = setTimeout(signalGroup, 5000, child.pid, 'SIGKILL');
  await gone;
  clearTimeout(hard);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** A port that nothing used a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
