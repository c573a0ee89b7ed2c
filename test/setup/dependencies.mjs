// node_modules as the lockfile wants it: `npm ci --ignore-scripts` when it is missing or stale.
import { existsSync, readFileSync } from 'node:fs';
import { run, say } from './common.mjs';

/** Installs the dependencies when they do not match package-lock.json. */
export async function ensureDependencies() {
  const reason = staleBecause();
  if (reason === undefined) return;
  say(`${reason}: running npm ci --ignore-scripts`);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await run(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { what: 'npm ci', shell: process.platform === 'win32' });
}

function staleBecause() {
  const installed = 'node_modules/.package-lock.json';
  if (!existsSync(installed)) return 'node_modules is missing';
  const have = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const want = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages;
  for (const [path, entry] of Object.entries(want)) {
    // Optional ones are for other platforms; they may be absent.
    if (path === '' || entry.optional || entry.devOptional || entry.link) continue;
    if (have[path]?.version !== entry.version) return `node_modules has ${path} ${have[path]?.version ?? 'not at all'} instead of ${entry.version}`;
  }
  return undefined;
}
