import * as vscode from 'vscode';
import { setTranslator } from './base/l10n';
import { SETTINGS, TASK_TYPE } from './manifest/ids';
import { registerCommands } from './ui/commands/register';
import { imagesInUse } from './ui/commands/engineCommands';
import { ContextKeys } from './ui/host/contextKeys';
import { CurrentProject } from './ui/host/currentProject';
import { EngineState } from './ui/host/engineState';
import { ImageService } from './ui/host/imageService';
import { lazily } from './ui/host/lazily';
import { ChannelLogger } from './ui/host/log';
import { RunNotifications } from './ui/host/notifications';
import { PlanDocuments } from './ui/host/planDocument';
import { ResultPages } from './ui/host/resultPages';
import { RunService } from './ui/host/runService';
import { StoreRuns } from './ui/host/runsFacade';
import type { Services } from './ui/host/services';
import { StoredSecrets } from './ui/host/secrets';
import { Settings } from './ui/host/settings';
import { showError } from './ui/host/showError';
import { WorkspaceCatalog } from './ui/host/workspaceCatalog';
import { AlgorithmLenses } from './ui/language/codeLens';
import { RunProblems } from './ui/language/problems';
import { StatusBar } from './ui/status/statusBar';
import { LeanTaskProvider } from './ui/tasks/taskProvider';
import { WorkspacesTree } from './ui/views/workspacesTree';
import type { LiveCore } from './ui/host/core';

/** Makes the parts and joins them; everything heavy is loaded on first use. */
export function activate(context: vscode.ExtensionContext): void {
  const own = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  setTranslator((message, ...args) => vscode.l10n.t(message, ...args));
  const log = own(new ChannelLogger());
  const settings = new Settings();
  const runs = own(new StoreRuns());
  const tell = (error: unknown): void => void showError(error, log);

  const core = lazily(async (): Promise<LiveCore> => {
    const { LiveCore } = await import('./ui/host/core');
    const made = own(
      new LiveCore({
        settings,
        log,
        distFolder: vscode.Uri.joinPath(context.extensionUri, 'dist').fsPath,
        project: (folder) => catalog.project(folder),
        askToKill: (run) => runService.askToKill(run),
        onLaunchFailure: ({ error }) => tell(error),
      }),
    );
    runs.attach(made.store);
    return made;
  });
  const catalog = own(new WorkspaceCatalog(settings, log, { set: async (project, found) => (await core()).setFound(project, found) }));
  const engineState = own(new EngineState(core, log));
  const images = new ImageService(core, engineState);
  const current = own(new CurrentProject(catalog, runs, context.workspaceState));
  const runService = own(new RunService({ catalog, runs, core, images, settings, current, log }));
  const tasks = new LeanTaskProvider({ catalog, core, runs, runService, stopUnlessClosing: (runId) => runService.stopUnlessClosing(runId), onError: tell });
  const results = own(new ResultPages({ extensionUri: context.extensionUri, core, runs, log }));
  const lookAtEngine = (again: boolean): void => {
    if (vscode.workspace.isTrusted && catalog.allProjects().length > 0) engineState.check(again, imagesInUse(services)).catch(tell);
  };
  const tree = own(
    new WorkspacesTree({
      catalog,
      runs,
      engineState,
      imageName: (folder) => imagesInUse(services)[catalog.entries.findIndex(({ workspace }) => workspace.folder === folder)],
      onVisible: () => lookAtEngine(false),
    }),
  );
  const status = own(new StatusBar(catalog, runs, current));
  const plans = own(new PlanDocuments());
  const services: Services = { context, log, settings, secrets: own(new StoredSecrets(context.secrets)), catalog, runs, core, engineState, images, runService, current, tasks, tree, status, plans, openResult: (run, options) => results.open(run, options) };

  own(registerCommands(services));
  own(vscode.tasks.registerTaskProvider(TASK_TYPE, tasks));
  own(new AlgorithmLenses(catalog, runs, settings));
  own(new RunProblems(runs, (run) => core.made?.isOurs(run) === true));
  // Pages open first: what they show is not told again.
  results.follow(runService, settings);
  own(new RunNotifications(runs, (run) => core.made?.isOurs(run) === true, (run) => results.isSeen(run)));

  const keys = new ContextKeys();
  own(catalog.onDidChange(() => keys.ofCatalog(catalog)));
  own(runs.onDidChange(() => keys.ofRuns(runs)));
  own(engineState.onDidChange(() => keys.set('engine', engineState.key)));
  keys.ofCatalog(catalog);
  keys.set('engine', 'unknown');

  const takeUp = async (): Promise<void> => {
    await catalog.ready();
    const folders = catalog.entries.map(({ workspace }) => workspace.folder);
    if (!vscode.workspace.isTrusted || folders.length === 0) return;
    if (tree.visible) lookAtEngine(false);
    const taken = await (await core()).adopt(folders);
    if (taken.length > 0) log.info(`Took up ${taken.length} runs of a former session`);
  };
  const begin = (): void => void takeUp().catch((error: unknown) => log.debug(`No runs were taken up: ${String(error)}`));
  own(vscode.workspace.onDidGrantWorkspaceTrust(begin));
  own(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if ([SETTINGS.dockerHost, SETTINGS.image, SETTINGS.projectImages].some((id) => event.affectsConfiguration(id))) lookAtEngine(true);
    }),
  );
  // After activation: VS Code waits for nothing of this.
  setImmediate(begin);
}
