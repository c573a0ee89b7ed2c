import type { Disposable } from '../base/disposable';
import type { Event } from '../base/emitter';
import type { Json } from '../base/json';
import type { RunEvent } from './events';
import type { FoundRun } from './foundRun';
import type { LaunchPlan } from './plan';
import type { RunSnapshot } from './run';

/** What the engine host is, as launches need to know it. */
export interface EngineInfo {
  /** For people: `Docker 28.2`, `Podman 5.2`. */
  readonly product: string;
  readonly version: string;
  readonly apiVersion: string;
  /** Where it was found: `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
  /** How it was found, for people: "DOCKER_HOST", "docker context 'colima'", "setting lean.docker.host". */
  readonly foundBy: string;
  readonly operatingSystem: string;
  readonly architecture: string;
  /** Container root is the person on the host: no user switch is needed. */
  readonly rootless: boolean;
  /** Docker Desktop and its like map file ownership themselves. */
  readonly desktop: boolean;
  readonly cpus: number;
  readonly memoryBytes: number;
}

/** What an image is, as launches need to know it. */
export interface ImageInfo {
  readonly name: string;
  readonly id: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly sizeBytes: number;
  /** `repo@sha256:…`; empty for an image that exists only locally. */
  readonly repoDigests: readonly string[];
  /** From labels of quantconnect/lean (contract: containers.md). */
  readonly leanVersion?: string;
  readonly pythonVersion?: string;
  readonly targetFramework?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly architecture: string;
  readonly os: string;
}

/** Carries out plans. One adapter a kind of engine; views never see it. */
export interface Engine {
  /** Finds the engine and tells its state; throws a WorkbenchError with an `engine-…` reason. Cached until `forget`. */
  info(signal?: AbortSignal): Promise<EngineInfo>;
  /** Drops cached connections and facts, so that the next call looks again. */
  forget(): void;
  /** The image's facts, or undefined when the engine does not have it. */
  inspectImage(name: string, signal?: AbortSignal): Promise<ImageInfo | undefined>;
  /** Images on this engine that hold LEAN (by name or its labels), newest first; to choose from. */
  listImages?(signal?: AbortSignal): Promise<readonly ImageInfo[]>;
  /** Pulls an image; progress is for the whole image. Throws with an `image-…` reason. */
  pullImage(name: string, onProgress: (text: string, current: number, total: number) => void, signal: AbortSignal): Promise<ImageInfo>;
  /** Whether the registry has a newer image than ours. Never pulls. */
  checkImageUpdate(name: string, signal?: AbortSignal): Promise<'current' | 'newer' | 'local-only'>;
  /**
   * Creates, feeds and starts the container and yields what happens, ending after `exited`, `lost` or `launch-failed`.
   * Aborting the signal before `started` undoes everything; after it, the run goes on and only the following ends.
   */
  launch(plan: LaunchPlan, secrets: (name: string) => Promise<Json>, signal: AbortSignal): AsyncIterable<RunEvent>;
  /** Follows a container of ours that is already there, from byte `offset` of its console. */
  adopt(containerId: string, plan: LaunchPlan, offset: number, signal: AbortSignal): AsyncIterable<RunEvent>;
  /** SIGINT, or SIGKILL with `force`. Resolves when the signal is delivered, also when it is gone already. */
  stop(containerId: string, force: boolean): Promise<void>;
  /** Containers that carry our labels, running or not. */
  listContainers(): Promise<readonly EngineContainer[]>;
  /** Removes a container and its anonymous volumes; gone already is fine. */
  remove(containerId: string): Promise<void>;
}

export interface EngineContainer {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

/** The result folder of a run while LEAN writes it. */
export interface ResultFolderPort {
  /** Makes the output folder with its `config` and `code/`. Throws `folder-read-only`, `file-…`. */
  prepare(plan: LaunchPlan): Promise<void>;
  /** Removes a folder that a failed start left, when nothing but ours is in it. */
  discard(plan: LaunchPlan): Promise<void>;
  /** Watches the result files; calls back with figures and the last chart time, coalesced, until disposed. */
  watch(plan: LaunchPlan, onResults: (event: Extract<RunEvent, { type: 'results' }>) => void): Disposable;
  /** Reads the result files once, as `watch` would tell. Undefined when there are none. */
  read(folder: string, algorithmId: string | undefined): Promise<Extract<RunEvent, { type: 'results' }> | undefined>;
}

/** Up to where a run's console has been kept: both counts belong together. */
export interface ConsolePosition {
  /** Bytes of our console.log. */
  readonly kept: number;
  /** Bytes of the container's console that these came from. */
  readonly offset: number;
}

/** What is kept of a run of ours in `<output>/.lean-workbench/`. */
export interface RunRecord {
  readonly snapshot: RunSnapshot;
  readonly console?: ConsolePosition;
}

/** That this window, and no other, follows a run and keeps its record. */
export interface RunClaim {
  /** Lets another window have it. More than once is fine. */
  release(): Promise<void>;
}

/** Remembers runs beside their results, so that nothing depends on this process having lived. */
export interface RunRecordPort {
  /**
   * Claims a run for this window; undefined while another window that lives has it, or when its folder is gone.
   * Whatever else of this port writes is for the owner only.
   */
  claim(folder: string): Promise<RunClaim | undefined>;
  /** Keeps the plan (it holds references to secrets, never secrets). A folder that is gone stays gone. */
  savePlan(plan: LaunchPlan): Promise<void>;
  loadPlan(folder: string): Promise<LaunchPlan | undefined>;
  /** Replaces the record whole, never half. A folder that is gone stays gone. */
  saveSnapshot(folder: string, record: RunRecord): Promise<void>;
  /** The record, or undefined when there is none or it is damaged (which is logged, the file left as it is). */
  load(folder: string): Promise<RunRecord | undefined>;
  /** Appends to the kept console; gives its size in bytes after that. */
  appendConsole(folder: string, text: string): Promise<number>;
  /** Cuts the kept console to its first `bytes`. */
  truncateConsole(folder: string, bytes: number): Promise<void>;
  /** The kept console's whole lines. Empty when there is none. */
  readConsole(folder: string): Promise<readonly string[]>;
  /** Absolute host paths of the project's sources that this run was started with. */
  sourceFiles(plan: LaunchPlan): Promise<readonly string[]>;
  /** What a run folder on disk tells, ours or not, read cheaply. */
  discover(found: FoundRun): Promise<RunSnapshot>;
}

/** A secret store, by name; `ui/host` binds it to VS Code's SecretStorage. */
export interface SecretPort {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
  delete(name: string): Promise<void>;
  readonly onDidChange: Event<string>;
}
