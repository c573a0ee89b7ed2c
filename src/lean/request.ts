import type { JsonObject } from '../base/json';

/** Limits of one run; unset means none. */
export interface RunLimits {
  /** Processors, may be a fraction. */
  readonly cpus?: number;
  readonly memoryBytes?: number;
}

/** Extra Docker options a person gives: everything here is honoured or refused, nothing is ignored silently. */
export interface ExtraDockerOptions {
  readonly name?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** host path → where */
  readonly volumes?: Readonly<Record<string, { readonly bind: string; readonly mode?: 'ro' | 'rw' }>>;
  readonly mounts?: readonly {
    readonly target: string;
    readonly source: string;
    readonly type?: 'bind' | 'volume';
    readonly readOnly?: boolean;
  }[];
  /** container port (`9999` or `9999/tcp`) → host port; always published on 127.0.0.1 */
  readonly ports?: Readonly<Record<string, string>>;
  readonly deviceRequests?: readonly JsonObject[];
  readonly limits?: RunLimits;
}

/** What a person wants, from whichever surface: palette, tree, status bar, tasks.json, CodeLens. */
export interface RunRequest {
  readonly command: 'backtest';
  /** Absolute folder of the project. */
  readonly projectFolder: string;
  /** Name of the backtest, shown and written to LEAN's `backtest-name`. */
  readonly name?: string;
  /** Replaces all of `parameters` of config.json when given. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Wins over the project's, the workspace's and the default image. */
  readonly image?: string;
  /** Absolute or workspace-relative output folder; default `<project>/backtests/<time>`. Must lie in the workspace. */
  readonly output?: string;
  /** C# Release configuration. */
  readonly release?: boolean;
  /** LEAN's debug-mode. */
  readonly verbose?: boolean;
  /** Do not hold a terminal; the run goes on in the background all the same. */
  readonly detached?: boolean;
  readonly pythonVenv?: string;
  /** Root keys of the generated LEAN config. */
  readonly extraConfig?: Readonly<Record<string, string>>;
  readonly docker?: ExtraDockerOptions;
  /** Pull the newest image first. */
  readonly update?: boolean;
}
