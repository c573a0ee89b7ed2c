import { WorkbenchError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { t } from '../base/l10n';
import { cacheVolumes, configFiles, mountedRoot, planLabels, planMounts, planUser, safeHostname } from './containerPlan';
import { CONTAINER, DELIVERED } from './containerPaths';
import { buildProperties, dependenciesScript, directoryBuildProps, directoryBuildTargets, type CSharpBuild } from './csharpBuild';
import { checkLimits, mergeDockerOptions, planPorts } from './dockerOptions';
import { isInside, pathsOf, relativePosix } from './hostPath';
import { buildLeanConfig } from './leanConfig';
import type { LaunchPlan, PlanFile } from './plan';
import { environmentFile, planEnvironment } from './planEnvironment';
import type { PlanInput } from './planInput';
import type { RunRequest } from './request';
import { BOOT, startScript, type StartOptions } from './startScript';
import { checkFrameworks, launchErrors } from './launchErrors';

/** Python's log line after which every file is written (contract: engine.md); C# exits at once anyway. */
const PYTHON_END = 'PythonInitializer.Shutdown(): start';
const LEAN_NETWORK = 'lean_cli';

/**
 * Decides everything about a backtest's launch, from values alone (contract: containers.md).
 * Throws `bad-request`, `data-folder-missing`, `file-missing`, `no-algorithm` or `framework-mismatch`: before any container.
 */
export function planLaunch(input: PlanInput): LaunchPlan {
  const { request, workspace, project, projectConfig, random } = input;
  launchErrors(input);
  const paths = pathsOf(input.host.platform);
  const user = planUser(input);
  const extra = mergeDockerOptions(input.settings.docker ?? {}, request.docker ?? {});
  const output = outputFolder(input);
  const algorithmId = algorithmIdOf(input);
  const parameters = request.parameters ?? projectConfig.parameters;
  const csharp = csharpBuild(input);
  const leanConfig = buildLeanConfig(input, {
    // Python finds the class itself and wants the file's stem here.
    typeName: project.language === 'Python' ? paths.parse(project.mainFile).name : (input.files.csharp?.algorithmClass ?? ''),
    location: csharp === undefined ? inContainer(input, project.mainFile) : `${csharp.assembly}.dll`,
    algorithmId,
    parameters,
    mountedFiles: Object.fromEntries(configFiles(input).map(({ key, path }) => [key, path])),
  });
  const containerName = extra.name ?? textOf(leanConfig['container-name']) ?? `lean_workbench_${random.containerSuffix}`;
  const mounts = planMounts(input, output, user, extra);
  const environment = planEnvironment(input, user);
  return {
    version: 1,
    runId: random.runId,
    kind: 'backtest',
    language: project.language,
    workspaceFolder: workspace.folder,
    projectFolder: project.folder,
    projectName: project.name,
    createdAt: input.now,
    ...(request.name === undefined || request.name === '' ? {} : { backtestName: request.name }),
    algorithmId,
    parameters,
    image: input.image.name,
    container: {
      name: containerName,
      hostname: safeHostname(textOf(leanConfig['hostname']) ?? input.host.hostname),
      labels: planLabels(input, output, algorithmId),
      entrypoint: ['bash', '-c', BOOT],
      workingDirectory: CONTAINER.launcher,
      environment: environment.open,
      mounts,
      ports: planPorts({ ...projectConfig.docker.ports, ...extra.ports }),
      network: LEAN_NETWORK,
      // Docker Desktop knows the name by itself; elsewhere the engine fills in its bridge's gateway.
      extraHosts: input.host.platform === 'linux' ? ['host.docker.internal:host-gateway'] : [],
      stopSignal: 'SIGINT',
      limits: checkLimits({ ...input.settings.limits, ...extra.limits }),
      deviceRequests: extra.deviceRequests ?? [],
    },
    user,
    leanConfig,
    files: deliveredFiles(input, leanConfig, {
      user,
      secretEnvironment: environment.secret,
      mustBeVisible: mustBeVisible(input, csharp),
      volumes: cacheVolumes(input, user).map(({ target }) => target),
      ...(csharp === undefined ? { python: pythonStart(input, user) } : { csharp }),
    }),
    output: {
      folder: output,
      ...(hasOutput(request) ? { chosen: true as const } : {}),
      configFile: {
        id: /^\d{1,15}$/.test(algorithmId) ? Number(algorithmId) : algorithmId,
        container: containerName,
        ...(leanConfig['backtest-name'] === undefined ? {} : { 'backtest-name': leanConfig['backtest-name'] }),
      },
      code: { from: project.folder, to: paths.join(output, 'code') },
    },
    pathMap: pathMap(mounts),
    ...(project.language === 'Python' ? { endMarker: PYTHON_END } : {}),
  };
}

/** Time stamp in local time, as `lean` names output folders; `-2`, `-3` … when taken. */
export function outputName(now: number, timezoneOffsetMinutes: number, taken: readonly string[]): string {
  const stamp = new Date(now - timezoneOffsetMinutes * 60_000).toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-');
  // Windows and macOS do not tell upper and lower case apart; digits have none.
  const names = new Set(taken);
  let name = stamp;
  for (let count = 2; names.has(name); count += 1) name = `${stamp}-${count}`;
  return name;
}

function hasOutput(request: RunRequest): request is RunRequest & { readonly output: string } {
  return request.output !== undefined && request.output.trim() !== '';
}

function outputFolder({ request, workspace, project, host, files, now }: PlanInput): string {
  const paths = pathsOf(host.platform);
  if (!hasOutput(request)) {
    return paths.join(project.folder, 'backtests', outputName(now, host.timezoneOffsetMinutes, files.takenOutputNames));
  }
  const folder = paths.resolve(workspace.folder, request.output);
  if (!isInside(paths, workspace.folder, folder) || paths.relative(workspace.folder, folder) === '') {
    throw new WorkbenchError('bad-request', t('The output folder must lie inside the workspace {0}, but it is {1}.', workspace.folder, folder));
  }
  return folder;
}

/** LEAN's algorithm-id: "1" and nine digits for a backtest; one given as extra config wins, as with `lean`. */
function algorithmIdOf({ request, random }: PlanInput): string {
  const given = request.extraConfig?.['algorithm-id'];
  if (given === undefined) return `1${random.algorithmDigits}`;
  // It names result files.
  if (!/^[\w.-]{1,100}$/.test(given)) {
    throw new WorkbenchError('bad-request', t('The algorithm-id "{0}" is wrong: LEAN names its result files after it; use letters, digits, dots and dashes.', given));
  }
  return given;
}

function csharpBuild(input: PlanInput): CSharpBuild | undefined {
  const { csharp } = input.files;
  if (input.project.language !== 'CSharp' || csharp?.csproj === undefined) return undefined;
  const { csproj } = csharp;
  checkFrameworks(input, csharp);
  // An image without the label builds for what the project says.
  const targetFramework = input.image.targetFramework ?? csproj.targetFrameworks[0];
  const properties = buildProperties({
    release: input.request.release === true,
    targetFramework,
    hostRoot: mountedRoot(input),
    noWarn: csproj.noWarn,
  });
  return {
    csproj: inContainer(input, csproj.file),
    projectName: csproj.name,
    assembly: csproj.assemblyName ?? csproj.name,
    properties,
    inputsHash: [csharp.sourcesHash, input.image.id, targetFramework ?? '', input.request.release === true ? 'Release' : 'Debug', mountedRoot(input)].join(' '),
    restoreHash: csharp.restoreHash,
  };
}

function pythonStart(input: PlanInput, user: LaunchPlan['user']): NonNullable<StartOptions['python']> {
  const sitePackages = cacheVolumes(input, user).find(({ target }) => target.endsWith('site-packages'))?.target;
  return { checkSources: input.files.pythonSources.length > 0, ...(sitePackages === undefined ? {} : { sitePackages }) };
}

function deliveredFiles(input: PlanInput, leanConfig: JsonObject, start: StartOptions): PlanFile[] {
  const { files } = input;
  const text = (name: string, content: string): PlanFile => ({ name, content: { text: content } });
  return [
    { name: DELIVERED.config, content: { json: leanConfig } },
    ...environmentFile(start.secretEnvironment ?? []),
    ...(start.python?.checkSources === true
      ? [text(DELIVERED.sources, files.pythonSources.map((file) => `${CONTAINER.project}/${file}\n`).join(''))]
      : []),
    ...(start.python?.sitePackages === undefined ? [] : [text(DELIVERED.requirements, `${files.requirements}\n`)]),
    ...(start.csharp === undefined || files.csharp?.csproj === undefined
      ? []
      : [
          text(DELIVERED.props, directoryBuildProps()),
          text(DELIVERED.targets, directoryBuildTargets([files.csharp.csproj, ...files.csharp.referenced])),
          text(DELIVERED.dependencies, dependenciesScript()),
        ]),
    text(DELIVERED.start, startScript(start)),
  ];
}

/** One thing of each mount that a person shares: where a daemon cannot see the host's folder, it mounts an empty one. */
function mustBeVisible(input: PlanInput, csharp: CSharpBuild | undefined): string[] {
  const { dataProbe } = input.files;
  return [
    csharp?.csproj ?? inContainer(input, input.project.mainFile),
    dataProbe === undefined ? CONTAINER.data : `${CONTAINER.data}/${dataProbe}`,
  ];
}

/** The container path of a host file in the project or its solution. */
function inContainer(input: PlanInput, file: string): string {
  return `${CONTAINER.project}/${relativePosix(pathsOf(input.host.platform), mountedRoot(input), file)}`;
}

function pathMap(mounts: LaunchPlan['container']['mounts']): LaunchPlan['pathMap'] {
  return mounts
    .flatMap((mount) => (mount.type === 'bind' ? [{ container: mount.target, host: mount.source }] : []))
    .sort((a, b) => b.container.length - a.container.length);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
