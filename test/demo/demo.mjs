// npm run demo: sets up what is missing, then opens the workbench on the sample workspace. See README.md beside this file.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { byCommand, ensurePackages } from '../setup/apt.mjs';
import { ensureCodeServer } from '../setup/codeServer.mjs';
import { run, say, SetupError, which } from '../setup/common.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
process.chdir(root);

/** What compiles and runs our TypeScript comes with the npm packages: without them nothing else can start. */
async function ensureNpmPackages() {
  if (existsSync('node_modules/tsx') && existsSync('node_modules/fflate')) return;
  say('installing the npm packages that package-lock.json names (npm ci)');
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { what: 'npm ci' });
}

const findBrowser = () => which('chromium') ?? which('chromium-browser') ?? which('google-chrome');

/** Installs what is missing, saying what and why; gives where code-server and the browser are. */
async function setUp(options) {
  const needs = [];
  if (!options.realDocker) {
    if (process.getuid?.() !== 0) {
      throw new SetupError(
        'The demo starts a Docker daemon of its own, which needs root. Run it as root:\n  sudo npm run demo\nor use your own Docker and the real LEAN image:\n  npm run demo -- --real-docker',
      );
    }
    needs.push({ package: 'docker.io', present: byCommand('dockerd', 'containerd'), why: 'runs the backtests in containers' });
    needs.push({ package: 'iproute2', present: byCommand('ip'), why: 'gives the private Docker daemon a network of its own' });
    needs.push({ package: 'python3', present: byCommand('python3'), why: 'goes into the stand-in engine image' });
    needs.push({ package: 'gawk', present: byCommand('awk'), why: 'goes into the stand-in engine image' });
  }
  if (options.screenshot !== undefined) needs.push({ package: 'chromium', present: () => findBrowser() !== undefined, why: 'opens the workbench for the picture' });
  await ensurePackages('demo', needs);
  return { codeServer: await ensureCodeServer('demo'), chromium: findBrowser() };
}

try {
  await ensureNpmPackages();
  // From here on, TypeScript can be loaded.
  const { register } = await import('tsx/cjs/api');
  register();
  const load = createRequire(import.meta.url);
  const { parseOptions, USAGE } = load('./options.ts');
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(`${USAGE}\n`);
  } else {
    const tools = await setUp(options);
    const { demo } = load('./main.ts');
    await demo(options, tools, say);
  }
} catch (error) {
  // What a person can mend is said plainly; anything else keeps its stack.
  const plain = error instanceof SetupError || error?.name === 'DemoError';
  process.stderr.write(`\n${plain ? error.message : (error?.stack ?? error)}\n`);
  process.exitCode = 1;
}
