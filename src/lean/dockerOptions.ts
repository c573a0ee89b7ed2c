import * as z from 'zod/mini';
import { WorkbenchError } from '../base/errors';
import { describeJson } from './jsonFile';
import type { Json, JsonObject } from '../base/json';
import { t } from '../base/l10n';
import type { PlanPort } from './plan';
import type { ExtraDockerOptions, RunLimits } from './request';

const text = z.pipe(z.union([z.string(), z.number(), z.boolean()]), z.transform(String));
const environment = z.union([z.record(z.string(), text), z.array(z.string())]);
const readOnly = { read_only: z.optional(z.boolean()), readOnly: z.optional(z.boolean()) };
const memory = z.union([z.number(), z.string()]);

// docker-py's names, as `lean --extra-docker-config` takes them, and our own. Strict: nothing is ignored silently.
const schema = z.strictObject({
  name: z.optional(z.string().check(z.regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/))),
  environment: z.optional(environment),
  volumes: z.optional(z.record(z.string(), z.strictObject({ bind: z.string(), mode: z.optional(z.enum(['ro', 'rw'])) }))),
  mounts: z.optional(
    z.array(z.strictObject({ target: z.string(), source: z.string(), type: z.optional(z.enum(['bind', 'volume'])), ...readOnly })),
  ),
  ports: z.optional(z.record(z.string(), text)),
  device_requests: z.optional(z.array(z.record(z.string(), z.json()))),
  deviceRequests: z.optional(z.array(z.record(z.string(), z.json()))),
  mem_limit: z.optional(memory),
  memory: z.optional(memory),
  cpus: z.optional(z.number()),
  nano_cpus: z.optional(z.number()),
  limits: z.optional(z.strictObject({ cpus: z.optional(z.number()), memory: z.optional(memory), memoryBytes: z.optional(z.number()) })),
});

/**
 * Reads extra Docker options as a person, settings or tasks.json give them, in docker-py's names or ours.
 * @param where names what holds them, for messages
 * @throws WorkbenchError `bad-request` naming an option that is unknown or wrong: nothing is ignored silently
 */
export function parseExtraDockerOptions(value: unknown, where = 'docker'): ExtraDockerOptions {
  const result = schema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    const path = [where, ...(issue?.path ?? []).map(String)].join(' → ');
    if (issue?.code === 'unrecognized_keys') {
      throw badOption(t('The Docker option "{0}" is not supported. Known: {1}.', `${path} → ${issue.keys[0] ?? ''}`, KNOWN.join(', ')));
    }
    throw badOption((issue?.path ?? []).length === 0 ? t('Extra Docker options must be an object.') : t('The Docker option "{0}" has a wrong value.', path));
  }
  const data = result.data;
  const memoryBytes = data.limits?.memoryBytes ?? parseMemory(data.limits?.memory ?? data.memory ?? data.mem_limit);
  const cpus = data.limits?.cpus ?? data.cpus ?? (data.nano_cpus === undefined ? undefined : data.nano_cpus / 1e9);
  const devices = data.deviceRequests ?? data.device_requests;
  return {
    ...(data.name === undefined ? {} : { name: data.name }),
    ...(data.environment === undefined ? {} : { environment: environmentOf(data.environment) }),
    ...(data.volumes === undefined
      ? {}
      : { volumes: Object.fromEntries(Object.entries(data.volumes).map(([source, { bind, mode }]) => [source, { bind, ...(mode === undefined ? {} : { mode }) }])) }),
    ...(data.mounts === undefined
      ? {}
      : {
          // docker-py mounts of `lean` are read-only unless said otherwise.
          mounts: data.mounts.map(({ target, source, type, read_only, readOnly }) => ({ target, source, type: type ?? 'bind', readOnly: readOnly ?? read_only ?? true })),
        }),
    ...(data.ports === undefined ? {} : { ports: data.ports }),
    ...(devices === undefined ? {} : { deviceRequests: devices.map(deviceRequest) }),
    ...(memoryBytes === undefined && cpus === undefined
      ? {}
      : { limits: checkLimits({ ...(cpus === undefined ? {} : { cpus }), ...(memoryBytes === undefined ? {} : { memoryBytes }) }) }),
  };
}

const KNOWN = ['name', 'environment', 'volumes', 'mounts', 'ports', 'deviceRequests', 'limits'];

/** Joins options, the later ones winning name by name. */
export function mergeDockerOptions(first: ExtraDockerOptions, second: ExtraDockerOptions): ExtraDockerOptions {
  return {
    ...first,
    ...second,
    environment: { ...first.environment, ...second.environment },
    volumes: { ...first.volumes, ...second.volumes },
    mounts: [...(first.mounts ?? []), ...(second.mounts ?? [])],
    ports: { ...first.ports, ...second.ports },
    deviceRequests: [...(first.deviceRequests ?? []), ...(second.deviceRequests ?? [])],
    limits: { ...first.limits, ...second.limits },
  };
}

/** Turns `{"9999/tcp": "4321"}` into ports published on loopback; 0 or empty lets the engine choose. Throws `bad-request`. */
export function planPorts(ports: Readonly<Record<string, string>>): PlanPort[] {
  return Object.entries(ports).map(([key, value]) => {
    const container = /^(\d{1,5})(?:\/(tcp|udp))?$/.exec(key.trim());
    // An address before the port is refused unless it is loopback: nothing listens elsewhere.
    const host = /^(?:(127\.0\.0\.1|localhost):)?(\d{0,5})$/.exec(value.trim());
    const containerPort = Number(container?.[1] ?? '0');
    const hostPort = Number(host?.[2] ?? '0');
    if (container === null || host === null || containerPort < 1 || containerPort > 65535 || hostPort > 65535) {
      throw badOption(t('The port "{0}" → "{1}" is wrong: expected container port → host port, such as "8080" → "8080"; ports are published on 127.0.0.1 only.', key, value));
    }
    return { containerPort, protocol: container[2] === 'udp' ? 'udp' : 'tcp', hostPort, hostIp: '127.0.0.1' };
  });
}

/** Throws `bad-request` for limits that no engine can keep. */
export function checkLimits(limits: RunLimits): RunLimits {
  const { cpus, memoryBytes } = limits;
  if (cpus !== undefined && !(cpus > 0 && cpus <= 1024)) throw badOption(t('The limit of processors must be more than 0, not {0}.', cpus));
  // Docker's own minimum is 6 MB; .NET needs far more, but that is not ours to say.
  if (memoryBytes !== undefined && !(memoryBytes >= 6 * 1024 * 1024)) throw badOption(t('The memory limit must be at least 6 MB, not {0} bytes.', memoryBytes));
  return { ...(cpus === undefined ? {} : { cpus }), ...(memoryBytes === undefined ? {} : { memoryBytes: Math.floor(memoryBytes) }) };
}

/** `1g`, `512m`, `1.5GB` or a number of bytes → bytes. Throws `bad-request`. */
export function parseMemory(value: string | number | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'number') return value;
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(value.trim());
  if (match === null) throw badOption(t('The memory limit "{0}" is wrong: expected a size such as 512m or 4g.', value));
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase());
  return Math.floor(Number(match[1]) * 1024 ** power);
}

function environmentOf(value: Readonly<Record<string, string>> | readonly string[]): Record<string, string> {
  if (!isList(value)) return { ...value };
  return Object.fromEntries(
    value.map((line) => {
      const at = line.indexOf('=');
      if (at < 1) throw badOption(t('The environment entry "{0}" is wrong: expected NAME=value.', at < 0 ? line : '=…'));
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

function isList(value: Readonly<Record<string, string>> | readonly string[]): value is readonly string[] {
  return Array.isArray(value);
}

const DEVICE_KEYS: Readonly<Record<string, string>> = {
  driver: 'Driver',
  count: 'Count',
  device_ids: 'DeviceIDs',
  deviceids: 'DeviceIDs',
  capabilities: 'Capabilities',
  options: 'Options',
};

/** docker-py's DeviceRequest names → the API's. */
function deviceRequest(request: Readonly<Record<string, Json>>): JsonObject {
  return Object.fromEntries(
    Object.entries(request).map(([key, value]) => {
      const name = DEVICE_KEYS[key.toLowerCase()];
      if (name === undefined) throw badOption(t('The device request option "{0}" ({1}) is not supported.', key, describeJson(value)));
      return [name, value];
    }),
  );
}

function badOption(message: string): WorkbenchError {
  return new WorkbenchError('bad-request', message, { action: 'open-settings' });
}
