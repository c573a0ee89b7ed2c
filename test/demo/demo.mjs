// npm run demo: sets up what is missing, then opens the workbench on the sample workspace. See README.md beside this file.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCodeServer } from '../setup/codeServer.mjs';
import { say, SetupError } from '../setup/common.mjs';
import { ensureDependencies } from '../setup/dependencies.mjs';
import { browser, docker, packVsix } from '../setup/tiers.mjs';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..', '..'));

/** Installs what is missing, saying what and why. */
async function setUp(options) {
  if (!options.realDocker) {
    if (process.getuid?.() !== 0) {
      throw new SetupError(
        'The demo starts a Docker daemon of its own, which needs root. Run it as root:\n  sudo npm run demo\nor use your own Docker and the real LEAN image:\n  npm run demo -- --real-docker',
      );
    }
    await docker('demo');
  }
  if (options.screenshot !== undefined) await browser('demo');
  process.env.LEAN_TEST_CODE_SERVER = JSON.stringify(await ensureCodeServer('demo'));
}

try {
  await ensureDependencies();
  // From here on, TypeScript can be loaded.
  const { register } = await import('tsx/cjs/api');
  register();
  const load = createRequire(import.meta.url);
  const { parseOptions, USAGE } = load('./options.ts');
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(`${USAGE}\n`);
  } else {
    await setUp(options);
    const { demo } = load('./main.ts');
    await demo(options, packVsix, say);
  }
} catch (error) {
  // What a person can mend is said plainly; anything else keeps its stack.
  const plain = error instanceof SetupError || error?.name === 'DemoError';
  process.stderr.write(`\n${plain ? error.message : (error?.stack ?? error)}\n`);
  process.exitCode = 1;
}
