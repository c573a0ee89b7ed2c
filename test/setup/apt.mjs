// Debian packages a tier needs: installed as root, else the exact command is printed and the tier fails.
import { existsSync } from 'node:fs';
import { run, say, SetupError, which } from './common.mjs';

let updated = false;

/**
 * Makes sure of Debian packages. `needs` is a list of {package, present, why}: `present()` tells whether what the
 * package brings is already there (from wherever), so that nothing is installed without need.
 */
export async function ensurePackages(tier, needs) {
  const missing = needs.filter((need) => !need.present());
  if (missing.length === 0) return;
  const names = missing.map((need) => need.package);
  const command = `apt-get update && apt-get install --yes --no-install-recommends ${names.join(' ')}`;
  const list = missing.map((need) => `  ${need.package}: ${need.why}`).join('\n');
  const isRoot = process.getuid?.() === 0;
  if (process.platform !== 'linux' || which('apt-get') === undefined || !isRoot) {
    const reason = which('apt-get') === undefined ? 'there is no apt-get here' : 'installing them needs root';
    throw new SetupError(`The ${tier} tier needs these packages, and ${reason}:\n${list}\nInstall them with:\n  sudo sh -c '${command}'`);
  }
  say(`the ${tier} tier needs Debian packages that are missing; installing them with apt-get:\n${list}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  if (!updated) {
    await run('apt-get', ['update', '-q'], { env, what: 'apt-get update' });
    updated = true;
  }
  await run('apt-get', ['install', '--yes', '-q', '--no-install-recommends', ...names], { env, what: command });
  const still = needs.filter((need) => !need.present());
  if (still.length > 0) throw new SetupError(`apt-get installed ${names.join(', ')}, but still missing: ${still.map((need) => need.package).join(', ')}.`);
}

/** Present when the command is on PATH. */
export const byCommand = (...commands) => () => commands.every((command) => which(command) !== undefined);
/** Present when one of the commands is on PATH. */
export const byAnyCommand = (...commands) => () => commands.some((command) => which(command) !== undefined);
/** Present when one of the files exists. */
export const byFile = (...files) => () => files.some((file) => existsSync(file));
