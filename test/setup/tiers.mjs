// The test tiers: what each needs on the machine before its first test, and how long it may take.
import { join } from 'node:path';
import { byAnyCommand, byCommand, byFile, ensurePackages } from './apt.mjs';
import { ensureCodeServer } from './codeServer.mjs';
import { run, say } from './common.mjs';

const MINUTE = 60_000;

/** In the order in which they run. `file`: milliseconds for one test file (Node has one limit for tests and files); `tier`: for all. */
export const TIERS = {
  types: { tier: 3 * MINUTE },
  lint: { tier: 3 * MINUTE },
  unit: { file: 2 * MINUTE, tier: 5 * MINUTE, concurrency: 2 },
  manifest: { file: 2 * MINUTE, tier: 4 * MINUTE, concurrency: 2, build: true },
  webview: { file: 4 * MINUTE, tier: 6 * MINUTE, concurrency: 1, build: true, prepare: () => browser('webview') },
  engine: { file: 6 * MINUTE, tier: 12 * MINUTE, concurrency: 1, daemon: true, prepare: () => docker('engine') },
  e2e: { file: 8 * MINUTE, tier: 14 * MINUTE, concurrency: 1, daemon: true, build: true, prepare: (scratch) => e2e('e2e', scratch) },
};

/** Docker's daemon, and what the stand-in image is made of. */
export const docker = (tier) =>
  ensurePackages(tier, [
    { package: 'docker.io', present: byCommand('dockerd', 'containerd'), why: 'a private Docker daemon that runs the stand-in engine' },
    { package: 'iptables', present: byCommand('iptables'), why: "Docker's networking calls it" },
    { package: 'iproute2', present: byCommand('ip'), why: 'makes the bridge of the private daemon' },
    { package: 'python3', present: byFile('/usr/bin/python3'), why: 'the stand-in engine is written in it' },
    { package: 'util-linux', present: byCommand('setpriv'), why: 'goes into the stand-in image, as in the real one' },
    { package: 'mawk', present: byCommand('awk'), why: 'goes into the stand-in image, as in the real one' },
  ]);

/** Chromium with fonts, so that pages can be looked at. */
export const browser = (tier) =>
  ensurePackages(tier, [
    { package: 'chromium', present: byAnyCommand('chromium', 'chromium-browser', 'google-chrome'), why: 'shows the pages and the workbench' },
    { package: 'fonts-dejavu-core', present: byFile('/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'), why: 'text on pages and screenshots' },
    { package: 'fonts-liberation', present: byFile('/usr/share/fonts/truetype/liberation', '/usr/share/fonts/truetype/liberation2'), why: 'text on pages and screenshots' },
  ]);

/** Everything: Docker, the browser, VS Code in the browser, and the extension packed into `scratch` (LEAN_TEST_VSIX names it). */
export async function e2e(tier, scratch) {
  await docker(tier);
  await browser(tier);
  const codeServer = await ensureCodeServer(tier);
  process.env.LEAN_TEST_CODE_SERVER ||= JSON.stringify(codeServer);
  if (!process.env.LEAN_TEST_VSIX) process.env.LEAN_TEST_VSIX = await packVsix(scratch);
}

/** Packs the extension into a folder; gives the .vsix file. */
export async function packVsix(folder) {
  const file = join(folder, 'lean-workbench.vsix');
  say(`packing the extension into ${file}`);
  await run('npm', ['run', 'package', '--', '--out', file], { what: 'npm run package' });
  return file;
}
