import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { WorkbenchError, type ErrorReason } from '../../src/base/errors';
import type { JsonObject } from '../../src/base/json';
import { fillFiles } from '../../src/engine/docker/delivery';
import { chooseImage } from '../../src/lean/chooseImage';
import { parseExtraDockerOptions, parseMemory } from '../../src/lean/dockerOptions';
import { fillSecrets, isSecretReference } from '../../src/lean/plan';
import type { PlanInput } from '../../src/lean/planInput';
import { givenEnvironment } from '../../src/lean/planEnvironment';
import { outputName, planLaunch } from '../../src/lean/planLaunch';
import { EMPTY_PROJECT_CONFIG } from '../../src/lean/projectConfig';
import { looksSecret, resolveLaunchSecret, resolveLeanJsonSecret } from '../../src/lean/secrets';
import { maskPlanForDisplay, showPlan } from '../../src/lean/showPlan';
import { csharpFiles, CSPROJ, inputOf, LEAN_JSON, projectOf, PYTHON_FILES, WORKSPACE, workspaceOf } from './plan-support';

function fails(run: () => unknown, reason: ErrorReason, message: RegExp): WorkbenchError {
  let caught: unknown;
  assert.throws(run, (error) => {
    caught = error;
    return error instanceof WorkbenchError && error.reason === reason && message.test(error.message);
  });
  assert.ok(caught instanceof WorkbenchError);
  return caught;
}

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const copy = { ...value };
  Reflect.deleteProperty(copy, key);
  return copy;
}

const requestWith = (request: Partial<PlanInput['request']>, language: 'Python' | 'CSharp' = 'Python'): PlanInput => {
  const input = inputOf(language);
  return { ...input, request: { ...input.request, ...request } };
};
const binds = (input: PlanInput): Record<string, string> =>
  Object.fromEntries(planLaunch(input).container.mounts.flatMap((mount) => (mount.type === 'tmpfs' ? [] : [[mount.target, mount.source]])));

describe('planLaunch', () => {
  it('is pure: equal inputs give equal plans, and inputs stay as they are', () => {
    const input = inputOf();
    const before = JSON.stringify(input);
    assert.deepEqual(planLaunch(input), planLaunch(inputOf()));
    assert.equal(JSON.stringify(input), before);
    assert.deepEqual(JSON.parse(JSON.stringify(planLaunch(input))), planLaunch(input), 'plain data');
  });

  it('chooses the image: request, project, setting, lean config, default', () => {
    const choose = (request?: string, project?: string, setting?: string, cli?: string): string =>
      chooseImage(request === undefined ? {} : { image: request }, project === undefined ? {} : { engineImage: project }, setting, cli).name;
    assert.equal(choose('r:1', 'p:1', 's:1', 'c:1'), 'r:1');
    assert.equal(choose('', 'p:1', 's:1', 'c:1'), 'p:1');
    assert.equal(choose(undefined, undefined, 's:1', 'c:1'), 's:1');
    assert.equal(choose(undefined, undefined, ' ', 'localhost:5000/c'), 'localhost:5000/c:latest');
    assert.equal(choose(), 'quantconnect/lean:latest');
    assert.equal(choose('a/b@sha256:00'), 'a/b@sha256:00');
  });

  it('names output folders by local time, and never one twice', () => {
    const now = Date.UTC(2026, 0, 1, 3, 4, 5);
    assert.equal(outputName(now, 0, []), '2026-01-01_03-04-05');
    assert.equal(outputName(now, 300, []), '2025-12-31_22-04-05', 'New York');
    assert.equal(outputName(now, -330, ['2026-01-01_08-34-05', '2026-01-01_08-34-05-2']), '2026-01-01_08-34-05-3');
  });

  it('keeps an output folder inside the workspace', () => {
    assert.equal(planLaunch(requestWith({ output: 'out/one' })).output.folder, `${WORKSPACE}/out/one`);
    for (const output of ['/elsewhere', '../x', '.', WORKSPACE]) fails(() => planLaunch(requestWith({ output })), 'bad-request', /inside the workspace/);
  });

  it('makes files the person’s: as the host’s user on Linux, as the container’s where the engine maps ownership', () => {
    const user = (change: Partial<PlanInput>): string => planLaunch(inputOf('Python', change)).user.mode;
    const { engine, host } = inputOf();
    assert.deepEqual(planLaunch(inputOf()).user, { mode: 'host', uid: 1000, gid: 1000 });
    assert.equal(user({ engine: { ...engine, rootless: true } }), 'container');
    assert.equal(user({ engine: { ...engine, desktop: true } }), 'container');
    assert.equal(user({ host: { ...host, uid: 0, gid: 0 } }), 'container');
    assert.equal(user({ host: { platform: 'win32', hostname: 'h', timezoneOffsetMinutes: 0 } }), 'container');
    const root = planLaunch(inputOf('CSharp', { engine: { ...engine, rootless: true } }));
    assert.equal(root.container.environment['HOME'], undefined);
    assert.equal(binds(inputOf('CSharp', { engine: { ...engine, rootless: true } }))['/root/.nuget/packages'], 'lean_workbench_nuget');
  });

  it('gives each project and each set of requirements a volume of its own', () => {
    const compile = (name: string): string | undefined => {
      const project = projectOf(name, 'CSharp');
      return binds(inputOf('CSharp', { project, files: csharpFiles(project) }))['/Compile'];
    };
    assert.match(compile('A') ?? '', /^lean_workbench_compile_[0-9a-f]{16}_1000$/);
    assert.notEqual(compile('A'), compile('B'));
    const site = (requirements: string, python = '3.11'): string | undefined =>
      binds(inputOf('Python', { files: { ...PYTHON_FILES, requirements }, image: { ...inputOf().image, pythonVersion: python } }))[`/home/lean-workbench/.local/lib/python${python}/site-packages`];
    assert.match(site('a==1') ?? '', /^lean_workbench_python_[0-9a-f]{32}_1000$/);
    assert.notEqual(site('a==1'), site('a==2'));
    assert.notEqual(site('a==1'), site('a==1', '3.12'));
    assert.equal(site(''), undefined);
  });

  it('works by the paths of Windows', () => {
    const folder = 'C:\\Users\\q\\ws';
    const project = { ...projectOf('x', 'CSharp'), workspaceFolder: folder, folder: `${folder}\\Cat\\My Cs`, name: 'Cat/My Cs', mainFile: `${folder}\\Cat\\My Cs\\Main.cs`, csprojFile: `${folder}\\Cat\\My Cs\\My Cs.csproj` };
    const workspace = { ...workspaceOf(), folder, leanJsonPath: `${folder}\\lean.json`, dataFolder: `${folder}\\data` };
    const files = csharpFiles({ ...project, csprojFile: `${project.folder}/My Cs.csproj` });
    const input = inputOf('CSharp', { project, workspace, files: { ...files, csharp: files.csharp === undefined ? files.csharp : { ...files.csharp, solutionFolder: `${folder}\\Cat` } }, host: { platform: 'win32', hostname: 'PC', timezoneOffsetMinutes: 0 } } as Partial<PlanInput>);
    const plan = planLaunch(input);
    assert.equal(plan.output.folder, `${folder}\\Cat\\My Cs\\backtests\\2026-11-21_08-29-18`);
    assert.equal(binds(input)['/LeanCLI'], `${folder}\\Cat`);
    assert.deepEqual(plan.container.extraHosts, []);
    const start = plan.files.at(-1)?.content;
    assert.ok(start !== undefined && 'text' in start && start.text.includes(`'/LeanCLI/My Cs/My Cs.csproj'`));
    assert.ok(start.text.includes(`-p:PathMap=/LeanCLI=C:\\Users\\q\\ws\\Cat`));
  });

  it('takes names with spaces, quotes, $, unicode and a leading dash as they are', () => {
    for (const name of ['My Py', `it's "q"`, '$(x) `y` $HOME', '-rf', 'Ünï 日本']) {
      const project = projectOf(name, 'CSharp');
      const plan = planLaunch(inputOf('CSharp', { project, files: csharpFiles(project) }));
      assert.equal(plan.leanConfig['algorithm-location'], `${name}.dll`);
      assert.equal(plan.output.folder, `${WORKSPACE}/${name}/backtests/2026-11-21_08-29-18`);
      assert.equal(plan.pathMap.find(({ container }) => container === '/LeanCLI')?.host, project.folder);
    }
    assert.match(planLaunch(inputOf('Python', { host: { ...inputOf().host, hostname: 'Jürgen’s MacBook_1.' } })).container.hostname, /^[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]$/);
  });

  it('maps container paths back to the host, the longest first', () => {
    const { pathMap } = planLaunch(inputOf('Python', { files: { ...PYTHON_FILES, libraryFolder: `${WORKSPACE}/Library` } }));
    assert.deepEqual(pathMap.find(({ container }) => container === '/Library'), { container: '/Library', host: `${WORKSPACE}/Library` });
    assert.deepEqual([...pathMap].sort((a, b) => b.container.length - a.container.length), pathMap);
  });

  it('looks for the algorithm and something of the data folder in the container', () => {
    const start = planLaunch(inputOf()).files.at(-1);
    assert.equal(start?.name, 'start.sh');
    assert.ok('text' in start.content);
    assert.deepEqual([...start.content.text.matchAll(/^must_see (.*)$/gm)].map((match) => match[1]), [`'/LeanCLI/main.py'`, `'/Lean/Data/equity'`]);
  });

  it('gives files that lean.json names to LEAN', () => {
    const leanConfig = { ...LEAN_JSON, 'transaction-log': 'logs/t.csv', 'terminal-link-symbol-map-file': 'map.json' };
    const input = inputOf('Python', { workspace: workspaceOf(leanConfig), files: { ...PYTHON_FILES, configFiles: { 'terminal-link-symbol-map-file': `${WORKSPACE}/data/symbol-properties/map.json` } } });
    const plan = planLaunch(input);
    assert.equal(plan.leanConfig['terminal-link-symbol-map-file'], '/Files/terminal-link-symbol-map-file');
    assert.equal(plan.leanConfig['transaction-log'], '/Files/transaction-log/t.csv');
    assert.equal(binds(input)['/Files/transaction-log'], `${WORKSPACE}/logs`);
    assert.equal(binds(input)['/Files/terminal-link-symbol-map-file'], `${WORKSPACE}/data/symbol-properties/map.json`);
  });

  it('uses LEAN’s zip providers only where recent zips are', () => {
    const provider = (files: Partial<PlanInput['files']>): unknown => planLaunch(inputOf('Python', { files: { ...PYTHON_FILES, ...files } })).leanConfig['map-file-provider'];
    assert.match(String(provider({})), /LocalDiskMapFileProvider/);
    assert.match(String(provider({ recentMapZip: true })), /LocalZipMapFileProvider/);
  });

  it('gives a project without an id one that stays the same', () => {
    const id = (name: string): unknown => planLaunch(inputOf('Python', { project: projectOf(name, 'Python'), projectConfig: EMPTY_PROJECT_CONFIG })).leanConfig['project-id'];
    assert.equal(id('A'), id('A'));
    assert.notEqual(id('A'), id('B'));
    assert.ok(Number(id('A')) <= -100_000_000 && Number(id('A')) > -1_000_000_000);
  });
});

describe('what planLaunch refuses, before any container', () => {
  it('a data folder that is missing', () => {
    const error = fails(() => planLaunch(inputOf('Python', { files: { ...PYTHON_FILES, dataFolder: 'missing' } })), 'data-folder-missing', /\/home\/quant\/workspace\/data does not exist.*lean\.json/);
    assert.equal(error.action, 'open-file');
    assert.equal(error.actionArgument, `${WORKSPACE}/lean.json`);
  });

  it('C# without a .csproj or an algorithm class', () => {
    const files = csharpFiles(projectOf('My Cs', 'CSharp'));
    const { csharp } = files;
    assert.ok(csharp);
    const noCsproj = without(csharp, 'csproj');
    const noClass = without(csharp, 'algorithmClass');
    fails(() => planLaunch(inputOf('CSharp', { files: { ...files, csharp: noCsproj } })), 'file-missing', /has no \.csproj/);
    const error = fails(() => planLaunch(inputOf('CSharp', { files: { ...files, csharp: noClass } })), 'no-algorithm', /derives from QCAlgorithm/);
    assert.equal(error.location?.file, `${WORKSPACE}/My Cs/Main.cs`);
  });

  it('another .NET than the image’s, with the line', () => {
    const project = projectOf('My Cs', 'CSharp');
    const error = fails(() => planLaunch(inputOf('CSharp', { project, files: csharpFiles(project, CSPROJ.replace('net10.0', 'net6.0')) })), 'framework-mismatch', /My Cs\.csproj targets net6\.0, but the image quantconnect\/lean:latest runs net10\.0/);
    assert.deepEqual(error.location, { file: `${WORKSPACE}/My Cs/My Cs.csproj`, line: 5 });
    const unlabelled = without(inputOf().image, 'targetFramework');
    const plan = planLaunch(inputOf('CSharp', { project, image: unlabelled, files: csharpFiles(project, CSPROJ.replace('net10.0', 'net6.0')) }));
    assert.ok(JSON.stringify(plan.files).includes('-p:TargetFramework=net6.0'), 'an image without the label builds what the project says');
  });

  it('an algorithm-id that cannot name files', () => {
    fails(() => planLaunch(requestWith({ extraConfig: { 'algorithm-id': '../x' } })), 'bad-request', /algorithm-id/);
  });

  it('Docker options that are unknown or wrong: nothing is ignored', () => {
    const bad: readonly (readonly [unknown, RegExp])[] = [
      [{ privileged: true }, /"docker → privileged" is not supported\. Known: name, environment/],
      [{ mounts: [{ target: '/a', source: '/b', bind: 1 }] }, /"docker → mounts → 0 → bind" is not supported/],
      [{ environment: ['NOVALUE'] }, /expected NAME=value/],
      [{ mem_limit: 'much' }, /expected a size/],
      [{ name: '-x' }, /"docker → name" has a wrong value/],
      [{ device_requests: [{ nope: 1 }] }, /"nope"/],
      ['x', /must be an object/],
    ];
    for (const [options, message] of bad) fails(() => parseExtraDockerOptions(options), 'bad-request', message);
    const plan = (docker: unknown): unknown => planLaunch(requestWith({ docker: parseExtraDockerOptions(docker) }));
    fails(() => plan({ ports: { x: '1' } }), 'bad-request', /container port → host port/);
    fails(() => plan({ ports: { '80': '0.0.0.0:80' } }), 'bad-request', /127\.0\.0\.1 only/);
    fails(() => plan({ ports: { '99999': '80' } }), 'bad-request', /port/);
    fails(() => plan({ mem_limit: '1k' }), 'bad-request', /at least 6 MB/);
    fails(() => plan({ cpus: 0 }), 'bad-request', /more than 0/);
    fails(() => plan({ mounts: [{ target: '/Results/', source: '/b' }] }), 'bad-request', /has something there already/);
    fails(() => plan({ volumes: { '/b': { bind: 'relative' } } }), 'bad-request', /absolute path/);
  });
});

describe('extra Docker options', () => {
  it('are honoured in docker-py’s names and ours, the request over the settings', () => {
    const plan = planLaunch({
      ...requestWith({ docker: parseExtraDockerOptions({ environment: ['A=1=2', 'B='], ports: { '80/udp': 0 }, device_requests: [{ count: -1, capabilities: [['gpu']] }], memory: '1.5g', volumes: { cache: { bind: '/c' }, './x': { bind: '/x', mode: 'ro' } }, mounts: [{ source: '~/m', target: '/m', read_only: false }] }) }),
      settings: { limits: { cpus: 4, memoryBytes: 1e9 }, docker: { environment: { A: 'no', S: 's' }, name: 'n' } },
      host: { ...inputOf().host, home: '/home/quant' },
    });
    const { container } = plan;
    assert.equal(container.name, 'n');
    assert.deepEqual([container.environment['A'], container.environment['B'], container.environment['S']], ['1=2', '', 's']);
    assert.deepEqual(container.ports, [{ containerPort: 80, protocol: 'udp', hostPort: 0, hostIp: '127.0.0.1' }]);
    assert.deepEqual(container.deviceRequests, [{ Count: -1, Capabilities: [['gpu']] }]);
    assert.deepEqual(container.limits, { cpus: 4, memoryBytes: 1.5 * 1024 ** 3 });
    assert.deepEqual(container.mounts.slice(-3), [
      { type: 'volume', source: 'cache', target: '/c', readOnly: false },
      { type: 'bind', source: `${WORKSPACE}/x`, target: '/x', readOnly: true, create: false, purpose: 'extra' },
      { type: 'bind', source: '/home/quant/m', target: '/m', readOnly: false, create: false, purpose: 'extra' },
    ]);
    assert.deepEqual([parseMemory('512M'), parseMemory('2 GiB'), parseMemory(7), parseMemory('')], [512 * 1024 ** 2, 2 * 1024 ** 3, 7, undefined]);
  });
});

describe('secrets', () => {
  const leanConfig: JsonObject = {
    ...LEAN_JSON,
    'polygon-api-key': 'K1-SECRET',
    'ib-password': 'K2-SECRET',
    'a/b~token': 'K3-SECRET',
    'api-handler': 'QuantConnect.Api.Api',
    'empty-api-key': '',
    'use-token': true,
    'proxy': 'http://me:K4-SECRET@proxy:80',
    environments: { backtesting: { 'live-mode': false }, live: { 'oanda-access-token': 'K5-SECRET', accounts: [{ secret: 'K6-SECRET' }] } },
    'keys': ['K7-SECRET', 'K8-SECRET'],
  };
  const input = { ...requestWith({ extraConfig: { 'iqfeed-password': 'K9-SECRET' } }), workspace: workspaceOf(leanConfig), account: { userId: '7', hasToken: true } };

  it('stand in no part of a plan, and reach LEAN all the same', async () => {
    const plan = planLaunch(input);
    assert.doesNotMatch(JSON.stringify(plan), /K\d-SECRET/);
    assert.equal(plan.leanConfig['api-handler'], 'QuantConnect.Api.Api');
    assert.equal(plan.leanConfig['empty-api-key'], '');
    assert.equal(plan.leanConfig['use-token'], true);
    const names: string[] = [];
    fillSecrets(plan.leanConfig, (name) => {
      names.push(name);
      return '';
    });
    const values = new Map(await Promise.all(names.map(async (name) => [name, await resolveLaunchSecret({ leanConfig, extraConfig: input.request.extraConfig ?? {}, leanCredential: () => Promise.resolve('T-SECRET') }, name)] as const)));
    const filled = fillSecrets(plan.leanConfig, (name) => values.get(name) ?? null) as JsonObject;
    for (const key of ['polygon-api-key', 'ib-password', 'a/b~token', 'proxy', 'keys']) assert.deepEqual(filled[key], leanConfig[key]);
    assert.deepEqual((filled['environments'] as JsonObject)['live'], (leanConfig['environments'] as JsonObject)['live']);
    assert.equal(filled['iqfeed-password'], 'K9-SECRET');
    assert.equal(filled['api-access-token'], 'T-SECRET');
  });

  it('are found again by name, and a name that leads nowhere is said', () => {
    assert.equal(resolveLeanJsonSecret(leanConfig, 'lean.json:/environments/live/accounts/0/secret'), 'K6-SECRET');
    assert.ok(isSecretReference(planLaunch(input).leanConfig['polygon-api-key']));
    for (const name of ['lean.json:/gone', 'lean.json:/environments/live/toString', 'other:x']) assert.throws(() => resolveLeanJsonSecret(leanConfig, name), WorkbenchError);
  });

  it('are told from what only looks alike', () => {
    for (const [key, value] of [['algorithm-type-name', 'main'], ['api-access-token', ''], ['debug-mode', false], ['data-provider', 'QuantConnect.X.Y'], ['ib-user-name', 'me'], ['python-additional-paths', []]] as const) assert.equal(looksSecret(key, value), false, key);
    for (const [key, value] of [['kraken-api-secret', 'x'], ['api-name', 'x'], ['MY_PASSWORD', 'x'], ['access-token', 12], ['cert', '-----BEGIN PRIVATE KEY-----']] as const) assert.equal(looksSecret(key, value), true, key);
  });

  it('of the environment reach the run by its memory, not by what docker inspect shows', async () => {
    const value = "K1'$(x) \"SECRET\nline";
    const given = { ...input, projectConfig: { ...EMPTY_PROJECT_CONFIG, docker: { environment: { AWS_SECRET_ACCESS_KEY: value, PLAIN: 'visible', 'odd.key': 'K2' }, ports: {} } } };
    const plan = planLaunch(given);
    assert.equal(plan.container.environment['AWS_SECRET_ACCESS_KEY'], undefined);
    assert.deepEqual([plan.container.environment['PLAIN'], plan.container.environment['odd.key']], ['visible', 'K2'], 'a shell cannot export odd names');
    assert.ok(!JSON.stringify(plan).includes('K1'));
    const sources = { leanConfig, extraConfig: input.request.extraConfig ?? {}, environment: givenEnvironment(given) };
    const files = await fillFiles(plan, (name) => resolveLaunchSecret(sources, name));
    const script = files.find(({ name }) => name === 'environment.sh')?.data.toString() ?? '';
    const said = spawnSync('bash', ['-c', `${script}printf %s "$AWS_SECRET_ACCESS_KEY"`]);
    assert.equal(said.stdout.toString(), value);
    const start = (of: typeof plan): string => JSON.stringify(of.files.find(({ name }) => name === 'start.sh'));
    assert.match(start(plan), /environment\.sh/);
    assert.doesNotMatch(start(planLaunch(input)), /environment\.sh/);
  });

  it('are masked in what is shown and kept', () => {
    const config = { ...EMPTY_PROJECT_CONFIG, docker: { environment: { AWS_SECRET_ACCESS_KEY: 'K1-SECRET', PLAIN: 'visible' }, ports: {} } };
    const plan = planLaunch({ ...input, projectConfig: config, request: { ...input.request, parameters: { 'api-key': 'K2-SECRET', 'key-level': '3' } } });
    const masked = maskPlanForDisplay(plan);
    assert.equal(masked.parameters['key-level'], '3');
    assert.doesNotMatch(JSON.stringify(masked), /K\d-SECRET/);
    const shown = showPlan(plan);
    assert.doesNotMatch(shown, /K\d-SECRET/);
    assert.match(shown, /visible/);
    assert.match(shown, /AWS_SECRET_ACCESS_KEY \| `••••••`/);
    assert.match(shown, /"polygon-api-key": "••••••"/);
  });
});

describe('showPlan', () => {
  it('shows all that decides a run', () => {
    const shown = showPlan(planLaunch(requestWith({ name: 'First try', docker: { ports: { '80': '81' }, limits: { cpus: 2, memoryBytes: 2 ** 30 } } }, 'CSharp')));
    for (const part of ['# Launch plan: `My Cs`', '`quantconnect/lean:latest`', '`First try`', '| `/LeanCLI` | `/home/quant/workspace/My Cs` | `read and write` | `project` |', '| `80/tcp` | `127.0.0.1:81` |', '| Processors | `2` |', '| Memory | `1024 MB` |', '## Delivered: start.sh', 'dotnet build', '"algorithm-type-name": "MyCs"']) {
      assert.ok(shown.includes(part), part);
    }
  });

  it('shows names as text, never as Markdown or HTML', () => {
    const project = projectOf('a|b `c` <img src=x>', 'Python');
    const shown = showPlan(planLaunch(inputOf('Python', { project, request: { command: 'backtest', projectFolder: project.folder, name: '```\n# x'.replace('\n', ' ') } })));
    assert.match(shown, /^# Launch plan: `` a\\\|b `c` <img src=x> ``$/m);
    assert.match(shown, /\| Name \| ```` ``` # x ```` \|/);
  });
});
