import { appendFile, mkdir, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, messageOf } from '../base/errors';
import type { Logger } from '../base/logger';
import type { LaunchPlan } from '../lean/plan';
import type { RunRecord, RunRecordPort } from '../lean/ports';
import { maskPlanForDisplay } from '../lean/showPlan';
import { RECORD_FOLDER } from './recordFolder';
import { claimRun, isRunClaimed } from './runClaim';
import { discoverRun } from './runFigures';
import { planSchema, recordSchema } from './runRecordSchema';
import { listSources } from './runSources';

/** A kept console larger than this is read from its end. Bytes. */
const MAX_CONSOLE_READ = 64 * 1024 * 1024;

/** Keeps runs in `<output>/.lean-workbench/{run.json,plan.json,console.log,owner.json}`. */
export function createRunRecords(logger: Logger): RunRecordPort {
  const load = (folder: string): Promise<RunRecord | undefined> => loadRecord(folder, logger);
  return {
    claim: claimRun,
    // Masked: variables of the container's environment may be secrets, and this file stays.
    savePlan: (plan) => writeWhole(plan.output.folder, 'plan.json', maskPlanForDisplay(plan)),
    loadPlan: async (folder) => {
      const file = join(folder, RECORD_FOLDER, 'plan.json');
      const found = planSchema.safeParse(await readJson(file, logger));
      // The schema checks what re-adoption relies on; the rest is our own writing.
      return found.success ? (found.data as unknown as LaunchPlan) : undefined;
    },
    saveSnapshot: (folder, record) => writeWhole(folder, 'run.json', { version: 1, ...record }),
    load,
    appendConsole: async (folder, text) => {
      const file = join(folder, RECORD_FOLDER, 'console.log');
      if (!(await ensureRecordFolder(folder))) return 0;
      await appendFile(file, text);
      return (await stat(file)).size;
    },
    truncateConsole: async (folder, bytes) => {
      try {
        await truncate(join(folder, RECORD_FOLDER, 'console.log'), bytes);
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    },
    readConsole: (folder) => readConsole(join(folder, RECORD_FOLDER, 'console.log')),
    sourceFiles: (plan) => listSources(plan.output.code.to, plan.projectFolder),
    discover: async (found) => {
      const { folder } = found.folder;
      return discoverRun({ ...found, record: await load(folder), claimed: () => isRunClaimed(folder), console: () => readConsole(join(folder, RECORD_FOLDER, 'console.log')) });
    },
  };
}

async function loadRecord(folder: string, logger: Logger): Promise<RunRecord | undefined> {
  const file = join(folder, RECORD_FOLDER, 'run.json');
  const json = await readJson(file, logger);
  if (json === undefined) return undefined;
  const found = recordSchema.safeParse(json);
  if (!found.success) {
    logger.warn(`${file} is not a record of a run: ${found.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`);
    return undefined;
  }
  const { snapshot, console: position } = found.data;
  // The folder may have been moved or copied since.
  const record: RunRecord = { snapshot: { ...snapshot, folder } };
  return position === undefined ? record : { ...record, console: position };
}

/** Undefined when there is no such file, or (logged) when it cannot be read. */
async function readJson(file: string, logger: Logger): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') logger.warn(`${file} cannot be read: ${messageOf(error)}`);
    return undefined;
  }
}

/** Makes the hidden folder; false when the run's own folder is gone: it is not made again. */
async function ensureRecordFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(join(folder, RECORD_FOLDER));
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    if (code !== 'EEXIST') throw error;
  }
  return true;
}

let writes = 0;

async function writeWhole(folder: string, name: string, value: unknown): Promise<void> {
  if (!(await ensureRecordFolder(folder))) return;
  const file = join(folder, RECORD_FOLDER, name);
  const temporary = `${file}.${process.pid}-${++writes}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(value, undefined, 2)}\n`);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    // The person deleted the run meanwhile.
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
}

async function readConsole(file: string): Promise<readonly string[]> {
  let text: string;
  try {
    const { size } = await stat(file);
    text = size <= MAX_CONSOLE_READ ? await readFile(file, 'utf8') : await readEnd(file, size);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
  const lines = text.split('\n');
  lines.pop();
  return lines;
}

async function readEnd(file: string, size: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(MAX_CONSOLE_READ);
    const { bytesRead } = await handle.read(buffer, 0, MAX_CONSOLE_READ, size - MAX_CONSOLE_READ);
    const text = buffer.toString('utf8', 0, bytesRead);
    return text.slice(text.indexOf('\n') + 1);
  } finally {
    await handle.close();
  }
}
