import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkbenchError, errorCode } from '../../base/errors';
import type { Json } from '../../base/json';
import { fillSecrets, isSecretReference, type LaunchPlan, type PlanFile } from '../../lean/plan';
import { quote } from '../../lean/startScript';

/** A plan's file with its secrets in: never log it, never keep it longer than the sending. */
export interface DeliveredFile {
  readonly name: string;
  readonly data: Buffer;
}

/** The plan's files with every secret reference filled. Throws what `secrets` throws. */
export async function fillFiles(plan: LaunchPlan, secrets: (name: string) => Promise<Json>): Promise<readonly DeliveredFile[]> {
  const names = new Set<string>();
  for (const { content } of plan.files) {
    if ('json' in content) collect(content.json, names);
    if ('environment' in content) for (const { $secret } of Object.values(content.environment)) names.add($secret);
  }
  const values = new Map(await Promise.all([...names].map(async (name) => [name, await secrets(name)] as const)));
  return plan.files.map((file) => ({ name: checkName(file), data: Buffer.from(contentOf(file, (name) => values.get(name) ?? '')) }));
}

function contentOf({ content }: PlanFile, resolve: (name: string) => Json): string {
  if ('text' in content) return content.text;
  if ('json' in content) return JSON.stringify(fillSecrets(content.json, resolve), undefined, 2);
  const text = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.entries(content.environment).map(([name, { $secret }]) => `export ${name}=${quote(text(resolve($secret)))}\n`).join('');
}

function collect(value: Json, names: Set<string>): void {
  if (isSecretReference(value)) names.add(value.$secret);
  else if (Array.isArray(value)) for (const item of value as readonly Json[]) collect(item, names);
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) collect(item, names);
}

function checkName(file: PlanFile): string {
  if (!/^[\w.][\w.-]*$/.test(file.name)) throw new WorkbenchError('internal', `A launch plan cannot deliver a file named '${file.name}'.`);
  return file.name;
}

/** What goes to standard input: for each file `<bytes> <name>\n` and its bytes; then `0 -\n`. */
export function frameDelivery(files: readonly DeliveredFile[]): Buffer {
  const parts = files.flatMap(({ name, data }) => [Buffer.from(`${data.length} ${name}\n`), data]);
  return Buffer.concat([...parts, Buffer.from('0 -\n')]);
}

/**
 * Writes the delivery and ends the stream's write side. The last header ends the reading as well, so a named pipe, which has
 * no half-close, stays open. A container that is gone already shows in its exit, not here.
 */
export function sendDelivery(stream: NodeJS.WritableStream, files: readonly DeliveredFile[], halfClose: boolean): void {
  const data = frameDelivery(files);
  if (halfClose) stream.end(data);
  else stream.write(data);
}

/** A delivery on the host's disk, for images that take no standard input. */
export interface DeliveryFolder {
  readonly path: string;
  /** Removes it; more than once is fine. */
  remove(): Promise<void>;
}

/** Writes the files where only the person can read them; in memory where the system offers a folder for that. */
export async function writeDeliveryFolder(files: readonly DeliveredFile[], env: Readonly<Record<string, string | undefined>>): Promise<DeliveryFolder> {
  const path = await makeFolder([env['XDG_RUNTIME_DIR'], tmpdir()]);
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  try {
    await chmod(path, 0o700);
    await Promise.all(files.map(({ name, data }) => writeFile(join(path, name), data, { mode: 0o600, flag: 'wx' })));
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}

async function makeFolder(places: readonly (string | undefined)[]): Promise<string> {
  const [place, ...others] = places.filter((folder) => folder !== undefined && folder !== '');
  if (place === undefined) throw new WorkbenchError('internal', 'There is no folder for temporary files.');
  try {
    return await mkdtemp(join(place, 'lean-workbench-'));
  } catch (error) {
    if (others.length === 0 || !['ENOENT', 'EACCES', 'EROFS', 'EPERM'].includes(errorCode(error) ?? '')) throw error;
    return makeFolder(others);
  }
}
