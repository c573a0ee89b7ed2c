import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../src/base/json';
import { chooseImage } from '../../src/lean/chooseImage';
import { parseExtraDockerOptions } from '../../src/lean/dockerOptions';
import { fillSecrets, type LaunchPlan } from '../../src/lean/plan';
import type { PlanInput } from '../../src/lean/planInput';
import { planLaunch } from '../../src/lean/planLaunch';
import { parseProjectConfig } from '../../src/lean/projectConfig';
import { resolveLaunchSecret } from '../../src/lean/secrets';
import { csharpFiles, inputOf, LEAN_JSON, projectOf, PYTHON_FILES, WORKSPACE, workspaceOf } from './plan-support';

const FOLDER = join(import.meta.dirname, '../fixtures/containers');

/** Recordings that no plan of this version answers to, and where they are answered. */
const NOT_PLANNED: Readonly<Record<string, string>> = {
  'backtest-image-missing': 'no container: images are the engine room’s, tested there',
  'backtest-nodocker': 'no container: engine states are the engine room’s, tested there',
  'backtest-noalgo': 'no container: a folder without main.py or Main.cs is no project (files-discovery.test.ts)',
  'backtest-py-debugpy': 'debugging is not part of a backtest’s launch yet',
  'backtest-cs-vsdbg': 'debugging is not part of a backtest’s launch yet',
  'backtest-py-polygon': 'modules of data providers are not part of a backtest’s launch yet',
};

/** Fields of a container that no plan decides: the engine’s own, compared in the engine tier. */
const ENGINE_FIELDS = ['User', 'Tty', 'OpenStdin', 'AutoRemove', 'Privileged', 'RestartPolicy', 'Cmd', 'ExposedPorts'];

interface Recording {
  readonly command: readonly string[];
  readonly containers: readonly JsonObject[];
  readonly lean_config: readonly { readonly keys_set: JsonObject }[];
  readonly output: readonly string[];
}

interface AcceptedDifference {
  /** The recordings in which it occurs; it must, in each. */
  readonly where: (name: string) => boolean;
  readonly field: string;
  readonly reason: string;
}

const always = (): boolean => true;
const csharp = (name: string): boolean => name.startsWith('backtest-cs');
const python = (name: string): boolean => !csharp(name);
const one = (...names: readonly string[]) => (name: string): boolean => names.includes(name);
const withRequirements = one('backtest-py-deps', 'backtest-py-engineimage', 'backtest-sigint-pty');
const named = one('backtest-py-xdocker');

/** Every accepted difference, with its reason. One that is not here fails, and so does one that no longer occurs. */
const ACCEPTED: readonly AcceptedDifference[] = [
  { where: (name) => !named(name), field: 'Name', reason: 'our containers carry our name before the same random digits; runs are found by label' },
  { where: always, field: 'Entrypoint', reason: 'the start script comes through standard input, not from a file on the host' },
  { where: always, field: 'Mount /lean-cli-start.sh', reason: 'the start script comes through standard input' },
  { where: always, field: 'Mount /Lean/Launcher/bin/Debug/config.json', reason: 'the config, which may hold secrets, comes through standard input into memory; LEAN gets --config' },
  { where: always, field: 'Mount /run/lean-workbench', reason: 'that memory' },
  { where: always, field: 'ExtraHosts', reason: 'host-gateway is the bridge’s gateway wherever it is; 172.17.0.1 is only Docker’s default' },
  { where: always, field: 'NetworkMode', reason: 'a network serves to reach other containers by name; without any it only costs 55 ms of a start' },
  ...['run', 'kind', 'workspace', 'project', 'output', 'algorithm-id', 'version'].map((label) => ({
    where: always,
    field: `Label lean.workbench.${label}`,
    reason: 'our labels: runs are found again by them after a reload',
  })),
  { where: always, field: 'Env HOME', reason: 'LEAN runs as the person, so that files are theirs, with a home of its own' },
  { where: python, field: 'Env PYTHONPYCACHEPREFIX', reason: 'no __pycache__ in the project' },
  { where: csharp, field: 'Mount /Directory.Build.props', reason: 'given to the build as a property instead, so that the person’s own still counts' },
  { where: csharp, field: 'Mount /copy_csharp_dependencies.py', reason: 'comes through standard input' },
  { where: (name) => csharp(name) && name !== 'backtest-cs-sln', field: 'Mount /LeanCLI/My Cs.csproj', reason: 'no csproj is rewritten: build targets exchange LEAN’s packages' },
  { where: one('backtest-cs-sln'), field: 'Mount /LeanCLI/My Cs/My Cs.csproj', reason: 'no csproj is rewritten: build targets exchange LEAN’s packages' },
  { where: csharp, field: 'Mount /root/.nuget/packages', reason: 'caches stand below the home of the person’s run' },
  { where: csharp, field: 'Mount /home/lean-workbench/.nuget/packages', reason: 'that cache' },
  { where: csharp, field: 'Mount /Compile', reason: 'a build folder kept per project, so that builds are incremental and unchanged projects are not built' },
  ...['UseSharedCompilation', 'DirectoryBuildPropsPath', 'DirectoryBuildTargetsPath'].map((property) => ({
    where: csharp,
    field: `Build ${property}`,
    reason: 'no build server stays beside LEAN; props and targets come from the delivery',
  })),
  { where: withRequirements, field: 'Mount /requirements.txt', reason: 'comes through standard input' },
  { where: withRequirements, field: 'Mount /root/.cache/pip', reason: 'caches stand below the home of the person’s run' },
  { where: withRequirements, field: 'Mount /root/.local/lib/python3.11/site-packages', reason: 'the same' },
  { where: withRequirements, field: 'Mount /home/lean-workbench/.cache/pip', reason: 'that cache' },
  { where: withRequirements, field: 'Mount /home/lean-workbench/.local/lib/python3.11/site-packages', reason: 'the same' },
  { where: one('backtest-py-deps', 'backtest-py-engineimage'), field: 'Port 1234/tcp', reason: 'published on 127.0.0.1 only' },
  { where: named, field: 'Port 9999/tcp', reason: 'lean ignores ports of extra Docker options without a word' },
  { where: named, field: 'Memory', reason: 'lean ignores limits without a word' },
  { where: named, field: 'NanoCpus', reason: 'lean ignores limits without a word' },
  { where: one('backtest-py', 'backtest-cs'), field: 'Config project-id', reason: 'first run of a project: lean writes a drawn local-id into config.json and still sends -1; ours comes from the path and nothing is written' },
];

/** What stood in the workspace when a recording was made, read off it. */
const SITUATIONS: Readonly<Record<string, { readonly project?: string; readonly leanJson?: JsonObject; readonly config?: string; readonly solution?: string; readonly cliImage?: string; readonly requirements?: string }>> = {
  'backtest-py': { config: '{"parameters":{"ema-fast":"10","ema-slow":"20"}}' },
  'backtest-cs': { config: '{"parameters":{}}' },
  'backtest-cs-sln': { solution: `${WORKSPACE}/Sln` },
  'backtest-py-engineimage': { cliImage: 'quantconnect/lean:foundation' },
  'backtest-sigint-pty': { requirements: 'requests==2.31.0' },
};
const PY_CONFIG = '{"algorithm-language":"Python","parameters":{"ema-fast":"10","ema-slow":"20"},"local-id":761641263}';
const CS_CONFIG = '{"algorithm-language":"CSharp","parameters":{},"local-id":146370734}';
const DEPS_CONFIG = `{"algorithm-language":"Python","parameters":{"ema-fast":"10","ema-slow":"20"},"cloud-id":555,"local-id":1,
  "libraries":[{"name":"MyLib","path":"Library/MyLib"}],"docker":{"environment":{"FOO":"bar"},"ports":{"1234":"4321"}}}`;

const recordings = readdirSync(FOLDER).filter((file) => file.endsWith('.json')).map((file) => file.replace(/\.json$/, '')).sort();

for (const name of recordings) {
  if (NOT_PLANNED[name] !== undefined) continue;
  test(`the plan is what lean does: ${name}`, async () => {
    const recording = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Recording;
    const input = inputFor(name, recording);
    const plan = planLaunch(input);
    const theirs = { ...recordedContainer(recording), ...recordedBuild(recording) };
    const ours = { ...plannedContainer(plan), ...plannedBuild(plan), ...(await plannedConfig(plan, input)) };
    for (const [key, value] of Object.entries(recording.lean_config[0]?.keys_set ?? {})) theirs[`Config ${key}`] = JSON.stringify(value);
    const differing = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].filter((field) => theirs[field] !== ours[field]);
    const accepted = ACCEPTED.filter(({ where }) => where(name)).map(({ field }) => field);
    assert.deepEqual(
      differing.filter((field) => !accepted.includes(field)).map((field) => ({ field, lean: theirs[field], ours: ours[field] })),
      [],
      'a difference that is not in the list',
    );
    assert.deepEqual(accepted.filter((field) => !differing.includes(field)), [], 'an accepted difference that does not occur any more');
  });
}

test('every recording is compared or listed with the reason why not', () => {
  const compared = recordings.filter((name) => NOT_PLANNED[name] === undefined);
  assert.equal(compared.length, 18);
  assert.deepEqual(Object.keys(NOT_PLANNED).filter((name) => !recordings.includes(name)), []);
  for (const { where, field } of ACCEPTED) assert.ok(compared.some(where), `"${field}" is accepted for no recording`);
});

function inputFor(name: string, recording: Recording): PlanInput {
  const situation = SITUATIONS[name] ?? {};
  const container = recording.containers[0] ?? {};
  const config = recording.lean_config[0]?.keys_set ?? {};
  const projectName = recording.command[2] ?? '';
  const language = csharp(name) ? 'CSharp' : 'Python';
  const project = projectOf(projectName, language);
  const deps = projectName === 'Deps Py';
  const projectConfig = parseProjectConfig(situation.config ?? (deps ? DEPS_CONFIG : language === 'CSharp' ? CS_CONFIG : PY_CONFIG), project.configPath);
  const args = recording.command.slice(3);
  const image = chooseImage({}, projectConfig, undefined, situation.cliImage);
  const files = language === 'CSharp' ? csharpFiles(project) : { ...PYTHON_FILES, requirements: deps ? 'requests==2.31.0' : (situation.requirements ?? '') };
  const library = JSON.stringify(container['Binds']).includes(':/Library:') ? { libraryFolder: `${WORKSPACE}/Library` } : {};
  const results = bindOf(container, '/Results');
  const given = valuesAfter(args, '--extra-config', 2).some(([key]) => key === 'algorithm-id');
  return inputOf(language, {
    request: {
      command: 'backtest',
      projectFolder: project.folder,
      ...option(args, '--backtest-name', 'name'),
      ...option(args, '--python-venv', 'pythonVenv'),
      ...option(args, '--output', 'output'),
      ...(args.includes('--parameter') ? { parameters: Object.fromEntries(valuesAfter(args, '--parameter', 2)) as Record<string, string> } : {}),
      ...(args.includes('--extra-config') ? { extraConfig: Object.fromEntries(valuesAfter(args, '--extra-config', 2)) as Record<string, string> } : {}),
      ...(args.includes('--release') ? { release: true } : {}),
      ...(args.includes('--verbose') ? { verbose: true } : {}),
      ...(args.includes('-d') ? { detached: true } : {}),
      ...(args.includes('--extra-docker-config') ? { docker: parseExtraDockerOptions(JSON.parse(valuesAfter(args, '--extra-docker-config', 1)[0]?.[0] ?? '')) } : {}),
    },
    workspace: workspaceOf({ ...LEAN_JSON, ...leanJsonAfterPolygon(config) }),
    project,
    projectConfig,
    image: { name: image.name, id: 'sha256:1', pythonVersion: '3.11', targetFramework: 'net10.0' },
    account: { userId: '1', hasToken: true },
    files: { ...files, ...library, ...(files.csharp === undefined ? {} : { csharp: { ...files.csharp, ...(situation.solution === undefined ? {} : { solutionFolder: situation.solution }) } }) },
    now: timeOf(results),
    random: {
      runId: '5f0c8c0e-7d1b-4f7e-9d52-0c7d3a1f7a10',
      containerSuffix: text(container['Name']).split('_').at(-1) ?? '',
      algorithmDigits: given ? '000000000' : text(config['algorithm-id']).slice(1),
    },
  });
}

/** An earlier `lean` run with Polygon had written these into lean.json; the recordings count them as set. */
function leanJsonAfterPolygon(config: JsonObject): JsonObject {
  return Object.fromEntries(['polygon-api-key', 'data-downloader', 'data-provider', 'id'].flatMap((key): [string, Json][] => (config[key] === undefined ? [] : [[key, config[key]]])));
}

function bindOf(container: JsonObject, target: string): string {
  const line = (container['Binds'] as readonly string[]).find((bind) => bind.includes(`:${target}:`)) ?? '';
  return line.slice(0, line.indexOf(`:${target}:`));
}

function timeOf(folder: string): number {
  const match = /(\d{4}-\d{2}-\d{2})_(\d{2})-(\d{2})-(\d{2})$/.exec(folder);
  return match === null ? 0 : Date.parse(`${match[1] ?? ''}T${match.slice(2).join(':')}Z`);
}

function option(args: readonly string[], flag: string, key: string): Record<string, string> {
  const value = valuesAfter(args, flag, 1)[0]?.[0];
  return value === undefined ? {} : { [key]: value };
}

function valuesAfter(args: readonly string[], flag: string, count: number): string[][] {
  return args.flatMap((arg, index) => (arg === flag ? [args.slice(index + 1, index + 1 + count)] : []));
}

function text(value: Json | undefined): string {
  assert.equal(typeof value, 'string');
  return value as string;
}

type Fields = Record<string, string | undefined>;

function recordedContainer(recording: Recording): Fields {
  const container = recording.containers[0] ?? {};
  const fields: Fields = {};
  for (const [key, value] of Object.entries(container)) {
    if (ENGINE_FIELDS.includes(key)) continue;
    if (key === 'Binds') for (const bind of value as readonly string[]) addBind(fields, bind);
    else if (key === 'HostConfig.Mounts') for (const mount of value as readonly JsonObject[]) fields[`Mount ${text(mount['Target'])}`] = `${text(mount['Source'])} ${mount['ReadOnly'] === true ? 'ro' : 'rw'}`;
    else if (key === 'Env') for (const line of value as readonly string[]) addEnvironment(fields, line);
    else if (key === 'Labels') continue; // the image's own, there in both cases
    else if (key === 'PortBindings') for (const [port, [binding]] of Object.entries((value ?? {}) as Record<string, [{ HostIp: string; HostPort: string }]>)) fields[`Port ${port}`] = `${binding.HostIp}:${binding.HostPort}`;
    else if (key === 'Name') fields['Name'] = text(value).slice(1);
    else fields[key] = JSON.stringify(value);
  }
  return fields;
}

function addBind(fields: Fields, bind: string): void {
  const [, source = '', target = '', mode = ''] = /^(.*):(\/[^:]*):(r[ow])$/.exec(bind) ?? [];
  fields[`Mount ${target}`] = `${source} ${mode}`;
}

function addEnvironment(fields: Fields, line: string): void {
  const at = line.indexOf('=');
  if (!line.startsWith('PATH=')) fields[`Env ${line.slice(0, at)}`] = line.slice(at + 1);
}

function plannedContainer(plan: LaunchPlan): Fields {
  const { container } = plan;
  const fields: Fields = {
    Name: container.name,
    Image: JSON.stringify(plan.image),
    Entrypoint: JSON.stringify(container.entrypoint),
    WorkingDir: JSON.stringify(container.workingDirectory),
    Hostname: JSON.stringify(container.hostname),
    StopSignal: JSON.stringify(container.stopSignal),
    // What the engine makes of the plan's name: see src/engine/docker/networks.ts.
    NetworkMode: `${JSON.stringify(container.network)} while somebody else is on it`,
    ExtraHosts: JSON.stringify(container.extraHosts),
    Memory: JSON.stringify(container.limits.memoryBytes ?? 0),
    NanoCpus: JSON.stringify((container.limits.cpus ?? 0) * 1e9),
    DeviceRequests: JSON.stringify(container.deviceRequests.length === 0 ? null : container.deviceRequests),
  };
  for (const mount of container.mounts) fields[`Mount ${mount.target}`] = mount.type === 'tmpfs' ? 'memory' : `${mount.source} ${mount.readOnly ? 'ro' : 'rw'}`;
  for (const [key, value] of Object.entries(container.environment)) fields[`Env ${key}`] = value;
  for (const [key, value] of Object.entries(container.labels)) fields[`Label ${key}`] = value;
  for (const port of container.ports) fields[`Port ${port.containerPort}/${port.protocol}`] = `${port.hostIp}:${port.hostPort}`;
  return fields;
}

/** What LEAN gets beyond lean.json, secrets filled in as the engine does. */
async function plannedConfig(plan: LaunchPlan, input: PlanInput): Promise<Fields> {
  const names: string[] = [];
  fillSecrets(plan.leanConfig, (secret) => {
    names.push(secret);
    return null;
  });
  const values = new Map<string, Json>();
  const sources = { leanConfig: input.workspace.leanConfig, leanCredential: (): Promise<Json> => Promise.resolve('fake-token') };
  for (const secret of names) values.set(secret, await resolveLaunchSecret(sources, secret));
  const filled = fillSecrets(plan.leanConfig, (secret) => values.get(secret) ?? null) as JsonObject;
  return Object.fromEntries(
    Object.entries(filled).flatMap(([key, value]) => (JSON.stringify(value) === JSON.stringify(LEAN_JSON[key]) ? [] : [[`Config ${key}`, JSON.stringify(value)]])),
  );
}

/** The properties of `dotnet build`, off the recorded output (wrapped at 80 columns). */
function recordedBuild({ output }: Recording): Fields {
  const start = output.findIndex((line) => line.startsWith('dotnet build'));
  if (start < 0) return {};
  // Each line but the last was cut to its width; the next whole line starts another message.
  const end = output.findIndex((line, index) => index > start && /^(Build succeeded|\/LeanCLI\/.*error)/.test(line));
  const text = output.slice(start, end).join('');
  const [, csproj = '', properties = ''] = /^dotnet build (.*\.csproj) -p:(.*)$/.exec(text) ?? [];
  return { 'Build csproj': csproj, ...propertyFields(properties.split(';')) };
}

function plannedBuild(plan: LaunchPlan): Fields {
  const start = plan.files.find(({ name }) => name === 'start.sh')?.content;
  const script = start !== undefined && 'text' in start ? start.text : '';
  const csproj = /step dotnet build '([^']*)'/.exec(script)?.[1];
  if (csproj === undefined) return {};
  return { 'Build csproj': csproj, ...propertyFields([...script.matchAll(/'-p:([^']*)'/g)].map((match) => match[1] ?? '')) };
}

function propertyFields(properties: readonly string[]): Fields {
  return Object.fromEntries(properties.map((property) => [`Build ${property.slice(0, property.indexOf('='))}`, property.slice(property.indexOf('=') + 1)]));
}
