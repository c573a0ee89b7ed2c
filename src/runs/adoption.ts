import { LABELS, type LaunchPlan } from '../lean/plan';
import type { ConsolePosition, Engine, EngineContainer } from '../lean/ports';
import { isFinal } from '../lean/run';
import { isBelow } from '../lean/sourcePaths';
import { LiveRun } from './liveRun';
import type { RunnerOptions } from './runnerOptions';

/** A container of ours whose run lies in a folder that is open. */
export interface AdoptableContainer extends EngineContainer {
  readonly runId: string;
  readonly output: string;
}

/** Containers with our labels whose output lies in one of the folders. */
export async function findAdoptable(engine: Pick<Engine, 'listContainers'>, folders: readonly string[]): Promise<readonly AdoptableContainer[]> {
  const found: AdoptableContainer[] = [];
  for (const container of await engine.listContainers()) {
    const runId = container.labels[LABELS.run];
    const output = container.labels[LABELS.output];
    if (runId === undefined || output === undefined || !folders.some((folder) => isBelow(output, folder))) continue;
    found.push({ ...container, runId, output });
  }
  return found;
}

/**
 * Makes a live run of what a former session left; undefined when too little is left to go on with, `elsewhere` while
 * another window follows it.
 */
export async function resumeRun(container: AdoptableContainer, options: RunnerOptions): Promise<LiveRun | 'elsewhere' | undefined> {
  const { engine, records, store, logger } = options;
  const plan = await records.loadPlan(container.output);
  if (plan?.runId !== container.runId || store.isTracked(container.runId)) {
    if (!container.running && plan === undefined) await engine.remove(container.id);
    else logger.warn(`Container ${container.name} is a run of ours, but ${container.output} holds no plan of it: it is left alone.`);
    return undefined;
  }
  const claim = await records.claim(container.output);
  if (claim === undefined) return 'elsewhere';
  try {
    const run = await resumeClaimed(container, plan, options);
    if (run === undefined) await claim.release();
    else run.hold(claim);
    return run;
  } catch (error) {
    await claim.release();
    throw error;
  }
}

async function resumeClaimed(container: AdoptableContainer, plan: LaunchPlan, { engine, records, store, ...others }: RunnerOptions): Promise<LiveRun | undefined> {
  // Only now: until the run was ours, another window may have written to it.
  const record = await records.load(container.output);
  const recorded = record?.snapshot.id === plan.runId ? record.snapshot : undefined;
  // Its engine was away for too long, but the container is there: it was not lost after all, and its end will tell how it went.
  const known = recorded?.state === 'lost' ? undefined : recorded;
  if (known !== undefined && isFinal(known.state) && !container.running) {
    // Its end is on record; only the container was left over.
    await engine.remove(container.id);
    return undefined;
  }
  const position: ConsolePosition = record?.console ?? { kept: 0, offset: 0 };
  // Lines beyond the recorded position will come again from the container.
  await records.truncateConsole(container.output, position.kept);
  const tracker = known === undefined ? store.begin(plan) : store.begin(plan, known);
  const run = new LiveRun(plan, { engine, records, store, ...others }, tracker, position);
  run.useSources(await records.sourceFiles(plan));
  run.replay(await records.readConsole(container.output), position.offset);
  if (known?.state === 'stopping') store.apply(plan.runId, { type: 'stop-requested', force: false, at: others.clock.now() });
  return run;
}
