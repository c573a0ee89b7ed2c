import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustExec, until } from './exec';

export type CodeServerOptions = {
  /** The folder or .code-workspace file that the window opens; none for an empty window. */
  readonly open?: string;
  /** The packed extension; default: LEAN_TEST_VSIX, which test/run.mjs sets. '' for none. */
  readonly vsix?: string;
  /** Whether Workspace Trust asks (true), or everything is trusted (false, the default). */
  readonly trust?: boolean;
  /** User settings, over the harness's own. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Environment of the extension host, over this process's: DOCKER_HOST for one. An empty text removes a variable. */
  readonly env?: Readonly<Record<string, string>>;
  /** Port on 127.0.0.1; default: any free one. */
  readonly port?: number;
};

/** A running VS Code in the browser. */
export type CodeServer = {
  readonly url: string;
  /** The password of its login page; `openWorkbench` enters it. */
  readonly password: string;
  /** Its user data folder: logs of the extension host are below it. */
  readonly userData: string;
  log(): string;
  stop(): Promise<void>;
};

/** Quiet and repeatable: no tips, no telemetry, no dialogs that the tests do not look for. */
const SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'files.simpleDialog.enable': true,
  'git.enabled': false,
  'window.confirmBeforeClose': 'never',
  'workbench.editor.enablePreview': false,
};

/** Starts code-server on a free port of 127.0.0.1 with a profile of its own; the extension is installed from its .vsix. */
export async function startCodeServer(options: CodeServerOptions = {}): Promise<CodeServer> {
  const { node, entry } = place();
  const profile = mkdtempSync(join(tmpdir(), 'lwt-code-'));
  const userData = join(profile, 'data');
  mkdirSync(join(userData, 'User'), { recursive: true });
  const settings = { ...SETTINGS, 'security.workspace.trust.enabled': options.trust === true, ...options.settings };
  // The browser is the local side to VS Code and this machine the remote: machine-scoped settings count only in Machine/.
  mkdirSync(join(userData, 'Machine'), { recursive: true });
  for (const scope of ['User', 'Machine']) writeFileSync(join(userData, scope, 'settings.json'), JSON.stringify(settings, undefined, 2));
  const config = join(profile, 'config.yaml');
  writeFileSync(config, '{}\n');
  const shared = [entry, '--config', config, '--user-data-dir', userData, '--extensions-dir', join(profile, 'extensions'), '--disable-telemetry', '--disable-update-check'];
  const vsix = options.vsix ?? process.env['LEAN_TEST_VSIX'];
  if (vsix === undefined) throw new Error('No extension to install: set LEAN_TEST_VSIX, or run the tier with node test/run.mjs e2e.');
  if (vsix !== '') await mustExec(node, [...shared, '--install-extension', vsix]);

  const port = options.port ?? (await freePort());
  const password = randomBytes(9).toString('base64url');
  const env = Object.fromEntries(Object.entries({ ...process.env, ...options.env, PASSWORD: password }).filter(([, value]) => value !== ''));
  const child = spawn(node, [...shared, '--bind-addr', `127.0.0.1:${port}`, '--auth', 'password', '--disable-getting-started-override', '--ignore-last-opened'], {
    // A group of its own, so that its extension hosts and terminals end with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-200_000);
    });
  }
  const killOnExit = (): void => signalGroup(child, 'SIGKILL');
  process.once('exit', killOnExit);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', killOnExit);
    await endGroup(child);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  const address = `http://127.0.0.1:${port}`;
  try {
    await until('code-server to answer', () => answers(child, address), 60_000, 100);
  } catch (error) {
    await stop();
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${log}`, { cause: error });
  }
  return { url: address + query(options.open), password, userData, log: () => log, stop };
}

function query(open: string | undefined): string {
  if (open === undefined) return '/?ew=true';
  return `/?${open.endsWith('.code-workspace') ? 'workspace' : 'folder'}=${encodeURIComponent(open)}`;
}

/** Where test/setup/codeServer.mjs installed it; test/run.mjs passes it on. */
function place(): { node: string; entry: string } {
  const text = process.env['LEAN_TEST_CODE_SERVER'];
  if (text === undefined) throw new Error('LEAN_TEST_CODE_SERVER is not set: run the tier with node test/run.mjs e2e, or set it to what node test/setup/codeServer.mjs prints.');
  const { node, entry } = JSON.parse(text) as { node: string; entry: string };
  return { node, entry };
}

async function answers(child: ChildProcess, address: string): Promise<true | undefined> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error('code-server ended while starting.');
  try {
    return (await fetch(`${address}/healthz`)).ok ? true : undefined;
  } catch {
    // Nobody listens yet: it is asked again.
    return undefined;
  }
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    signalGroup(child, 'SIGTERM');
    const hard = setTimeout(() => signalGroup(child, 'SIGKILL'), 5000);
    await gone;
    clearTimeout(hard);
  }
  // Terminals and extension hosts that outlived their server.
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port on 127.0.0.1.');
  return address.port;
}
