import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { OutcomeKind, RunSnapshot, RunState } from '../../src/lean/run';
import { LABELS } from '../../src/lean/plan';
import { demultiplex } from '../harness/container';
import { dockerApi } from '../harness/dockerApi';
import { until } from '../harness/exec';
import { STANDIN_IMAGE } from '../harness/standin';
import { TestWorkbench, type Ended, type WorkbenchOptions } from '../harness/workbench';

export const PYTHON = 'from AlgorithmImports import *\n\nclass Mine(QCAlgorithm):\n    def initialize(self):\n        pass\n';
export const CSHARP = 'using QuantConnect.Algorithm;\n\nnamespace Mine\n{\n    public class MyAlgorithm : QCAlgorithm\n    {\n        public override void Initialize() { }\n    }\n}\n';
export const CSPROJ = '<Project Sdk="Microsoft.NET.Sdk">\n  <PropertyGroup>\n    <TargetFramework>net10.0</TargetFramework>\n  </PropertyGroup>\n  <ItemGroup>\n    <PackageReference Include="QuantConnect.Lean" Version="2.5.17000"/>\n  </ItemGroup>\n</Project>\n';
/** Comments, a trailing comma and a secret, as people have them. */
export const LEAN_JSON = '{\n  // where market data is\n  "data-folder": "data",\n  "polygon-api-key": "S3CR3T-9f2c", /* not for others */\n  "organization-id": "0123456789abcdef",\n}\n';
export const SECRET = 'S3CR3T-9f2c';

/** A workspace on disk for one test file, and what the rooms of the extension make of it. */
export class Place {
  readonly root: string;
  readonly folder: string;
  readonly dockerHost: string;
  readonly #benches: TestWorkbench[] = [];

  constructor(dockerHost: string, name = 'workspace') {
    this.dockerHost = dockerHost;
    this.root = mkdtempSync(join(tmpdir(), 'lwt-runs-'));
    this.folder = join(this.root, name);
    this.write('lean.json', LEAN_JSON);
    this.write('data/symbol-properties/symbol-properties-database.csv', 'market,symbol,type\n');
    this.write('data/market-hours/market-hours-database.json', '{}\n');
  }

  /** Writes a file below the workspace. */
  write(path: string, text: string): string {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** A Python project; the engine is as fast as it can be. */
  python(name: string, parameters: Readonly<Record<string, string>> = {}, source = PYTHON): void {
    this.write(`${name}/main.py`, source);
    this.#config(name, 'Python', parameters);
  }

  /** A C# project. */
  csharp(name: string, parameters: Readonly<Record<string, string>> = {}, source = CSHARP): void {
    this.write(`${name}/Main.cs`, source);
    this.write(`${name}/${name.split('/').at(-1) ?? name}.csproj`, CSPROJ);
    this.#config(name, 'CSharp', parameters);
  }

  #config(name: string, language: string, parameters: Readonly<Record<string, string>>): void {
    const config = { 'algorithm-language': language, parameters, 'local-id': 123456789, docker: { environment: { STANDIN_SPEED: '0' } } };
    this.write(`${name}/config.json`, `${JSON.stringify(config, undefined, 4)}\n`);
  }

  bench(options: Partial<WorkbenchOptions> = {}): TestWorkbench {
    const bench = new TestWorkbench({ dockerHost: this.dockerHost, workspaceFolder: this.folder, image: STANDIN_IMAGE, ...options });
    this.#benches.push(bench);
    return bench;
  }

  /** Names below a folder of the workspace. */
  names(path = ''): string[] {
    const folder = join(this.folder, path);
    return existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String).sort() : [];
  }

  remove(): void {
    for (const bench of this.#benches) bench.dispose();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Ids of containers of runs of this workspace, running or not. */
  async containers(): Promise<string[]> {
    return (await this.#list(`/containers/json?all=1&filters=${filters({ label: [`${LABELS.workspace}=${this.folder}`] })}`)).map((item) => String(item['Id']));
  }

  /** What is left behind of runs: containers, helpers of ours. The engine removes a container a moment after it says so. */
  async assertClean(): Promise<void> {
    await until('no container to be left', async () => ((await this.containers()).length === 0 ? true : undefined), 5000);
    const helpers = await this.#list(`/containers/json?all=1&filters=${filters({ label: ['lean.workbench.helper'] })}`);
    assert.deepEqual(helpers, []);
  }

  async inspect(id: string): Promise<Record<string, unknown>> {
    const reply = await dockerApi(this.dockerHost, 'GET', `/containers/${id}/json`);
    assert.equal(reply.status, 200, reply.body);
    return JSON.parse(reply.body) as Record<string, unknown>;
  }

  /** What a command in a running container says on standard output. */
  async exec(id: string, command: readonly string[], user = '0'): Promise<string> {
    const made = await dockerApi(this.dockerHost, 'POST', `/containers/${id}/exec`, { Cmd: command, User: user, AttachStdout: true, AttachStderr: true });
    assert.equal(made.status, 201, made.body);
    const { Id: execId } = JSON.parse(made.body) as { Id: string };
    const reply = await dockerApi(this.dockerHost, 'POST', `/exec/${execId}/start`, { Detach: false, Tty: false });
    assert.equal(reply.status, 200, reply.body);
    return demultiplex(reply.bytes).stdout;
  }

  async #list(path: string): Promise<Record<string, unknown>[]> {
    const reply = await dockerApi(this.dockerHost, 'GET', path);
    assert.equal(reply.status, 200, reply.body);
    return JSON.parse(reply.body) as Record<string, unknown>[];
  }
}

const filters = (value: object): string => encodeURIComponent(JSON.stringify(value));

/** The stand-in with something changed by a shell script, as an image of its own. */
export async function imageVariant(dockerHost: string, name: string, script: string): Promise<string> {
  const call = async (method: string, path: string, body?: object): Promise<string> => {
    const reply = await dockerApi(dockerHost, method, path, body);
    assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${reply.body}`);
    return reply.body;
  };
  const { Id: id } = JSON.parse(await call('POST', '/containers/create', { Image: STANDIN_IMAGE, Entrypoint: ['sh', '-c', script], Cmd: [] })) as { Id: string };
  try {
    await call('POST', `/containers/${id}/start`);
    assert.match(await call('POST', `/containers/${id}/wait`), /"StatusCode":0/);
    await call('POST', `/commit?container=${id}&repo=lean-workbench/${name}&tag=test`);
  } finally {
    await dockerApi(dockerHost, 'DELETE', `/containers/${id}?force=1&v=1`);
  }
  return `lean-workbench/${name}:test`;
}

export async function removeImage(dockerHost: string, name: string): Promise<void> {
  await dockerApi(dockerHost, 'DELETE', `/images/${name}?force=1`);
}

/** The result file of a run, parsed. */
export function resultOf({ plan }: Pick<Ended, 'plan'>): { readonly state: Record<string, string>; readonly algorithmConfiguration?: { readonly name: string; readonly parameters: Record<string, string> } } {
  return JSON.parse(readFileSync(join(plan.output.folder, `${plan.algorithmId}.json`), 'utf8')) as ReturnType<typeof resultOf>;
}

/** The kept console of a run, as it stands on disk; a run that said nothing has none. */
export function consoleOf({ plan }: Pick<Ended, 'plan'>): string {
  const file = join(plan.output.folder, '.lean-workbench', 'console.log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** A run's end as a person sees it, and that what is kept of it says the same. */
export async function assertOutcome(bench: TestWorkbench, ended: Ended, state: RunState, kind: OutcomeKind, message: RegExp | string): Promise<RunSnapshot> {
  const { run, plan } = ended;
  const all = `${run.outcome?.message ?? ''}\n${run.outcome?.details ?? ''}\n${run.lastLines.join('\n')}\n${ended.failure?.error.stack ?? ''}`;
  assert.deepEqual([run.state, run.outcome?.kind], [state, kind], all);
  if (typeof message === 'string') assert.equal(run.outcome?.message, message);
  else assert.match(run.outcome?.message ?? '', message);
  assert.equal(run.container, undefined, 'the container is gone');
  assert.ok(run.endedAt !== undefined && run.endedAt >= (run.startedAt ?? Infinity));
  assert.equal(run.phase, 'ended');
  const record = await bench.records.load(plan.output.folder);
  assert.ok(record !== undefined, 'the record can be read');
  assert.deepEqual(record.snapshot.outcome, run.outcome);
  assert.equal(record.snapshot.state, state);
  assert.deepEqual(record.snapshot.lastLines, run.lastLines);
  assert.equal((await bench.records.loadPlan(plan.output.folder))?.runId, plan.runId);
  // The kept console holds all that was said, ours left out.
  const kept = consoleOf(ended).split('\n').slice(0, -1);
  assert.deepEqual(run.lastLines.length === 0 ? kept : kept.slice(-run.lastLines.length), run.lastLines);
  assert.ok(!kept.some((line) => line.includes('##[lean-workbench]')));
  return run;
}
