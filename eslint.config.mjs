import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** What each room may import besides itself. Everything else is an error, type-only imports included. */
const MAY_IMPORT = {
  base: [],
  manifest: [],
  lean: ['base'],
  files: ['base', 'lean'],
  engine: ['base', 'lean'],
  runs: ['base', 'lean'],
  cloud: ['base', 'lean'],
  protocol: ['base', 'lean'],
  server: ['base', 'lean', 'protocol'],
  ui: ['base', 'manifest', 'lean', 'files', 'engine', 'runs', 'cloud', 'protocol'],
};
const rooms = Object.keys(MAY_IMPORT);
const zones = Object.entries(MAY_IMPORT).flatMap(([room, allowed]) => [
  {
    target: `./src/${room}`,
    from: rooms.filter((other) => other !== room && !allowed.includes(other)).map((other) => `./src/${other}`),
    message: `Room '${room}' may import only: ${['itself', ...allowed].join(', ')} (docs/design.md).`,
  },
  { target: `./src/${room}`, from: ['./src/extension.ts', './webviews', './test'], message: 'Only downwards.' },
]);
/** Packages that only one room may name. */
const OWNED_PACKAGES = { vscode: ['ui'], dockerode: ['engine'], chokidar: ['files'], 'docker-modem': ['engine'] };
const restrictedFor = (room) =>
  Object.entries(OWNED_PACKAGES)
    .filter(([, owners]) => !owners.includes(room))
    .map(([name, owners]) => ({ name, message: `Only src/${owners.join(', src/')} may import ${name}.` }));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'test-results/', 'test/fixtures/', 'test/demo/workspace/', '**/*.mjs', '.cache/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver({ project: './tsconfig.json' })] },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-ignore': true, 'ts-nocheck': true, 'ts-expect-error': true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'max-lines': ['error', { max: 400, skipBlankLines: true }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  ...rooms.map((room) => ({
    files: [`src/${room}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { paths: restrictedFor(room) }] },
  })),
  {
    files: ['src/protocol/**/*.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ group: ['../lean/*', '../base/*'], allowTypeImports: true, message: 'protocol is a leaf: types only.' }] }] },
  },
  {
    files: ['webviews/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { paths: Object.keys(OWNED_PACKAGES).map((name) => ({ name, message: 'Pages run in a browser.' })) }],
      'import-x/no-restricted-paths': ['error', { zones: [{ target: './webviews', from: rooms.filter((room) => room !== 'protocol').map((room) => `./src/${room}`), message: 'Pages may import only src/protocol and webviews/.' }] }],
    },
  },
  {
    files: ['webviews/**/*.ts'],
    ignores: ['webviews/shared/**'],
    rules: {
      'no-restricted-globals': ['error', { name: 'acquireVsCodeApi', message: 'Only webviews/shared talks to VS Code.' }],
      '@typescript-eslint/no-restricted-imports': ['error', { paths: [{ name: '@vscode/webview-ui-toolkit', message: 'Only webviews/shared/controls may import it.' }] }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: { 'no-console': 'off', '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', name: ['describe', 'it', 'test', 'before', 'after', 'beforeEach', 'afterEach'], package: 'node:test' }] }] },
  },
);
