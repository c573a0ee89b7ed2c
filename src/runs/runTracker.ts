import type { RunEvent } from '../lean/events';
import { LogInterpreter } from '../lean/logInterpreter';
import type { LaunchPlan } from '../lean/plan';
import { emptyContext, reduceRun, runningSinceOf, type RunContext } from '../lean/runReducer';
import type { RunSnapshot } from '../lean/run';

/** A run before anything happened to it. */
export function snapshotOf(plan: LaunchPlan): RunSnapshot {
  const folderName = plan.output.folder.split(/[\\/]/).findLast((part) => part !== '') ?? plan.output.folder;
  return {
    id: plan.runId,
    kind: plan.kind,
    workspaceFolder: plan.workspaceFolder,
    projectFolder: plan.projectFolder,
    projectName: plan.projectName,
    folder: plan.output.folder,
    name: plan.backtestName ?? folderName,
    origin: 'workbench',
    state: 'queued',
    phase: 'waiting',
    requestedAt: plan.createdAt,
    algorithmId: plan.algorithmId,
    parameters: plan.parameters,
    image: plan.image,
    progress: {},
    problems: [],
    resultRevision: 0,
    lastLines: [],
  };
}

/** Keeps what a live run's snapshot alone does not hold (its log's facts), and applies events with it. */
export class RunTracker {
  readonly #plan: LaunchPlan;
  #interpreter: LogInterpreter;
  #context: RunContext;

  constructor(plan: LaunchPlan, sourceFiles?: readonly string[]) {
    this.#plan = plan;
    this.#context = emptyContext(plan.language);
    this.#interpreter = this.#fresh(sourceFiles);
  }

  /** The project's sources, once known; only before the first line. */
  setSourceFiles(files: readonly string[]): void {
    if (this.#context.facts.lineCount === 0) this.#interpreter = this.#fresh(files);
  }

  /** Whether the result file was seen in a final state. */
  get resultIsFinal(): boolean {
    const status = this.#context.resultStatus;
    return status !== undefined && status !== '' && status !== 'Running' && status !== 'Initializing';
  }

  /** Takes lines that a former session has already counted: only their facts. */
  replay(lines: readonly string[]): void {
    this.#context = { ...this.#context, facts: this.#interpreter.feed(lines) };
  }

  apply(run: RunSnapshot, event: RunEvent): RunSnapshot {
    switch (event.type) {
      case 'lines': {
        const facts = this.#interpreter.feed(event.lines);
        const since = this.#context.runningSince ?? runningSinceOf(facts, run, event.at);
        this.#context = { ...this.#context, facts, ...(since !== undefined && { runningSince: since }) };
        break;
      }
      case 'phase':
        this.#context = { ...this.#context, facts: this.#interpreter.note(event.phase) };
        break;
      case 'results':
        this.#context = {
          ...this.#context,
          charts: { from: event.simulatedFrom ?? this.#context.charts.from, to: event.simulatedTo ?? this.#context.charts.to },
          ...(event.status !== undefined && { resultStatus: event.status }),
          ...(event.runtimeError !== undefined && { resultError: event.runtimeError }),
        };
        break;
      case 'stop-requested':
        this.#context = { ...this.#context, stop: event.force ? 'forced' : this.#context.stop === 'forced' ? 'forced' : 'graceful' };
        break;
      case 'exited':
        this.#context = { ...this.#context, facts: this.#interpreter.end(event.code !== 0 && event.endedByUs !== true) };
        break;
      default:
        break;
    }
    return reduceRun(run, event, this.#context);
  }

  #fresh(sourceFiles: readonly string[] | undefined): LogInterpreter {
    const { pathMap, projectFolder } = this.#plan;
    return new LogInterpreter({ pathMap, projectFolder, ...(sourceFiles !== undefined && { sourceFiles }) });
  }
}
