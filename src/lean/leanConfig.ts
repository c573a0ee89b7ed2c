import { isJsonObject, type Json, type JsonObject } from '../base/json';
import { CONTAINER } from './containerPaths';
import type { PlanInput } from './planInput';
import { looksSecret, referRequestSecret, referSecrets } from './secrets';

const MAP = 'map-file-provider';
const FACTOR = 'factor-file-provider';
const PROVIDERS = {
  [MAP]: ['QuantConnect.Data.Auxiliary.LocalZipMapFileProvider', 'QuantConnect.Data.Auxiliary.LocalDiskMapFileProvider'],
  [FACTOR]: ['QuantConnect.Data.Auxiliary.LocalZipFactorFileProvider', 'QuantConnect.Data.Auxiliary.LocalDiskFactorFileProvider'],
} as const;
const API_DATA_PROVIDER = 'QuantConnect.Lean.Engine.DataFeeds.ApiDataProvider';

/** Files that lean.json may name; `lean` mounts them below /Files. The last part: where relative names start. */
export const CONFIG_FILES: readonly (readonly [key: string, below: readonly string[]])[] = [
  ['transaction-log', []],
  ['terminal-link-symbol-map-file', ['data', 'symbol-properties']],
];

export interface AlgorithmFacts {
  readonly typeName: string;
  readonly location: string;
  readonly algorithmId: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Container paths of the files of {@link CONFIG_FILES}. */
  readonly mountedFiles: Readonly<Record<string, string>>;
}

/**
 * The config LEAN gets for a backtest: the workspace's lean.json and what `lean` adds (contract: containers.md and
 * lean-cli of 2026-08-12), with references in the place of secrets. lean.json itself is never written.
 */
export function buildLeanConfig(input: PlanInput, algorithm: AlgorithmFacts): JsonObject {
  const { request, workspace, project, projectConfig } = input;
  const config: Record<string, Json> = { ...referSecrets(workspace.leanConfig) };
  config['environment'] = 'backtesting';
  config['close-automatically'] = true;
  config['composer-dll-directory'] = '.';
  config['debugging'] = false;
  config['debugging-method'] = 'LocalCmdline';
  addDefaults(config, input);
  config['algorithm-type-name'] = algorithm.typeName;
  config['algorithm-language'] = project.language;
  config['algorithm-location'] = algorithm.location;
  if (project.language === 'Python') config['python-additional-paths'] = pythonPaths(config, projectConfig.libraries);
  config['storage-limit-mb'] ??= '9999999';
  config['storage-file-count'] ??= '9999999';
  addDataProvider(config);
  if (request.name !== undefined && request.name !== '') config['backtest-name'] = request.name;
  for (const [key, value] of Object.entries(request.extraConfig ?? {})) {
    if (key !== 'algorithm-id') config[key] = looksSecret(key, value) ? referRequestSecret(key) : value;
  }
  config['algorithm-id'] = algorithm.algorithmId;
  const venv = request.pythonVenv ?? projectConfig.pythonVenv ?? '';
  if (venv !== '') config['python-venv'] = venv.startsWith('/') ? venv : `/${venv}`;
  config['parameters'] = algorithm.parameters;
  useDiskProviders(config, input);
  config['debug-mode'] = request.verbose === true;
  config['data-folder'] = CONTAINER.data;
  config['results-destination-folder'] = CONTAINER.results;
  config['object-store-root'] = CONTAINER.storage;
  const terminalLink = config['terminal-link-server-host'];
  // The host's own loopback is another machine, seen from a container.
  if (terminalLink === 'localhost' || terminalLink === '127.0.0.1') config['terminal-link-server-host'] = 'host.docker.internal';
  return { ...config, ...algorithm.mountedFiles };
}

/** `cloud-id`, else −`local-id`, else one that is always the same for this project's path. */
export function projectIdOf({ projectConfig, project }: Pick<PlanInput, 'projectConfig' | 'project'>): number {
  if (projectConfig.cloudId !== undefined) return projectConfig.cloudId;
  if (projectConfig.localId !== undefined) return -projectConfig.localId;
  // `lean` draws a number and writes it into config.json; that file is the person's, so the number comes from the
  // project's path instead: nine digits, as `lean` has them, and the same in every run. Nothing is written.
  let hash = 2166136261;
  for (const char of project.name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619) >>> 0;
  return -(100_000_000 + (hash % 900_000_000));
}

function addDefaults(config: Record<string, Json>, input: PlanInput): void {
  const { leanConfig } = input.workspace;
  const organization = leanConfig['organization-id'];
  const defaults: Readonly<Record<string, Json | undefined>> = {
    'job-user-id': input.account?.userId ?? '0',
    'api-access-token': input.account?.hasToken === true ? { $secret: 'lean-credentials:api-token' } : '',
    'job-organization-id': organization,
    'project-id': projectIdOf(input),
    'ib-host': '127.0.0.1',
    'ib-port': '4002',
    'ib-tws-dir': '/root/Jts',
    'iqfeed-host': 'host.docker.internal',
  };
  for (const [key, value] of Object.entries(defaults)) {
    if (value !== undefined && (config[key] ?? '') === '') config[key] = value;
  }
}

/** `lean backtest` always names its historical data provider in the environment, which overrides the root keys; unless told otherwise it is Local. */
function addDataProvider(config: Record<string, Json>): void {
  const environments = isJsonObject(config['environments']) ? config['environments'] : {};
  const own = isJsonObject(environments['backtesting']) ? environments['backtesting'] : {};
  config['environments'] = {
    ...environments,
    backtesting: { ...own, id: 'Local', 'data-provider': 'QuantConnect.Lean.Engine.DataFeeds.DefaultDataProvider' },
  };
}

/** LEAN's zip providers need a map or factor zip of the last days; without one `lean` falls back to the loose files. */
function useDiskProviders(config: Record<string, Json>, { files }: PlanInput): void {
  if (config['data-provider'] === API_DATA_PROVIDER) return;
  const recent = { [MAP]: files.recentMapZip, [FACTOR]: files.recentFactorZip };
  for (const key of [MAP, FACTOR] as const) {
    const [zip, disk] = PROVIDERS[key];
    if (config[key] === zip && !recent[key]) config[key] = disk;
  }
}

function pythonPaths(config: Readonly<Record<string, Json>>, libraries: readonly { readonly path: string }[]): Json {
  const before = config['python-additional-paths'];
  const paths = [
    ...(Array.isArray(before) ? (before as readonly Json[]) : []),
    ...libraries.map(({ path }) => `/${path.replaceAll('\\', '/').replace(/^(\.?\/)+/, '').replace(/\/+$/, '')}`),
  ];
  return paths.length > 0 ? [...paths, CONTAINER.library] : paths;
}
