import { createHash } from 'node:crypto';
import { WorkbenchError } from '../base/errors';
import { t } from '../base/l10n';
import { CONTAINER } from './containerPaths';
import { pathsOf } from './hostPath';
import { CONFIG_FILES } from './leanConfig';
import { DELIVERY_FOLDER, LABELS, type PlanMount, type PlanUser } from './plan';
import type { PlanInput } from './planInput';
import type { ExtraDockerOptions } from './request';

/** Python of quantconnect/lean where an image's label says nothing. */
const DEFAULT_PYTHON = '3.11';
/** lean.json and build files are small; requirements and start script too. */
const DELIVERY_BYTES = 16 * 1024 * 1024;

/** Where LEAN runs as whom: container root is mapped to the person by rootless engines and by Docker Desktop's VM. */
export function planUser({ engine, host }: Pick<PlanInput, 'engine' | 'host'>): PlanUser {
  const mapped = engine.rootless || engine.desktop || host.platform !== 'linux';
  if (mapped || host.uid === undefined || host.gid === undefined || host.uid === 0) return { mode: 'container' };
  return { mode: 'host', uid: host.uid, gid: host.gid };
}

/** HOME in the container. */
export function homeOf(user: PlanUser): string {
  return user.mode === 'host' ? CONTAINER.home : '/root';
}

/** A volume of ours. As the host's user each has its own, for a volume's files belong to whom it was handed over. */
export function volumeName(name: string, user: PlanUser): string {
  return `lean_workbench_${name}${user.mode === 'host' ? `_${user.uid}` : ''}`;
}

/** What stands on /LeanCLI: the project, or the folder of its solution. */
export function mountedRoot({ project, files }: Pick<PlanInput, 'project' | 'files'>): string {
  return files.csharp?.solutionFolder ?? project.folder;
}

/** Caches of this kind of project: where volumes are mounted. */
export function cacheVolumes(input: PlanInput, user: PlanUser): Extract<PlanMount, { type: 'volume' }>[] {
  const home = homeOf(user);
  const volume = (name: string, target: string): Extract<PlanMount, { type: 'volume' }> => ({
    type: 'volume',
    source: volumeName(name, user),
    target,
    readOnly: false,
  });
  if (input.project.language === 'CSharp') {
    return [
      volume('nuget', `${home}/.nuget/packages`),
      volume(`compile_${digest('sha256', input.project.folder).slice(0, 16)}`, CONTAINER.compile),
    ];
  }
  const { requirements } = input.files;
  if (requirements === '') return [];
  const python = input.image.pythonVersion ?? DEFAULT_PYTHON;
  // Packages built for one Python do not load in another.
  const suffix = python === DEFAULT_PYTHON ? '' : `_${python.replace(/[^\w.]/g, '')}`;
  return [
    volume('pip', `${home}/.cache/pip`),
    volume(`python_${digest('md5', requirements)}${suffix}`, `${home}/.local/lib/python${python}/site-packages`),
  ];
}

/** Every mount, in the order `lean` has them, then ours. */
export function planMounts(input: PlanInput, output: string, user: PlanUser, extra: ExtraDockerOptions): PlanMount[] {
  const { workspace, files } = input;
  const paths = pathsOf(input.host.platform);
  const bind = (source: string, target: string, purpose: 'project' | 'data' | 'results' | 'storage' | 'library', create = false): PlanMount => ({
    type: 'bind',
    source,
    target,
    readOnly: false,
    create,
    purpose,
  });
  return checkTargets([
    bind(mountedRoot(input), CONTAINER.project, 'project'),
    ...(files.libraryFolder === undefined ? [] : [bind(files.libraryFolder, CONTAINER.library, 'library')]),
    bind(workspace.dataFolder, CONTAINER.data, 'data'),
    bind(output, CONTAINER.results, 'results', true),
    bind(paths.join(workspace.folder, 'storage'), CONTAINER.storage, 'storage', true),
    ...cacheVolumes(input, user),
    ...configFiles(input).map(({ mount }) => mount),
    { type: 'tmpfs', target: DELIVERY_FOLDER, mode: 0o700, sizeBytes: DELIVERY_BYTES },
    ...extraMounts(input, extra),
  ]);
}

/** Two mounts cannot stand on one path, and what a run needs must not be covered. */
function checkTargets(mounts: PlanMount[]): PlanMount[] {
  const seen = new Set<string>();
  for (const { target } of mounts) {
    const path = target.replace(/\/+$/, '');
    if (!path.startsWith('/')) throw new WorkbenchError('bad-request', t('The extra mount target "{0}" is wrong: expected an absolute path in the container.', target));
    if (seen.has(path)) throw new WorkbenchError('bad-request', t('The extra mount on {0} is not possible: a run has something there already.', target));
    seen.add(path);
  }
  return mounts;
}

interface ConfigFile {
  readonly key: string;
  /** In the container. */
  readonly path: string;
  readonly mount: PlanMount;
}

/** The files lean.json names, as mounts, and what LEAN is told instead. One that is missing comes with its folder, where LEAN may make it. */
export function configFiles(input: PlanInput): ConfigFile[] {
  const { workspace, files, host } = input;
  const paths = pathsOf(host.platform);
  return CONFIG_FILES.flatMap(([key, below]): ConfigFile[] => {
    const value = workspace.leanConfig[key];
    if (typeof value !== 'string' || value === '') return [];
    const source = paths.resolve(workspace.folder, ...below, value);
    const target = `${CONTAINER.files}/${key}`;
    const common = { type: 'bind', readOnly: false, purpose: 'extra' } as const;
    if (files.configFiles[key] !== undefined) return [{ key, path: target, mount: { ...common, source, target, create: false } }];
    return [{ key, path: `${target}/${paths.basename(source)}`, mount: { ...common, source: paths.dirname(source), target, create: true } }];
  });
}

function extraMounts({ host, workspace }: PlanInput, { volumes, mounts }: ExtraDockerOptions): PlanMount[] {
  const paths = pathsOf(host.platform);
  const absolute = (source: string): string =>
    /^~(?=[/\\]|$)/.test(source) && host.home !== undefined ? paths.join(host.home, source.slice(1)) : paths.resolve(workspace.folder, source);
  const mount = (source: string, target: string, readOnly: boolean, type: 'bind' | 'volume'): PlanMount =>
    type === 'volume' ? { type, source, target, readOnly } : { type, source: absolute(source), target, readOnly, create: false, purpose: 'extra' };
  return [
    // As docker-py reads it: a key that is no path is the name of a volume.
    ...Object.entries(volumes ?? {}).map(([source, { bind, mode }]) => mount(source, bind, mode === 'ro', /^([/\\~.]|[a-z]:)/i.test(source) ? 'bind' : 'volume')),
    ...(mounts ?? []).map(({ source, target, type, readOnly }) => mount(source, target, readOnly ?? true, type ?? 'bind')),
  ];
}

/** Labels that a run is found again by. */
export function planLabels(input: PlanInput, output: string, algorithmId: string): Record<string, string> {
  return {
    [LABELS.run]: input.random.runId,
    [LABELS.kind]: 'backtest',
    [LABELS.workspace]: input.workspace.folder,
    [LABELS.project]: input.project.folder,
    [LABELS.output]: output,
    [LABELS.algorithmId]: algorithmId,
    [LABELS.version]: '1',
  };
}

/** A hostname that every engine takes: letters, digits, dots, dashes, at most 63. LEAN prints it. */
export function safeHostname(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '').slice(0, 63).replace(/[.-]+$/, '');
  return safe === '' ? 'lean' : safe;
}

function digest(algorithm: 'md5' | 'sha256', text: string): string {
  return createHash(algorithm).update(text).digest('hex');
}
