// Builds dist/: one CommonJS bundle for the extension host, lazy chunks beside it, ESM for the pages.
import * as esbuild from 'esbuild';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist', { recursive: true });

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
  { ...host, entryPoints: { extension: 'src/extension.ts' }, outdir: 'dist' },
  { ...host, entryPoints: lazyEntries, outdir: 'dist', plugins: [leaveOutTransports] },
];
const pages = existsSync('webviews') ? readdirSync('webviews').filter((page) => existsSync(join('webviews', page, 'index.ts'))) : [];
if (pages.length > 0) {
  configs.push({
    ...shared,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    entryPoints: Object.fromEntries(pages.map((page) => [page, join('webviews', page, 'index.ts')])),
    outdir: 'dist/webviews',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  });
}
if (watch) {
  for (const config of configs) await (await esbuild.context(config)).watch();
} else {
  for (const config of configs.filter((item) => Object.keys(item.entryPoints).length > 0)) await esbuild.build(config);
  if (existsSync('node_modules/@vscode/codicons/dist/codicon.css')) {
    mkdirSync('dist/webviews', { recursive: true });
    for (const file of ['codicon.css', 'codicon.ttf']) copyFileSync(join('node_modules/@vscode/codicons/dist', file), join('dist/webviews', file));
  }
  for (const file of readdirSync('dist').filter((name) => name.endsWith('.js'))) {
    console.log(`${file.padEnd(20)} ${(statSync(join('dist', file)).size / 1000).toFixed(1).padStart(8)} kB`);
  }
}
