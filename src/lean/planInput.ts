import type { CsprojFacts } from './csproj';
import type { LeanProject, LeanWorkspace, ProjectConfig } from './model';
import type { EngineInfo, ImageInfo } from './ports';
import type { ExtraDockerOptions, RunLimits, RunRequest } from './request';

/** All that a launch is decided from. Plain values: nothing is looked up while planning. */
export interface PlanInput {
  readonly request: RunRequest;
  readonly workspace: LeanWorkspace;
  readonly project: LeanProject;
  readonly projectConfig: ProjectConfig;
  /** The chosen image ({@link chooseImage}), already there. Labels may be missing. */
  readonly image: Pick<ImageInfo, 'name' | 'id' | 'pythonVersion' | 'targetFramework'>;
  readonly engine: Pick<EngineInfo, 'rootless' | 'desktop'>;
  readonly host: HostFacts;
  readonly settings: LaunchSettings;
  readonly files: LaunchFiles;
  readonly account?: AccountFacts;
  /** Unix milliseconds. */
  readonly now: number;
  readonly random: LaunchRandom;
}

export interface HostFacts {
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  /** Undefined where there are none (Windows). */
  readonly uid?: number;
  readonly gid?: number;
  readonly hostname: string;
  /** For `~` in extra mounts. */
  readonly home?: string;
  /** `Date.getTimezoneOffset()`: minutes that UTC is ahead of local time. */
  readonly timezoneOffsetMinutes: number;
}

export interface LaunchSettings {
  readonly limits?: RunLimits;
  readonly docker?: ExtraDockerOptions;
}

/** Who is logged in with `lean`; LEAN gets the id, and the token as a reference to a secret. */
export interface AccountFacts {
  readonly userId?: string;
  readonly hasToken: boolean;
}

export interface LaunchRandom {
  /** A UUID. */
  readonly runId: string;
  /** 32 hex digits. */
  readonly containerSuffix: string;
  /** Nine digits, the first not zero. */
  readonly algorithmDigits: string;
}

/** What the file system says, gathered by src/files/launchInputs.ts. */
export interface LaunchFiles {
  readonly dataFolder: 'missing' | 'empty' | 'filled';
  /** Name of something in the data folder: seen in the container, the folder is shared. */
  readonly dataProbe?: string;
  /** Recent zipped map and factor files: LEAN's zip providers work (see {@link buildLeanConfig}). */
  readonly recentMapZip: boolean;
  readonly recentFactorZip: boolean;
  /** Absolute path of Library/, when it is there. */
  readonly libraryFolder?: string;
  /** Names that exist in `<project>/backtests`. */
  readonly takenOutputNames: readonly string[];
  /** Files that lean.json names and that are there: key → absolute path. */
  readonly configFiles: Readonly<Record<string, string>>;
  /** Python only: sources below the project with forward slashes, without environments and results. */
  readonly pythonSources: readonly string[];
  /** Merged requirements of the project and of Library; empty for none. */
  readonly requirements: string;
  /** C# only. */
  readonly csharp?: CSharpFiles;
}

export interface CSharpFiles {
  /** Class that derives from QCAlgorithm; undefined when there is none. */
  readonly algorithmClass?: string;
  /** The project's own, absent when there is no .csproj. */
  readonly csproj?: CsprojFacts;
  /** The projects it refers to, directly or not. */
  readonly referenced: readonly CsprojFacts[];
  /** Folder of the nearest .sln above the project, which then becomes /LeanCLI. */
  readonly solutionFolder?: string;
  /** SHA-256 of everything the build reads. */
  readonly sourcesHash: string;
  /** SHA-256 of what package restore reads. */
  readonly restoreHash: string;
}
