import type { RunFolder } from './model';
import type { RunSnapshot } from './run';

/** A run folder on disk, and where it belongs. */
export interface FoundRun {
  readonly folder: RunFolder;
  readonly workspaceFolder: string;
  readonly projectName: string;
}

/** What is known of a run folder before any file of it is read. */
export function stubOf({ folder, workspaceFolder, projectName }: FoundRun): RunSnapshot {
  return {
    id: folder.folder,
    kind: folder.kind,
    workspaceFolder,
    projectFolder: folder.projectFolder,
    projectName,
    folder: folder.folder,
    name: folder.name,
    origin: 'elsewhere',
    state: 'unknown',
    phase: 'ended',
    requestedAt: folder.startedAt,
    startedAt: folder.startedAt,
    parameters: {},
    progress: {},
    problems: [],
    resultRevision: 0,
    lastLines: [],
  };
}
