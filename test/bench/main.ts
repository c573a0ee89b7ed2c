import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { makeSampleWorkspace, SAMPLE_PROJECTS } from '../demo/sampleWorkspace';
import { dockerApi } from '../harness/dockerApi';
import { withDaemon } from '../harness/dockerd';
import { exec } from '../harness/exec';
import { REPOSITORY } from '../harness/repository';
import { loadStandin } from '../harness/standin';
import { measureActivation } from './activation';
import { measureConsole } from './console';
import { LeanTool } from './leanTool';
import { isKept, toMarkdown, toText, type Circumstances, type Section } from './report';
import { measureSizes, unpackVsix } from './sizes';
import { measureStarts } from './startCost';
import { measureResults } from './toResult';
import { BenchWorkbench } from './workbench';

/** The parts of the bench, in the order of the report. */
export const PARTS = ['starts', 'results', 'activation', 'sizes', 'console'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly parts: readonly Part[];
  readonly repeats: { readonly starts: number; readonly results: number; readonly activation: number; readonly console: number };
  /** Absolute path of the report; undefined for none: a part of the bench does not replace the whole report. */
  readonly report: string | undefined;
}

interface Surroundings {
  readonly temporary: string;
  readonly vsix: string;
  readonly dockerHost: string;
  readonly image: string;
}

type Say = (text: string) => void;

/** Measures, prints tables, writes the report. Gives whether every budget was kept. */
export async function bench(options: BenchOptions, pack: (folder: string) => Promise<string>, say: Say): Promise<boolean> {
  const busy = loadavg()[0] ?? 0;
  if (busy > cpus().length / 2) say(`other work keeps this machine busy (load ${busy.toFixed(1)} on ${cpus().length} cores): the figures will be worse than they should`);
  const temporary = await mkdtemp(join(tmpdir(), 'lean-workbench-bench-'));
  try {
    const vsix = await pack(temporary);
    return await withDaemon(async ({ dockerHost }) => {
      const image = await loadStandin(dockerHost);
      const around: Surroundings = { temporary, vsix, dockerHost, image };
      const sections: Section[] = [];
      for (const part of PARTS.filter((name) => options.parts.includes(name))) {
        say(`measuring: ${part}`);
        const section = await measure(part, around, options);
        sections.push(section);
        process.stdout.write(toText(section));
      }
      if (options.report !== undefined) {
        await writeFile(options.report, toMarkdown(await circumstances(dockerHost, busy), sections));
        say(`written to ${options.report}`);
      }
      return sections.every((section) => section.figures.every(isKept));
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function measure(part: Part, around: Surroundings, { repeats }: BenchOptions): Promise<Section> {
  const { temporary, vsix, dockerHost, image } = around;
  if (part === 'sizes') return measureSizes(vsix);
  if (part === 'activation') return measureActivation(vsix, join(temporary, 'activation'), dockerHost, image, repeats.activation);

  const folder = join(temporary, part);
  await makeSampleWorkspace(folder, { pastRuns: [] });
  const workbench = new BenchWorkbench(dockerHost, folder, image, await distribution(around));
  try {
    await workbench.ready();
    const python = await workbench.project(SAMPLE_PROJECTS.pythonWithLibrary);
    const csharp = await workbench.project(SAMPLE_PROJECTS.csharp);
    if (part === 'starts') return await measureStarts(workbench, dockerHost, image, [python, csharp], repeats.starts);
    if (part === 'console') return await measureConsole(workbench, python, repeats.console);
    return await measureResults(workbench, new LeanTool(dockerHost), { python, csharp }, image, repeats.results);
  } finally {
    workbench.dispose();
  }
}

/** The packed extension's own worker reads the results, not one that another build may be replacing. */
async function distribution({ temporary, vsix }: Surroundings): Promise<string> {
  const folder = join(temporary, 'dist');
  await mkdir(folder, { recursive: true });
  const worker = (await unpackVsix(vsix))['extension/dist/resultWorker.js'];
  if (worker === undefined) throw new Error('The .vsix has no dist/resultWorker.js.');
  await writeFile(join(folder, 'resultWorker.js'), worker);
  return folder;
}

const versionSchema = z.object({ Version: z.string(), ApiVersion: z.string() });
const infoSchema = z.object({ Driver: z.string() });

async function circumstances(dockerHost: string, busy: number): Promise<Circumstances> {
  const [processor] = cpus();
  const docker = versionSchema.parse(JSON.parse((await dockerApi(dockerHost, 'GET', '/version')).body));
  const { Driver } = infoSchema.parse(JSON.parse((await dockerApi(dockerHost, 'GET', '/info')).body));
  const commit = await exec('git', ['-C', REPOSITORY, 'log', '-1', '--format=%h']);
  const changed = await exec('git', ['-C', REPOSITORY, 'status', '--porcelain', '--', 'src', 'webviews', 'esbuild.mjs']);
  return {
    rows: [
      ['date', new Date().toISOString().slice(0, 10)],
      ['machine', `${cpus().length} × ${processor?.model ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ${type()} ${release()}`],
      ['other work on it', `load ${busy.toFixed(1)} in the minute before`],
      ['Node', process.version],
      ['Docker', `${docker.Version}, API ${docker.ApiVersion}, storage ${Driver}, on a private socket`],
      ['engine image', 'the stand-in of test/standin: test equipment that replays recordings of real LEAN runs'],
      ['commit', `${commit.stdout.trim()}${changed.stdout.trim() === '' ? '' : ', with changes that were not committed'}`],
    ],
  };
}
