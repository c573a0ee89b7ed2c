import { WorkbenchError } from '../../base/errors';
import { isJsonObject, type JsonObject } from '../../base/json';
import { parseExtraDockerOptions } from '../../lean/dockerOptions';
import type { ExtraDockerOptions, RunLimits, RunRequest } from '../../lean/request';
import type { Translate } from '../host/translate';

/** A task of type `lean` as tasks.json holds it, checked. `project` is still what the person wrote. */
export interface LeanTaskDefinition {
  readonly type: 'lean';
  readonly command: 'backtest';
  readonly project: string;
  /** A run that is there already and is only followed; set by us, not by people. */
  readonly run?: string;
  readonly request: Omit<RunRequest, 'command' | 'projectFolder'>;
}

const KNOWN = ['type', 'command', 'project', 'name', 'parameters', 'image', 'release', 'verbose', 'detached', 'output', 'extraConfig', 'docker', 'pythonVenv', 'update', 'run'];

/**
 * Checks a task definition. Nothing is ignored: an unknown or ill-typed property is an error that names it.
 * Throws `bad-request`.
 */
export function parseTaskDefinition(definition: unknown, t: Translate): LeanTaskDefinition {
  if (!isJsonObject(definition)) throw bad(t('A task of type lean must be an object.'));
  for (const key of Object.keys(definition)) {
    if (!KNOWN.includes(key)) throw bad(t("The task has an unknown property '{0}'.", key));
  }
  if (definition['command'] !== 'backtest') throw bad(t("'command' of the task must be \"backtest\"."));
  const project = text(definition, 'project', t);
  if (project === undefined || project.trim() === '') throw bad(t("'project' of the task must name a project folder."));
  const docker = definition['docker'];
  const values = {
    name: text(definition, 'name', t),
    parameters: texts(definition, 'parameters', t),
    image: text(definition, 'image', t),
    release: flag(definition, 'release', t),
    verbose: flag(definition, 'verbose', t),
    detached: flag(definition, 'detached', t),
    output: text(definition, 'output', t),
    extraConfig: texts(definition, 'extraConfig', t),
    docker: docker === undefined ? undefined : parseDockerOptions(docker, 'docker', t),
    pythonVenv: text(definition, 'pythonVenv', t),
    update: flag(definition, 'update', t),
  };
  const run = text(definition, 'run', t);
  return { type: 'lean', command: 'backtest', project, request: defined(values), ...(run === undefined ? {} : { run }) };
}

/** Checks extra Docker options of a task or of the settings. Throws `bad-request` that names the option. */
export function parseDockerOptions(value: unknown, where: string, t: Translate): ExtraDockerOptions {
  if (!isJsonObject(value)) throw bad(t("'{0}' must be an object.", where));
  const known = ['name', 'environment', 'volumes', 'mounts', 'ports', 'deviceRequests', 'limits'];
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw bad(t("'{0}' has the option '{1}', which is not supported. Supported: {2}.", where, unknown, known.join(', ')));
  const requests = value['deviceRequests'];
  if (requests !== undefined && !(Array.isArray(requests) && requests.every(isJsonObject))) throw bad(t("'{0}' must be a list of objects.", `${where}.deviceRequests`));
  return defined({
    name: text(value, 'name', t),
    environment: texts(value, 'environment', t),
    volumes: volumes(value['volumes'], `${where}.volumes`, t),
    mounts: mounts(value['mounts'], `${where}.mounts`, t),
    ports: texts(value, 'ports', t),
    // docker-py's names become the API's: the engine would pass over those it does not know.
    deviceRequests: requests === undefined ? undefined : parseExtraDockerOptions({ deviceRequests: requests }).deviceRequests,
    limits: limits(value['limits'], `${where}.limits`, t),
  });
}

/** Memory as people write it, `512m`, `4g`, `1.5 GiB`, in bytes; units are powers of 1024 as Docker takes them. */
export function parseMemory(value: string): number | undefined {
  const found = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?|b)?\s*$/i.exec(value);
  if (found === null) return undefined;
  const power = ['', 'k', 'm', 'g', 't'].indexOf((found[2] ?? '').toLowerCase());
  const size = Math.round(Number(found[1]) * 1024 ** power);
  return size > 0 ? size : undefined;
}

function volumes(value: unknown, where: string, t: Translate): ExtraDockerOptions['volumes'] {
  if (value === undefined) return undefined;
  if (!isJsonObject(value)) throw bad(t("'{0}' must be an object.", where));
  return Object.fromEntries(
    Object.entries(value).map(([source, item]) => {
      const bind = isJsonObject(item) ? item['bind'] : undefined;
      const mode = isJsonObject(item) ? item['mode'] : undefined;
      if (typeof bind !== 'string' || (mode !== undefined && mode !== 'ro' && mode !== 'rw')) throw bad(t('\'{0}\' must be { "bind": path, "mode": "ro" or "rw" }.', `${where}.${source}`));
      return [source, mode === undefined ? { bind } : { bind, mode }];
    }),
  );
}

function mounts(value: unknown, where: string, t: Translate): ExtraDockerOptions['mounts'] {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw bad(t("'{0}' must be a list.", where));
  return value.map((item: unknown, index) => {
    const at = `${where}[${index}]`;
    if (!isJsonObject(item)) throw bad(t("'{0}' must be an object.", at));
    const { source, target, type, readOnly } = item;
    if (typeof source !== 'string' || typeof target !== 'string') throw bad(t("'{0}' needs 'source' and 'target'.", at));
    if (type !== undefined && type !== 'bind' && type !== 'volume') throw bad(t("'{0}' must be \"bind\" or \"volume\".", `${at}.type`));
    if (readOnly !== undefined && typeof readOnly !== 'boolean') throw bad(t("'{0}' must be true or false.", `${at}.readOnly`));
    return { source, target, ...defined({ type, readOnly }) };
  });
}

function limits(value: unknown, where: string, t: Translate): RunLimits | undefined {
  if (value === undefined) return undefined;
  if (!isJsonObject(value)) throw bad(t("'{0}' must be an object.", where));
  const unknown = Object.keys(value).find((key) => key !== 'cpus' && key !== 'memory');
  if (unknown !== undefined) throw bad(t("'{0}' has the option '{1}', which is not supported. Supported: {2}.", where, unknown, 'cpus, memory'));
  const { cpus, memory } = value;
  if (cpus !== undefined && !(typeof cpus === 'number' && cpus > 0)) throw bad(t("'{0}' must be a number greater than 0.", `${where}.cpus`));
  const memoryBytes = memory === undefined ? undefined : typeof memory === 'string' || typeof memory === 'number' ? parseMemory(String(memory)) : undefined;
  if (memory !== undefined && memoryBytes === undefined) throw bad(t("'{0}' must be a size like 800m or 4g.", `${where}.memory`));
  return defined({ cpus, memoryBytes });
}

function text(object: JsonObject, key: string, t: Translate): string | undefined {
  const value = object[key];
  if (value === undefined || typeof value === 'string') return value;
  throw bad(t("'{0}' must be a text.", key));
}

function flag(object: JsonObject, key: string, t: Translate): boolean | undefined {
  const value = object[key];
  if (value === undefined || typeof value === 'boolean') return value;
  throw bad(t("'{0}' must be true or false.", key));
}

function texts(object: JsonObject, key: string, t: Translate): Readonly<Record<string, string>> | undefined {
  const value = object[key];
  if (value === undefined) return undefined;
  if (!isJsonObject(value)) throw bad(t("'{0}' must be an object.", key));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      if (typeof item !== 'string' && typeof item !== 'number' && typeof item !== 'boolean') throw bad(t("'{0}' must be a text or a number.", `${key}.${name}`));
      return [name, String(item)];
    }),
  );
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The same object without what is undefined. */
function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}

function bad(message: string): WorkbenchError {
  return new WorkbenchError('bad-request', message, { action: 'open-settings', actionArgument: 'tasks' });
}
