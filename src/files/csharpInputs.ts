import { createHash, type Hash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errorCode } from '../base/errors';
import { findAlgorithmIn, type AlgorithmSource } from '../lean/algorithm';
import { isInside, pathsOf } from '../lean/hostPath';
import { parseCsproj, type CsprojFacts } from '../lean/csproj';
import type { LeanProject, LeanWorkspace } from '../lean/model';
import type { CSharpFiles } from '../lean/planInput';
import { fileError } from './fileErrors';
import { sourceFiles } from './sourceFiles';

/** Files above a project that MSBuild and NuGet take into account. */
const ABOVE = ['Directory.Build.props', 'Directory.Build.targets', 'Directory.Packages.props', 'nuget.config', 'NuGet.Config', 'NuGet.config', 'global.json', '.editorconfig'];
const RESTORE = /\.(csproj|props|targets)$|^(nuget\.config|packages\.lock\.json|global\.json)$/i;
/** What a build may read and is no code of ours to judge: everything but the largest files, which count by size and time. */
const HASH_WHOLE_BYTES = 1_000_000;

/** Gathers a C# project's facts and the hashes that tell whether it must be built again. Throws `file-…`. */
export async function gatherCSharp(workspace: LeanWorkspace, project: LeanProject): Promise<CSharpFiles> {
  const [csproj, solutionFolder] = await Promise.all([
    project.csprojFile === undefined ? undefined : readCsproj(project.csprojFile),
    findSolution(project.folder),
  ]);
  const referenced = csproj === undefined ? [] : await readReferenced(csproj);
  const folders = [project.folder, ...referenced.map(({ file }) => dirname(file)).filter((folder) => folder !== project.folder)];
  const files = (await Promise.all(folders.map((folder) => sourceFiles(folder, () => true)))).flat().map(({ absolute }) => absolute);
  const above = await filesAbove(project.folder, solutionFolder ?? workspace.folder);
  const all = [...new Set([...files, ...above])].sort();
  const sources = createHash('sha256');
  const restore = createHash('sha256').update(project.folder);
  for (const file of all) {
    await addFile(file, RESTORE.test(basename(file)) ? [sources, restore] : [sources]);
  }
  const algorithmClass = await findClass(project, files);
  return {
    ...(algorithmClass === undefined ? {} : { algorithmClass }),
    ...(csproj === undefined ? {} : { csproj }),
    referenced,
    ...(solutionFolder === undefined ? {} : { solutionFolder }),
    sourcesHash: sources.digest('hex'),
    restoreHash: restore.digest('hex'),
  };
}

async function readCsproj(file: string): Promise<CsprojFacts> {
  try {
    return parseCsproj(await readFile(file, 'utf8'), file, basename(file, '.csproj'));
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

/** The projects that a project refers to, each once, however they refer to each other. */
async function readReferenced(csproj: CsprojFacts): Promise<CsprojFacts[]> {
  const seen = new Set([csproj.file]);
  const found: CsprojFacts[] = [];
  const queue = [csproj];
  for (let current = queue.shift(); current !== undefined; current = queue.shift()) {
    for (const reference of current.projectReferences) {
      const file = resolve(dirname(current.file), reference);
      if (seen.has(file)) continue;
      seen.add(file);
      // A reference that leads nowhere is the compiler's to report, with its line.
      if (!(await exists(file))) continue;
      const facts = await readCsproj(file);
      found.push(facts);
      queue.push(facts);
    }
  }
  return found;
}

/** The folder of the nearest .sln above the project, which `lean` mounts whole (contract: containers.md). */
async function findSolution(projectFolder: string): Promise<string | undefined> {
  for (let folder = dirname(projectFolder); dirname(folder) !== folder; folder = dirname(folder)) {
    try {
      if ((await readdir(folder)).some((name) => name.endsWith('.sln'))) return folder;
    } catch (error) {
      // A folder above that nobody may list ends the search: a solution there could not be mounted either.
      if (errorCode(error) === 'EACCES' || errorCode(error) === 'EPERM') return undefined;
      throw fileError(error, folder, 'read');
    }
  }
  return undefined;
}

async function filesAbove(projectFolder: string, top: string): Promise<string[]> {
  const found: string[] = [];
  const paths = pathsOf(process.platform);
  for (let folder = projectFolder; isInside(paths, top, folder) && dirname(folder) !== folder; folder = dirname(folder)) {
    const candidates = ABOVE.map((name) => join(folder, name));
    const there = await Promise.all(candidates.map(exists));
    found.push(...candidates.filter((_, index) => there[index]));
  }
  return found;
}

async function addFile(file: string, hashes: readonly Hash[]): Promise<void> {
  try {
    const { size, mtimeMs } = await stat(file);
    const content = size <= HASH_WHOLE_BYTES ? await readFile(file) : `${size} ${mtimeMs}`;
    for (const hash of hashes) hash.update(`${file}\0${content.length}\0`).update(content);
  } catch (error) {
    // Deleted since it was listed: the next launch sees it so.
    if (errorCode(error) !== 'ENOENT') throw fileError(error, file, 'read');
  }
}

async function findClass(project: LeanProject, files: readonly string[]): Promise<string | undefined> {
  const read = async (file: string): Promise<AlgorithmSource> => ({ file, text: await readFile(file, 'utf8') });
  try {
    const main = await read(project.mainFile);
    const inMain = findAlgorithmIn('CSharp', [main]);
    if (inMain !== undefined) return inMain.algorithm.name;
    const others = files.filter((file) => file.endsWith('.cs') && file !== project.mainFile);
    return findAlgorithmIn('CSharp', [main, ...(await Promise.all(others.map(read)))])?.algorithm.name;
  } catch (error) {
    throw fileError(error, project.mainFile, 'read');
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw fileError(error, path, 'read');
  }
}
