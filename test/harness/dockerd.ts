import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerApi } from './dockerApi';
import { until } from './exec';

/** A Docker daemon for tests. */
export type Daemon = {
  /** For DOCKER_HOST: unix://… */
  readonly dockerHost: string;
  /** The daemon's log so far; empty for a daemon that others run. */
  log(): string;
  /** Stops it and removes all it left (containers, mounts, bridge, files); does nothing to a daemon that others run. */
  stop(): Promise<void>;
};

/** A daemon that serves a whole tier: set by test/run.mjs, used instead of starting one. */
export const HOST_VARIABLE = 'LEAN_TEST_DOCKER_HOST';

/**
 * Starts the daemon and ends it, with everything it left, when standard input closes: so also when the test process is
 * killed. Arguments: folder, bridge ('' for none), then dockerd and its arguments.
 */
const KEEPER = String.raw`
root=$1; bridge=$2; shift 2
if [ -n "$bridge" ]; then ip link add name "$bridge" type bridge && ip addr add "$BRIDGE_ADDRESS" dev "$bridge" && ip link set "$bridge" up; fi
serve() { rm -f "$root/ended"; { "$@" </dev/null >>"$root/log" 2>&1 & echo "$!" >"$root/daemon.pid"; wait "$!"; echo "$?" >"$root/ended"; } & }
serve "$@"
while read -r word; do
  if [ "$word" = serve ]; then serve "$@"; fi
done
# Containers that are still there first, hard: dockerd would give each of them its stop timeout.
for init in "$root"/exec/containerd/daemon/io.containerd.runtime.v2.task/*/*/init.pid /run/containerd/io.containerd.runtime.v2.task/"$NAMESPACE"/*/init.pid; do
  if [ -f "$init" ]; then kill -KILL "$(cat "$init")"; fi
done
if [ ! -f "$root/ended" ]; then kill -TERM "$(cat "$root/daemon.pid")"; fi
for _ in $(seq 150); do [ -f "$root/ended" ] && break; sleep 0.1; done
if [ ! -f "$root/ended" ]; then kill -KILL "$(cat "$root/daemon.pid")"; fi
# The daemon's own containerd and shims, when they outlive it, are found by what stands in their command line.
for cmdline in $(grep -lsaF -e "$root/exec/" -e "$NAMESPACE" /proc/[0-9]*/cmdline); do
  process=$(basename "$(dirname "$cmdline")")
  if [ "$process" != self ] && [ "$process" != "$$" ]; then kill -KILL "$process"; fi
done
awk -v root="$root/" 'index($5, root) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do umount -l "$mount" 2>/dev/null; done
if [ -n "$bridge" ]; then ip link del "$bridge" 2>/dev/null; fi
rm -rf --one-file-system "$root"
`;

type Storage = 'overlay2' | 'vfs';

/** Starts a private daemon; it needs root. `LEAN_TEST_DOCKER_HOST` set: that daemon is used and left running. */
export async function startDaemon(): Promise<Daemon> {
  const shared = process.env[HOST_VARIABLE];
  if (shared !== undefined && shared !== '') {
    await until(`the daemon at ${shared} (${HOST_VARIABLE})`, () => isReady(shared), 10_000);
    return { dockerHost: shared, log: () => '', stop: () => Promise.resolve() };
  }
  try {
    return await startPrivate('overlay2');
  } catch (error) {
    if (!(error instanceof DaemonEnded)) throw error;
    // A file system below that cannot carry overlays (another overlay, for example).
    return await startPrivate('vfs');
  }
}

/** Runs `use` with a daemon and stops the daemon afterwards, whatever happened. */
export async function withDaemon<T>(use: (daemon: Daemon) => Promise<T>): Promise<T> {
  const daemon = await startDaemon();
  try {
    return await use(daemon);
  } finally {
    await daemon.stop();
  }
}

class DaemonEnded extends Error {}

/** A daemon of one test's own, that may be killed; its containers survive that, as with Docker's live-restore. */
export type OwnDaemon = Daemon & {
  /** Ends dockerd at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts dockerd again, with all it had. */
  restart(): Promise<void>;
};

/** Starts a daemon that nobody else uses, whatever LEAN_TEST_DOCKER_HOST says. */
export async function startOwnDaemon(): Promise<OwnDaemon> {
  try {
    return await startPrivate('overlay2', { 'live-restore': true });
  } catch (error) {
    if (!(error instanceof DaemonEnded)) throw error;
    return await startPrivate('vfs', { 'live-restore': true });
  }
}

async function startPrivate(storage: Storage, settings: object = {}): Promise<OwnDaemon> {
  const root = mkdtempSync(join(tmpdir(), 'lwt-'));
  const id = randomBytes(4).toString('hex');
  const namespace = `lwt-${id}`;
  const network = freeNetwork();
  const bridge = hasCommand('ip') ? `lwt${id}` : '';
  const dockerHost = `unix://${join(root, 'docker.sock')}`;
  const command = [
    'dockerd',
    `--host=${dockerHost}`,
    `--data-root=${join(root, 'data')}`,
    `--exec-root=${join(root, 'exec')}`,
    `--pidfile=${join(root, 'pid')}`,
    `--storage-driver=${storage}`,
    `--bridge=${bridge === '' ? 'none' : bridge}`,
    `--default-address-pool=base=10.${network}.128.0/17,size=24`,
    // Daemons that share a machine would empty each other's firewall chains; docker-proxy publishes ports without them.
    '--iptables=false',
    '--ip6tables=false',
    '--ip-masq=false',
    '--ip-forward=false',
    `--containerd-namespace=${namespace}`,
    `--containerd-plugins-namespace=plugins-${namespace}`,
    '--config-file=' + join(root, 'daemon.json'),
  ];
  writeFileSync(join(root, 'daemon.json'), JSON.stringify(settings));
  const keeper = spawn('bash', ['-c', KEEPER, 'keeper', root, bridge, ...command], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...process.env, BRIDGE_ADDRESS: `10.${network}.0.1/17`, NAMESPACE: namespace },
  });
  const gone = new Promise<void>((resolve) => keeper.once('exit', () => resolve()));
  let stopping: Promise<void> | undefined;
  const daemon: OwnDaemon = {
    dockerHost,
    kill: async () => {
      process.kill(Number(readFileSync(join(root, 'daemon.pid'), 'utf8')), 'SIGKILL');
      await until('dockerd to be gone', () => (existsSync(join(root, 'ended')) ? true : undefined), 10_000);
    },
    restart: async () => {
      // Its containerd died with it. Where nobody reaps that, dockerd takes the dead process for a living one.
      rmSync(join(root, 'exec', 'containerd', 'containerd.pid'), { force: true });
      keeper.stdin.write('serve\n');
      await until('dockerd to take the word', () => (existsSync(join(root, 'ended')) ? undefined : true), 10_000);
      await until('dockerd to be back', () => isReadyOrEnded(dockerHost, root), 60_000);
    },
    log: () => readLog(root),
    stop: () => (stopping ??= endKeeper(keeper, gone)),
  };
  try {
    await until('dockerd to get ready', () => isReadyOrEnded(dockerHost, root), 60_000);
  } catch (error) {
    const log = readLog(root);
    await daemon.stop();
    const Kind = error instanceof DaemonEnded ? DaemonEnded : Error;
    throw new Kind(`${error instanceof Error ? error.message : String(error)} (storage ${storage}). Its last lines:\n${log.split('\n').slice(-15).join('\n')}`);
  }
  // The tests' process may end when its tests are done; the keeper follows it.
  keeper.unref();
  return daemon;
}

async function endKeeper(keeper: ChildProcess, gone: Promise<void>): Promise<void> {
  keeper.ref();
  keeper.stdin?.end();
  await gone;
}

async function isReadyOrEnded(dockerHost: string, root: string): Promise<true | undefined> {
  if (existsSync(join(root, 'ended'))) throw new DaemonEnded('dockerd ended while starting');
  return isReady(dockerHost);
}

async function isReady(dockerHost: string): Promise<true | undefined> {
  try {
    const reply = await dockerApi(dockerHost, 'GET', '/_ping');
    return reply.status === 200 ? true : undefined;
  } catch {
    // No socket yet, or nobody behind it: not ready is the answer.
    return undefined;
  }
}

const readLog = (root: string): string => (existsSync(join(root, 'log')) ? readFileSync(join(root, 'log'), 'utf8') : '');

const hasCommand = (name: string): boolean =>
  [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].some((folder) => existsSync(join(folder, name)));

/** The second number of a 10.x network that no interface of this machine uses: /17 for the bridge, /17 for networks. */
function freeNetwork(): number {
  const used = new Set(
    Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter((address) => address.address.startsWith('10.'))
      .map((address) => Number(address.address.split('.')[1])),
  );
  const free = Array.from({ length: 200 }, (_, index) => index + 30).filter((number) => !used.has(number));
  const chosen = free[Math.floor(Math.random() * free.length)];
  if (chosen === undefined) throw new Error('No free 10.x network for the test daemon.');
  return chosen;
}
