// npm run bench: measures what the extension promises, prints tables, writes docs/performance.md.
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureCodeServer } from '../setup/codeServer.mjs';
import { say, SetupError } from '../setup/common.mjs';
import { ensureDependencies } from '../setup/dependencies.mjs';
import { browser, docker, packVsix } from '../setup/tiers.mjs';

const USAGE = `npm run bench -- [options]
  --only PART[,PART]   starts, results, activation, sizes, console; default: all
  --repeat N           repetitions of each measurement; default: starts 25, results 7, activation 10, console 3
  --report FILE        default: docs/performance.md when everything is measured, else none
Ends with exit code 1 when a budget is broken.`;

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..', '..'));
try {
  const { values } = parseArgs({ options: { only: { type: 'string' }, repeat: { type: 'string' }, report: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) process.stdout.write(`${USAGE}\n`);
  else process.exitCode = (await main(values)) ? 0 : 1;
} catch (error) {
  const plain = error instanceof SetupError || error?.code?.startsWith?.('ERR_PARSE_ARGS');
  process.stderr.write(`\n${plain ? `${error.message}\n${USAGE}` : (error?.stack ?? error)}\n`);
  process.exitCode = 1;
}

async function main(values) {
  const repeat = values.repeat === undefined ? undefined : Number(values.repeat);
  if (repeat !== undefined && !(Number.isInteger(repeat) && repeat > 0)) throw new SetupError(`--repeat takes a number from 1, not '${values.repeat}'.`);
  await ensureDependencies();
  // TypeScript for require, and for the engine's own import() of its client.
  for (const api of ['tsx/cjs/api', 'tsx/esm/api']) (await import(api)).register();
  const { bench, PARTS } = createRequire(import.meta.url)('./main.ts');
  const parts = values.only === undefined ? PARTS : values.only.split(',').map((part) => part.trim());
  for (const part of parts) if (!PARTS.includes(part)) throw new SetupError(`There is no part '${part}'.`);

  if (process.getuid?.() !== 0) throw new SetupError('The bench starts a Docker daemon of its own, which needs root: sudo npm run bench');
  await docker('bench');
  if (parts.includes('activation')) {
    await browser('bench');
    process.env.LEAN_TEST_CODE_SERVER = JSON.stringify(await ensureCodeServer('bench'));
  }
  const report = values.report ?? (parts.length === PARTS.length ? 'docs/performance.md' : undefined);
  const repeats = { starts: repeat ?? 25, results: repeat ?? 7, activation: repeat ?? 10, console: repeat ?? 3 };
  return bench({ parts, repeats, report: report === undefined ? undefined : resolve(report) }, packVsix, say);
}
