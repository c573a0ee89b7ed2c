import type * as vscode from 'vscode';
import type { SecretPort } from '../../lean/ports';
import type { RunSnapshot } from '../../lean/run';
import type { LeanTaskProvider } from '../tasks/taskProvider';
import type { WorkspacesTree } from '../views/workspacesTree';
import type { StatusBar } from '../status/statusBar';
import type { CurrentProject } from './currentProject';
import type { EngineState } from './engineState';
import type { ImageService } from './imageService';
import type { ChannelLogger } from './log';
import type { PlanDocuments } from './planDocument';
import type { Catalog, Core, Runs } from './ports';
import type { RunService } from './runService';
import type { Settings } from './settings';

/** Where a result page opens. */
export interface OpenResultOptions {
  readonly beside: boolean;
  readonly preserveFocus: boolean;
}

/** What commands work with. */
export interface Services {
  readonly context: vscode.ExtensionContext;
  readonly log: ChannelLogger;
  readonly settings: Settings;
  /** Credentials; nothing else keeps any. */
  readonly secrets: SecretPort;
  readonly catalog: Catalog;
  readonly runs: Runs;
  readonly core: () => Promise<Core>;
  readonly engineState: EngineState;
  readonly images: ImageService;
  readonly runService: RunService;
  readonly current: CurrentProject;
  readonly tasks: LeanTaskProvider;
  readonly tree: WorkspacesTree;
  readonly status: StatusBar;
  readonly plans: PlanDocuments;
  openResult(run: RunSnapshot, options: OpenResultOptions): void;
}
