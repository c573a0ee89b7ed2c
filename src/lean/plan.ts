import type { Json, JsonObject } from '../base/json';
import type { AlgorithmLanguage, RunKind } from './model';
import type { RunLimits } from './request';

/** A reference to a secret, which stands in a plan where the value will go: `{ "$secret": "polygon-api-key" }`. */
export interface SecretReference {
  readonly $secret: string;
}

export type PlanMount =
  | {
      readonly type: 'bind';
      /** Absolute host path. */
      readonly source: string;
      readonly target: string;
      readonly readOnly: boolean;
      /** Created (with parents) before the start when it is missing; without it, missing is an error. */
      readonly create: boolean;
      /** Said to a person when the container does not see it. */
      readonly purpose: 'project' | 'data' | 'results' | 'storage' | 'library' | 'extra';
    }
  | { readonly type: 'volume'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly type: 'tmpfs'; readonly target: string; readonly mode: number; readonly sizeBytes: number };

export interface PlanPort {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostPort: number;
  /** Always loopback: nothing listens on another address. */
  readonly hostIp: '127.0.0.1';
}

/** A text that reaches the container through standard input into its memory, below {@link DELIVERY_FOLDER}. */
export interface PlanFile {
  /** File name below the delivery folder. */
  readonly name: string;
  /**
   * Text, or a JSON document in which secret references are filled just before it is sent, or environment variables,
   * sent as a shell script that exports them.
   */
  readonly content: { readonly text: string } | { readonly json: JsonObject } | { readonly environment: Readonly<Record<string, SecretReference>> };
}

/** Who owns the files that a run writes. */
export type PlanUser =
  /** LEAN runs as the container's own user: rootless engines and Docker Desktop map it to the person. */
  | { readonly mode: 'container' }
  /** Root prepares, then LEAN runs as this user; what is left to root is mended at the end. */
  | { readonly mode: 'host'; readonly uid: number; readonly gid: number };

/** How the code snapshot is made: copied on the host before the start. */
export interface CodeSnapshot {
  readonly from: string;
  readonly to: string;
}

/**
 * Everything about a launch, decided by pure code. Plain data: equal plans launch equal runs.
 * It may be logged and shown, because it holds references to secrets, never secrets.
 */
export interface LaunchPlan {
  readonly version: 1;
  readonly runId: string;
  readonly kind: RunKind;
  readonly language: AlgorithmLanguage;
  readonly workspaceFolder: string;
  readonly projectFolder: string;
  readonly projectName: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly backtestName?: string;
  /** LEAN's algorithm-id: names the result files. */
  readonly algorithmId: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly image: string;
  readonly container: {
    readonly name: string;
    readonly hostname: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly entrypoint: readonly string[];
    readonly workingDirectory: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly mounts: readonly PlanMount[];
    readonly ports: readonly PlanPort[];
    /** `lean`'s network. Joined while containers of somebody else are on it; else the engine's own default, which starts sooner. */
    readonly network: string;
    readonly extraHosts: readonly string[];
    readonly stopSignal: 'SIGINT' | 'SIGKILL';
    readonly limits: RunLimits;
    readonly deviceRequests: readonly JsonObject[];
  };
  readonly user: PlanUser;
  /** The generated LEAN config; also among `files`, here to be shown and compared. */
  readonly leanConfig: JsonObject;
  /** Sent in this order; `start.sh` last. */
  readonly files: readonly PlanFile[];
  readonly output: {
    /** Absolute host folder, made just before the start; removed again when the start fails. */
    readonly folder: string;
    /** The person chose the folder: it gets no other name when it is taken. */
    readonly chosen?: true;
    /** What `lean` writes into the output's `config` file. */
    readonly configFile: JsonObject;
    readonly code: CodeSnapshot;
  };
  /** Maps container paths in messages back to the host, longest first. */
  readonly pathMap: readonly { readonly container: string; readonly host: string }[];
  /** Once this text stands in the log, every file is written and the process may be ended. Undefined: wait for the exit. */
  readonly endMarker?: string;
}

/** Where delivered files stand in the container: a tmpfs, so that config and secrets never touch a disk. */
export const DELIVERY_FOLDER = '/run/lean-workbench';

/** Where a bind-mounted delivery stands when an image does not take standard input (fall-back, mode 0600, removed once read). */
export const FALLBACK_DELIVERY_FOLDER = '/run/lean-workbench-files';

/** Lines of the start script that speak to us, not to the person: `##[lean-workbench] phase build`. */
export const MARKER_PREFIX = '##[lean-workbench] ';

/** What the start script says on marker lines. Exit codes above 90 belong to the start script. */
export const START_EXIT = { deliveryFailed: 91, notVisible: 92, noDotnet: 93, packagesFailed: 94, buildFailed: 95, syntaxError: 96 } as const;

/** Labels on every container of ours; runs are found again by these, never by name. */
export const LABELS = {
  run: 'lean.workbench.run',
  kind: 'lean.workbench.kind',
  workspace: 'lean.workbench.workspace',
  project: 'lean.workbench.project',
  output: 'lean.workbench.output',
  algorithmId: 'lean.workbench.algorithm-id',
  version: 'lean.workbench.version',
} as const;

/** Whether a value in a plan's JSON stands for a secret. */
export function isSecretReference(value: unknown): value is SecretReference {
  return (
    typeof value === 'object' &&
    value !== null &&
    '$secret' in value &&
    typeof value.$secret === 'string' &&
    Object.keys(value).length === 1
  );
}

/** A copy of a plan's JSON with every secret reference replaced by what `resolve` gives. */
export function fillSecrets(value: Json, resolve: (name: string) => Json): Json {
  if (isSecretReference(value)) return resolve(value.$secret);
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => fillSecrets(item, resolve));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillSecrets(item, resolve)]));
  }
  return value;
}
