import { appendFile, readFile, writeFile } from 'node:fs/promises';
import type { LeanProject } from '../../src/lean/model';
import { LEAN_OVERHEAD, type LeanTool } from './leanTool';
import { seconds, type Figure, type Section } from './report';
import { summarize } from './stats';
import type { BenchWorkbench } from './workbench';

const BUDGETS = { unchanged: 0.4, edited: 0.6, python: 0.7 } as const;
const TARGET_FRAMEWORK = 'net10.0';

export interface ToResultProjects {
  readonly python: LeanProject;
  readonly csharp: LeanProject;
}

/** (c) From the request to the result, against the present tool's sequence on the same daemon and image. */
export async function measureResults(workbench: BenchWorkbench, tool: LeanTool, projects: ToResultProjects, image: string, repeats: number): Promise<Section> {
  // What of the tool's documented overhead its sequence below covers by itself.
  const nothing: number[] = [];
  for (let round = 0; round < repeats; round++) nothing.push(await tool.nothing(image));
  const covered = summarize(nothing.slice(1)).median;
  const own = (project: LeanProject): number => Math.max(0, LEAN_OVERHEAD[project.language].whole * 1000 - covered);

  const lean = async (project: LeanProject): Promise<number> => {
    const { posted, returned } = await tool.backtest(await workbench.plan(project, RECORDINGS[project.language]), TARGET_FRAMEWORK);
    if (posted === undefined) throw new Error(`The tool's run of ${project.name} posted no results.`);
    return returned + own(project);
  };
  const ours = async (project: LeanProject): Promise<number> => (await workbench.requestToResult(project, RECORDINGS[project.language])).read;

  const python = await inTurns(repeats, () => ours(projects.python), () => lean(projects.python));
  // The first run of ours builds; it is what `edited` and `unchanged` start from.
  const firstBuild = await ours(projects.csharp);
  const unchanged = await inTurns(repeats, () => ours(projects.csharp), () => lean(projects.csharp));
  const edited = await withEdits(projects.csharp, (edit) => inTurns(repeats, async () => {
    await edit();
    return ours(projects.csharp);
  }, () => lean(projects.csharp)));

  const figure = (what: string, [our, their]: Pair, budget: number): Figure => {
    const [mine, theirs] = [summarize(our), summarize(their)];
    return { what, ours: seconds(mine), against: seconds(theirs), value: mine.median / theirs.median, budget, unit: ' ×' };
  };
  const strict = (pair: Pair, project: LeanProject): string => {
    const before = LEAN_OVERHEAD[project.language].created * 1000;
    const ratio = summarize(pair[0]).median / (summarize(pair[1]).median - own(project) + before);
    return `${ratio.toFixed(2)} ×`;
  };
  return {
    title: 'From the request to the result',
    how: `Compared with \`lean backtest\` on the same image, in turns in the same run.

**Measured here:** on both sides the Docker daemon, the containers, the files and the processes in them; on our side all of the extension's own rooms (plan, engine, runner, run store, result reader) in bare Node, up to the parsed result that the page is sent. **Played by the stand-in engine image:** LEAN itself, at the pace of recordings of the real engine (C# \`fw-basic-csharp\`, Python \`py-pygood\`: start, backtest, results, shutdown), and \`dotnet build\` with the times of the real one (first build 2.35 s, incremental 0.95 s, 0.76 s without restore). **Taken from a measurement of the real tool:** its own time in Python. Its whole overhead on a 2-core machine was ${LEAN_OVERHEAD.Python.whole} s (Python) and ${LEAN_OVERHEAD.CSharp.whole} s (C#) with an engine that does nothing; its sequence of API calls, repeated here with a container that does nothing, takes ${covered.toFixed(0)} ms of that, and the rest (${own(projects.python).toFixed(0)} and ${own(projects.csharp).toFixed(0)} ms) is added as a constant. The tool's sequence itself (config and start script as mounted files, csproj rewritten, a first build in a fresh container each time, log followed, exit waited for, container removed) is really run by \`test/bench/leanTool.ts\`. **Not in either figure:** drawing the page in VS Code; the tool has no page, so its time ends at the prompt.`,
    figures: [
      figure('C#, nothing changed', unchanged, BUDGETS.unchanged),
      figure('C#, a source edited', edited, BUDGETS.edited),
      figure('Python', python, BUDGETS.python),
    ],
    notes: [
      ['C#, first run of a project', seconds(summarize([firstBuild]))],
      ['with only the tool\'s time until its container is created as constant: C# unchanged', strict(unchanged, projects.csharp)],
      ['… C# edited', strict(edited, projects.csharp)],
      ['… Python', strict(python, projects.python)],
    ],
  };
}

/** Five simulated days in C#, two years in Python, as recorded: what the costs of the real engine were measured with. */
const RECORDINGS = { CSharp: { 'standin-recording': 'fw-basic-csharp' }, Python: { 'standin-recording': 'py-pygood' } } as const;

type Pair = readonly [ours: readonly number[], theirs: readonly number[]];

async function inTurns(repeats: number, ours: () => Promise<number>, theirs: () => Promise<number>): Promise<Pair> {
  const pair: readonly [number[], number[]] = [[], []];
  for (let round = 0; round < repeats; round++) {
    const turns = [async () => void pair[0].push(await ours()), async () => void pair[1].push(await theirs())];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  return pair;
}

/** Gives an edit that changes the source a little each time, and takes all back at the end. */
async function withEdits<T>(project: LeanProject, work: (edit: () => Promise<void>) => Promise<T>): Promise<T> {
  const before = await readFile(project.mainFile);
  let count = 0;
  try {
    return await work(() => appendFile(project.mainFile, `// edit ${++count}\n`));
  } finally {
    await writeFile(project.mainFile, before);
  }
}
