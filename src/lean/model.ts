import type { JsonObject } from '../base/json';

/** A folder that holds a lean.json. All paths are absolute host paths. */
export interface LeanWorkspace {
  readonly folder: string;
  /** Last part of the folder, or what tells two of the same name apart. */
  readonly name: string;
  readonly leanJsonPath: string;
  /** Absolute; from `data-folder` of lean.json, relative to the workspace folder; `data` when unset. */
  readonly dataFolder: string;
  /** Parsed lean.json. Its values may include secrets: never log it. */
  readonly leanConfig: JsonObject;
  /** `engine-image` chosen for this workspace by settings, if any. */
}

export type AlgorithmLanguage = 'Python' | 'CSharp';

/** A folder that holds a config.json and a main.py, or a .csproj with Main.cs. */
export interface LeanProject {
  readonly workspaceFolder: string;
  readonly folder: string;
  /** Path below the workspace folder with forward slashes, as `lean` names projects: `Library/Util`, `My Py`. */
  readonly name: string;
  readonly language: AlgorithmLanguage;
  /** Absolute path of main.py or Main.cs. */
  readonly mainFile: string;
  /** Absolute; C# only. */
  readonly csprojFile?: string;
  /** Whether it lives under Library/. */
  readonly isLibrary: boolean;
  /** Absolute path of config.json; the file may be missing for a folder that has only main.py. */
  readonly configPath: string;
}

export type RunKind = 'backtest' | 'live' | 'optimization';

/** Where a run's folder stands. Any folder name is allowed; one that is a time stamp gives a start time. */
export interface RunFolder {
  readonly kind: RunKind;
  readonly projectFolder: string;
  readonly folder: string;
  /** Folder name: `2026-11-21_08-29-18` or whatever it is called. */
  readonly name: string;
  /** Unix milliseconds, from the folder's name (local time, as `lean` writes it), else from the file system. */
  readonly startedAt: number;
}

/** What a project's config.json says, as far as launches need it. Unknown keys stay in `raw`. */
export interface ProjectConfig {
  readonly algorithmLanguage?: AlgorithmLanguage;
  /** LEAN reads every value as text. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly cloudId?: number;
  readonly localId?: number;
  /** `engine-image` of this project. */
  readonly engineImage?: string;
  readonly libraries: readonly { readonly name: string; readonly path: string }[];
  readonly docker: {
    readonly environment: Readonly<Record<string, string>>;
    /** container port → host port */
    readonly ports: Readonly<Record<string, string>>;
  };
  readonly pythonVenv?: string;
  readonly raw: JsonObject;
}
