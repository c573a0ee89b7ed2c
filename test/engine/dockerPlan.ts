import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '../../src/base/json';
import type { RunEvent } from '../../src/lean/events';
import { DELIVERY_FOLDER, LABELS, type LaunchPlan, type PlanMount } from '../../src/lean/plan';
import { BOOT } from '../../src/lean/startScript';
import { DockerEngine, type DockerEngineOptions } from '../../src/engine/dockerEngine';
import { dockerApi } from '../harness/dockerApi';
import { STANDIN_IMAGE } from '../harness/standin';

export type PlanChanges = Partial<Omit<LaunchPlan, 'container'>> & { readonly container?: Partial<LaunchPlan['container']>; readonly binds?: readonly PlanMount[] };

/** A plan made by hand: what its start.sh does is up to the test. */
export function handMadePlan(script: string, changes: PlanChanges = {}): LaunchPlan {
  const runId = randomUUID();
  const { container, binds = [], ...rest } = changes;
  return {
    version: 1,
    runId,
    kind: 'backtest',
    language: 'Python',
    workspaceFolder: '/nowhere',
    projectFolder: '/nowhere/Project',
    projectName: 'Project',
    createdAt: Date.now(),
    algorithmId: '1000000001',
    parameters: {},
    image: STANDIN_IMAGE,
    user: { mode: 'container' },
    leanConfig: {},
    files: [
      { name: 'config.json', content: { json: { 'api-key': { $secret: 'key' } } } },
      { name: 'start.sh', content: { text: `printf '##[lean-workbench] delivery-read\\n##[lean-workbench] phase loading\\n'\n${script}\n` } },
    ],
    output: { folder: '/nowhere/out', configFile: {}, code: { from: '/nowhere', to: '/nowhere/out/code' } },
    pathMap: [{ container: '/LeanCLI', host: '/nowhere/Project' }],
    ...rest,
    container: {
      name: `lean-workbench-test-${runId.slice(0, 8)}`,
      hostname: 'test',
      labels: { [LABELS.run]: runId, [LABELS.kind]: 'backtest' },
      entrypoint: ['bash', '-c', BOOT],
      workingDirectory: '/',
      environment: { GREETING: 'hello' },
      mounts: [{ type: 'tmpfs', target: DELIVERY_FOLDER, mode: 0o700, sizeBytes: 64 * 1024 * 1024 }, ...binds],
      ports: [],
      network: 'lean_cli',
      extraHosts: ['host.docker.internal:host-gateway'],
      stopSignal: 'SIGINT',
      limits: {},
      deviceRequests: [],
      ...container,
    },
  };
}

export const SECRET = 'S3CR3T-4e1f';
export const secrets = (): Promise<Json> => Promise.resolve(SECRET);
export const never = new AbortController().signal;

export function engineAt(dockerHost: string, options: DockerEngineOptions = {}): DockerEngine {
  return new DockerEngine({ host: () => dockerHost, ...options });
}

/** All events of a launch or an adoption. */
export async function collect(events: AsyncIterable<RunEvent>, onEvent: (event: RunEvent) => void | Promise<void> = () => undefined): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of events) {
    all.push(event);
    await onEvent(event);
  }
  return all;
}

export function linesOf(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'lines' ? event.lines : []));
}

export function only<T extends RunEvent['type']>(events: readonly RunEvent[], type: T): Extract<RunEvent, { type: T }> {
  const found = events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`Expected one '${type}', got ${JSON.stringify(events.map((event) => event.type))} ${failureOf(events)}`);
  return found[0];
}

export function failureOf(events: readonly RunEvent[]): string {
  return events.map((event) => (event.type === 'launch-failed' ? `${event.error.reason}: ${event.error.message}` : '')).join('');
}

/** Ids of the containers of a run, running or not. */
export async function containersOf(dockerHost: string, plan: LaunchPlan): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${LABELS.run}=${plan.runId}`] }));
  const reply = await dockerApi(dockerHost, 'GET', `/containers/json?all=1&filters=${filters}`);
  return (JSON.parse(reply.body) as { Id: string }[]).map((item) => item.Id);
}

/** A folder for one test. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lwt-engine-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
