import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { socketOf } from './dockerApi';
import { until } from './exec';

/** Passes bytes between two unix sockets, half-closed ends too; ends with its standard input. */
const RELAY = `const net = require('node:net'); const fs = require('node:fs');
const [from, to, uid] = process.argv.slice(1);
const server = net.createServer({ allowHalfOpen: true }, (a) => {
  const b = net.connect({ path: to, allowHalfOpen: true });
  a.pipe(b); b.pipe(a);
  a.on('error', () => b.destroy()); b.on('error', () => a.destroy());
  a.on('close', () => b.destroy()); b.on('close', () => a.destroy());
});
process.umask(0o177);
server.listen(from, () => fs.chownSync(from, Number(uid), Number(uid)));
process.stdin.on('end', () => { server.close(); fs.rmSync(require('node:path').dirname(from), { recursive: true, force: true }); process.exit(0); }).resume();`;

/** Opens a relay to root's Docker daemon that only root and the person may use; gives its address. It ends with this process. */
export async function relayFor(dockerHost: string, id: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lwt-person-'));
  chownSync(folder, id, id);
  chmodSync(folder, 0o700);
  const socket = join(folder, 'docker.sock');
  const relay = spawn(process.execPath, ['-e', RELAY, socket, socketOf(dockerHost), String(id)], { stdio: ['pipe', 'ignore', 'inherit'] });
  relay.unref();
  await until('the relay to the daemon', () => (existsSync(socket) ? true : undefined), 10_000);
  return `unix://${socket}`;
}

/**
 * Turns this process from root into an ordinary person for good, as who VS Code's extension host runs. The repository may
 * lie where only root may look: everything that is loaded on first use has to be loaded before.
 */
export function becomePerson(dockerHost: string, id: number): void {
  process.env['HOME'] = dirname(socketOf(dockerHost));
  process.setgroups?.([id]);
  process.setgid?.(id);
  process.setuid?.(id);
}
