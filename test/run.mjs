// Runs the tests: node test/run.mjs [tier …] [--filter TEXT]. Last line: `N passed, N failed`.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, say, SetupError } from './setup/common.mjs';
import { ensureDependencies } from './setup/dependencies.mjs';
import { TIERS } from './setup/tiers.mjs';

process.chdir(join(dirname(fileURLToPath(import.meta.url)), '..'));
const scratch = mkdtempSync(join(tmpdir(), 'lwt-run-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const total = { passed: 0, failed: 0 };
/** The whole run stays under 40 minutes: whatever runs then is ended and counts as failed. */
const deadline = Date.now() + 38 * 60_000;
let daemon;
let built = false;

const { tiers, filter } = readArguments(process.argv.slice(2));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void finish(1));
try {
  await ensureDependencies();
  for (const tier of tiers) await runTier(tier);
} catch (error) {
  fail('set-up', error);
}
await finish(total.failed > 0 || total.passed === 0 ? 1 : 0);

async function finish(code) {
  await stopDaemon();
  // The last line alone, after everything else was written.
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`, () => process.exit(code));
}

function readArguments(words) {
  const tiers = [];
  let filter;
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === '--filter') filter = words[++index];
    else if (word.startsWith('--filter=')) filter = word.slice('--filter='.length);
    else if (Object.hasOwn(TIERS, word)) tiers.push(word);
    else {
      console.error(`Unknown tier '${word}'. Tiers: ${Object.keys(TIERS).join(', ')}. Also: --filter TEXT runs the files whose name contains TEXT.`);
      process.exit(2);
    }
  }
  return { tiers: tiers.length > 0 ? tiers : Object.keys(TIERS), filter };
}

async function runTier(tier) {
  console.log(`\n=== ${tier}`);
  const started = Date.now();
  const before = { ...total };
  try {
    if (tier === 'types') await commands(tier, 'the code type-checks', [['typescript/bin/tsc', '-p', '.'], ['typescript/bin/tsc', '-p', 'webviews']]);
    else if (tier === 'lint') await commands(tier, 'the code lints', [['eslint/bin/eslint.js', '.', '--max-warnings', '0']]);
    else await testFiles(tier);
  } catch (error) {
    fail(tier, error);
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${tier}: ${total.passed - before.passed} passed, ${total.failed - before.failed} failed (${seconds} s)`);
}

/** One test that passes when all the commands succeed; their output is its failure's detail. */
async function commands(tier, name, list) {
  const outcomes = [];
  for (const [script, ...args] of list) {
    outcomes.push(await start(process.execPath, [join('node_modules', script), ...args], { limit: TIERS[tier].tier }));
  }
  const failed = outcomes.filter((outcome) => outcome.code !== 0);
  if (failed.length === 0) total.passed++;
  else fail(`${tier}: ${name}`, failed.map((outcome) => outcome.output.trim() || outcome.ended).join('\n'));
}

async function testFiles(tier) {
  const { file: fileLimit, tier: limit, concurrency, daemon: needsDaemon, build, prepare } = TIERS[tier];
  const folder = join('test', tier);
  const all = existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith('.test.ts')).sort() : [];
  const files = all.filter((name) => filter === undefined || name.includes(filter)).map((name) => join(folder, name));
  if (files.length === 0) throw new SetupError(filter === undefined ? `There is no test file in ${folder}.` : `No test file in ${folder} has a name that contains '${filter}'.`);
  if (build && !built) {
    await run(process.execPath, ['esbuild.mjs', '--production'], { what: 'the build (node esbuild.mjs --production)' });
    built = true;
  }
  await prepare?.(scratch);
  const env = needsDaemon ? { LEAN_TEST_DOCKER_HOST: await startDaemon() } : {};

  const report = join(scratch, `${tier}.jsonl`);
  const reporter = new URL('./setup/reporter.mjs', import.meta.url).href;
  const options = ['--test', `--test-concurrency=${concurrency}`, `--test-timeout=${fileLimit}`, `--test-reporter=${reporter}`, `--test-reporter-destination=${report}`];
  const outcome = await start(process.execPath, ['--import', 'tsx', ...options, ...files], { limit, env });
  const results = existsSync(report) ? readFileSync(report, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)) : [];
  const counted = count(results, files);
  for (const file of files.filter((name) => !counted.has(name))) fail(file, `The file ran no test.\n${outcome.output.trim()}`);
  if (outcome.code !== 0 && !results.some((result) => result.failed)) fail(tier, `The test runner ended with ${outcome.ended}.\n${outcome.output.trim()}`);
}

/** Adds the results to the totals; gives the files that had at least one test. */
function count(results, files) {
  const seen = new Set();
  for (const result of results) {
    const file = result.file === undefined ? undefined : relative(process.cwd(), result.file);
    // A file without tests, or one that could not be loaded, is reported as one test that bears its name.
    const isFile = files.includes(result.name) || (files.includes(relative(process.cwd(), result.name)));
    if (isFile && !result.failed) continue;
    if (file !== undefined && files.includes(file)) seen.add(file);
    if (isFile) seen.add(files.includes(result.name) ? result.name : relative(process.cwd(), result.name));
    if (result.failed) {
      // A parent that only fails because of its children adds nothing.
      if (result.failure === 'subtestsFailed') continue;
      fail(`${file ?? ''} › ${result.name}`, `${result.error}${result.printed ? `\n--- printed before:\n${result.printed}` : ''}`);
    } else if (result.suite) continue;
    else if (result.skipped || result.todo) fail(`${file ?? ''} › ${result.name}`, 'Skipped tests count as failed: make it run or remove it.');
    else total.passed++;
  }
  return seen;
}

function fail(name, error) {
  total.failed++;
  const text = typeof error === 'string' ? error : error instanceof SetupError ? error.message : String(error?.stack ?? error);
  const lines = text.split('\n');
  const shown = lines.length > 120 ? [...lines.slice(0, 60), `… ${lines.length - 120} lines left out …`, ...lines.slice(-60)] : lines;
  console.log(`\n✖ ${name}\n${shown.map((line) => `    ${line}`).join('\n')}`);
}

/** One daemon with the stand-in image serves the tiers that need Docker; its helper process ends it when its input closes. */
async function startDaemon() {
  if (process.env.LEAN_TEST_DOCKER_HOST) return process.env.LEAN_TEST_DOCKER_HOST;
  if (daemon !== undefined) return daemon.dockerHost;
  say('starting a private Docker daemon and loading the stand-in engine image');
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/harness/serveDaemon.ts'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  let output = '';
  child.stderr.on('data', (chunk) => (output += chunk));
  const line = await new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.split('\n')[0]);
    });
    child.once('exit', () => reject(new SetupError(`The private Docker daemon could not be started:\n${output}`)));
    setTimeout(() => reject(new SetupError(`The private Docker daemon was not ready within two minutes:\n${output}`)), 120_000).unref();
  });
  daemon = { dockerHost: JSON.parse(line).dockerHost, child, gone };
  return daemon.dockerHost;
}

async function stopDaemon() {
  if (daemon === undefined) return;
  daemon.child.stdin.end();
  await daemon.gone;
  daemon = undefined;
}

function start(command, args, { limit: own, env }) {
  const limit = Math.max(1000, Math.min(own, deadline - Date.now()));
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    let output = '';
    let late = false;
    const keep = (chunk) => (output = (output + chunk).slice(-100_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
    }, limit);
    child.on('error', (error) => (output += String(error)));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const ended = late ? `no end within ${(limit / 60_000).toFixed(1)} minutes` : (signal ?? `exit code ${code}`);
      resolve({ code: late ? 1 : (code ?? 1), ended, output });
    });
  });
}
