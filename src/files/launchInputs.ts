import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorCode } from '../base/errors';
import { CONFIG_FILES } from '../lean/leanConfig';
import type { LeanProject, LeanWorkspace, ProjectConfig } from '../lean/model';
import type { LaunchFiles } from '../lean/planInput';
import { EMPTY_PROJECT_CONFIG, parseProjectConfig } from '../lean/projectConfig';
import { mergeRequirements } from '../lean/requirements';
import { gatherCSharp } from './csharpInputs';
import { fileError } from './fileErrors';
import { sourceFiles } from './sourceFiles';

/**
 * Reads a project's config.json; a project without one says nothing.
 * Throws `file-empty`, `file-invalid` or `file-unreadable`; the file is left as it is.
 */
export async function readProjectConfig(project: Pick<LeanProject, 'configPath'>): Promise<ProjectConfig> {
  let text: string;
  try {
    text = await readFile(project.configPath, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return EMPTY_PROJECT_CONFIG;
    throw fileError(error, project.configPath, 'read');
  }
  return parseProjectConfig(text, project.configPath);
}

/**
 * Gathers what the file system says for a launch; reads no more than this project needs.
 * Throws `file-…` for sources, a .csproj or requirements that cannot be read.
 * @param now unix milliseconds, for how recent map files are
 */
export async function gatherLaunchFiles(workspace: LeanWorkspace, project: LeanProject, now: number): Promise<LaunchFiles> {
  const [data, recentMapZip, recentFactorZip, library, taken, configFiles, python, csharp] = await Promise.all([
    dataFolder(workspace.dataFolder),
    hasRecentZip(workspace, 'map-file-provider', 'map_files', now),
    hasRecentZip(workspace, 'factor-file-provider', 'factor_files', now),
    folderExists(join(workspace.folder, 'Library')),
    namesIn(join(project.folder, 'backtests')),
    existingConfigFiles(workspace),
    project.language === 'Python' ? pythonFiles(workspace, project) : { pythonSources: [], requirements: '' },
    project.language === 'CSharp' ? gatherCSharp(workspace, project) : undefined,
  ]);
  return {
    ...data,
    recentMapZip,
    recentFactorZip,
    ...(library ? { libraryFolder: join(workspace.folder, 'Library') } : {}),
    takenOutputNames: taken,
    configFiles,
    ...python,
    ...(csharp === undefined ? {} : { csharp }),
  };
}

async function dataFolder(folder: string): Promise<Pick<LaunchFiles, 'dataFolder' | 'dataProbe'>> {
  try {
    const names = (await readdir(folder)).filter((name) => !name.startsWith('.') && !/[\r\n]/.test(name)).sort();
    return names[0] === undefined ? { dataFolder: 'empty' } : { dataFolder: 'filled', dataProbe: names[0] };
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return { dataFolder: 'missing' };
    throw fileError(error, folder, 'read');
  }
}

const ZIP_DAYS = 7;

/** Whether `<data>/<type>/<market>/<kind>/…_yyyymmdd.zip` of the last days is there; only looked for when lean.json wants zips. */
async function hasRecentZip(workspace: LeanWorkspace, key: string, kind: string, now: number): Promise<boolean> {
  const provider = workspace.leanConfig[key];
  if (typeof provider !== 'string' || !provider.includes('.LocalZip')) return false;
  for (const type of await namesIn(workspace.dataFolder)) {
    for (const market of await namesIn(join(workspace.dataFolder, type))) {
      const names = await namesIn(join(workspace.dataFolder, type, market, kind));
      if (names.some((name) => name.endsWith('.zip') && isRecent(name, now))) return true;
    }
  }
  return false;
}

function isRecent(name: string, now: number): boolean {
  const digits = name.replace(/\D/g, '');
  const match = /^(\d{4})(\d{2})(\d{2})$/.exec(digits);
  if (match === null) return false;
  const date = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3])).getTime();
  return Math.floor((now - date) / 86_400_000) <= ZIP_DAYS;
}

/** Names in a folder; none when it is not there or is no folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw fileError(error, folder, 'read');
  }
}

async function folderExists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw fileError(error, path, 'read');
  }
}

async function existingConfigFiles(workspace: LeanWorkspace): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [key, below] of CONFIG_FILES) {
    const value = workspace.leanConfig[key];
    if (typeof value !== 'string' || value === '') continue;
    const path = resolve(workspace.folder, ...below, value);
    if (await fileExists(path)) found[key] = path;
  }
  return found;
}

async function fileExists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false;
    throw fileError(error, path, 'read');
  }
}

async function pythonFiles(workspace: LeanWorkspace, project: LeanProject): Promise<Pick<LaunchFiles, 'pythonSources' | 'requirements'>> {
  const library = join(workspace.folder, 'Library');
  const [sources, inLibrary] = await Promise.all([
    sourceFiles(project.folder, (name) => name.endsWith('.py')),
    (await folderExists(library)) ? sourceFiles(library, (name) => name === 'requirements.txt') : [],
  ]);
  const own = join(project.folder, 'requirements.txt');
  const files = [...new Set([...inLibrary.map(({ absolute }) => absolute), own])];
  return {
    pythonSources: sources.map(({ path }) => path),
    requirements: mergeRequirements(await Promise.all(files.map(readIfThere))),
  };
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw fileError(error, file, 'read');
  }
}
