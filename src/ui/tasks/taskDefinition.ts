import { WorkbenchError } from '../../base/errors';
import { isJsonObject, type JsonObject } from '../../base/json';
import { parseExtraDockerOptions } from '../../lean/dockerOptions';
import type { RunRequest } from '../../lean/request';
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
    docker: docker === undefined ? undefined : parseExtraDockerOptions(docker),
    pythonVenv: text(definition, 'pythonVenv', t),
    update: flag(definition, 'update', t),
  };
  const run = text(definition, 'run', t);
  return { type: 'lean', command: 'backtest', project, request: defined(values), ...(run === undefined ? {} : { run }) };
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
