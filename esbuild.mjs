// Builds dist/: one CommonJS bundle for the extension host, lazy chunks beside it, ESM for the pages.
import * as esbuild from 'esbuild';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
// Built aside and moved into place whole, so that two builds at once never mix and dist/ is never half a build.
const out = watch ? 'dist' : join('node_modules', '.cache', `lean-workbench-build-${process.pid}`);
mkdirSync(out, { recursive: true });

/** dockerode's ssh and gRPC (BuildKit) transports are never used; left in, they double its size and load time. */
const leaveOutTransports = {
  name: 'leave-out-transports',
  setup(build) {
    const unused = /^(ssh2|cpu-features|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs)(\/|$)/;
    build.onResolve({ filter: unused }, (args) => ({ path: args.path, namespace: 'left-out' }));
    build.onResolve({ filter: /\/session$/ }, (args) =>
      args.importer.includes('dockerode') ? { path: args.path, namespace: 'left-out' } : undefined,
    );
    // Their users take classes from them while loading; only using one is an error.
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, (args) => ({
      contents: `function leftOut() { throw new Error(${JSON.stringify(`${args.path} is not part of Lean Workbench`)}); }
module.exports = new Proxy(leftOut, { get: (_, key) => (key === '__esModule' ? false : leftOut) });`,
      loader: 'js',
    }));
  },
};

const shared = { bundle: true, minify: production, sourcemap: production ? false : 'linked', logLevel: 'info', metafile: true, legalComments: 'none' };

/** Heavy modules, loaded on first use: each becomes dist/<name>.js and is required lazily at run time. */
const LAZY = {
  docker: 'src/engine/docker/lazy.ts',
  watcher: 'src/files/watcher.lazy.ts',
  resultWorker: 'src/files/resultWorker.ts',
};
const lazyEntries = Object.fromEntries(Object.entries(LAZY).filter(([, file]) => existsSync(file)));

/** Turns `import('./docker/lazy')` and its like into a require of the chunk beside the bundle. */
const lazyChunks = {
  name: 'lazy-chunks',
  setup(build) {
    build.onResolve({ filter: /lazy$/ }, (args) => {
      if (args.kind !== 'dynamic-import') return undefined;
      const name = args.path.includes('watcher') ? 'watcher' : 'docker';
      return { path: `./${name}.js`, external: true };
    });
  },
};

const host = {
  ...shared,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // jsonc-parser's main field is a UMD wrapper whose requires cannot be bundled.
  mainFields: ['module', 'main'],
  external: ['vscode'],
  plugins: [leaveOutTransports, lazyChunks],
};
const configs = [
  { ...host, entryPoints: { extension: 'src/extension.ts' }, outdir: out },
  { ...host, entryPoints: lazyEntries, outdir: out, plugins: [leaveOutTransports] },
];
const pages = existsSync('webviews') ? readdirSync('webviews').filter((page) => existsSync(join('webviews', page, 'index.ts'))) : [];
if (pages.length > 0) {
  configs.push({
    ...shared,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    entryPoints: Object.fromEntries(pages.map((page) => [page, join('webviews', page, 'index.ts')])),
    outdir: join(out, 'webviews'),
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  });
}
if (watch) {
  for (const config of configs) await (await esbuild.context(config)).watch();
} else {
  for (const config of configs.filter((item) => Object.keys(item.entryPoints).length > 0)) await esbuild.build(config);
  const fonts = join(out, 'webviews');
  mkdirSync(fonts, { recursive: true });
  for (const file of ['codicon.css', 'codicon.ttf']) copyFileSync(join('node_modules/@vscode/codicons/dist', file), join(fonts, file));
  replaceDist();
  for (const file of readdirSync('dist').filter((name) => name.endsWith('.js'))) {
    console.log(`${file.padEnd(20)} ${(statSync(join('dist', file)).size / 1000).toFixed(1).padStart(8)} kB`);
  }
}

/** Another build may put its own dist/ there between the two steps: then it is the one to move away. */
function replaceDist() {
  const old = `${out}-old`;
  for (let attempt = 0; ; attempt++) {
    try {
      if (existsSync('dist')) renameSync('dist', old);
      renameSync(out, 'dist');
      break;
    } catch (error) {
      if (attempt === 20 || !['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EPERM'].includes(error.code)) throw error;
      rmSync(old, { recursive: true, force: true });
    }
  }
  rmSync(old, { recursive: true, force: true });
}
