import * as vscode from 'vscode';
import { isFinal } from '../../lean/run';
import { COMMANDS } from '../../manifest/ids';
import type { Services } from '../host/services';
import { openAt, showError } from '../host/showError';
import { byNewest } from '../views/runText';
import { pickProject, projectFor, type Target } from './targets';

/** The status bar's menu: what fits the current project and its run, the likeliest first. */
export async function runMenu(services: Services, target: Target): Promise<void> {
  const t = vscode.l10n.t;
  const project = target.projectFolder === undefined ? (services.current.get() ?? (await pickProject(services))) : await services.runService.project(target.projectFolder);
  if (project === undefined) return;
  const runs = [...services.runs.ofProject(project.folder)].filter((run) => run.kind === 'backtest').sort(byNewest);
  const active = runs.find((run) => !isFinal(run.state));
  const shown = active ?? runs[0];
  const ofProject = { projectFolder: project.folder };
  const items: (vscode.QuickPickItem & { readonly command?: string; readonly argument?: unknown })[] = [];
  if (active !== undefined) items.push({ label: `$(debug-stop) ${t('Stop')}`, command: COMMANDS.stop, argument: { runId: active.id } });
  items.push({ label: `$(play) ${active === undefined ? t('Run backtest') : t('Run another backtest')}`, command: COMMANDS.backtest, argument: ofProject });
  items.push({ label: `$(run-all) ${t('Run with name and parameters…')}`, command: COMMANDS.backtestWith, argument: ofProject });
  if (shown !== undefined) {
    const argument = { runId: shown.id };
    items.push({ label: `$(debug-restart) ${t('Run again with the same parameters')}`, command: COMMANDS.runAgain, argument });
    items.push({ label: `$(graph-line) ${t('Open result')}`, command: COMMANDS.openResultBeside, argument });
    items.push({ label: `$(output) ${t('Show log')}`, command: COMMANDS.showRunLog, argument });
  }
  items.push({ label: '', kind: vscode.QuickPickItemKind.Separator });
  items.push({ label: `$(target) ${t('Pick project…')}`, command: COMMANDS.pickProject });
  items.push({ label: `$(list-tree) ${t('Show launch plan')}`, command: COMMANDS.showLaunchPlan, argument: ofProject });
  items.push({ label: `$(package) ${t('Choose engine image…')}`, command: COMMANDS.chooseImage, argument: ofProject });
  items.push({ label: `$(pulse) ${t('Check Docker')}`, command: COMMANDS.checkEngine });
  const chosen = await vscode.window.showQuickPick(items, { title: project.name, placeHolder: t('LEAN backtest') });
  if (chosen?.command !== undefined) await vscode.commands.executeCommand(chosen.command, chosen.argument);
}

export async function pickCurrent(services: Services): Promise<void> {
  const project = await pickProject(services);
  if (project !== undefined) services.current.set(project, 'pick');
}

export async function openProjectSource(services: Services, target: Target): Promise<void> {
  const project = await projectFor(target, services);
  if (project !== undefined) await openAt(project.mainFile);
}

export async function openProjectConfig(services: Services, target: Target): Promise<void> {
  const project = await projectFor(target, services);
  if (project !== undefined) await openAt(project.configPath);
}

/** Opens the lean.json of a workspace; asks which when there are several. */
export async function openLeanJson(services: Services, target: Target): Promise<void> {
  await services.catalog.ready();
  const entries = services.catalog.entries;
  const given = entries.find(({ workspace }) => workspace.folder === target.workspaceFolder);
  const chosen = given ?? (entries.length <= 1 ? entries[0] : (await vscode.window.showQuickPick(entries.map((entry) => ({ label: entry.workspace.name, description: entry.workspace.folder, entry })), { placeHolder: 'lean.json' }))?.entry);
  if (chosen !== undefined) await openAt(chosen.workspace.leanJsonPath);
}

/** Looks at everything again; with the word `problems`, tells those there are. */
export async function refresh(services: Services, target: Target): Promise<void> {
  if (target.word === 'problems') {
    for (const problem of services.catalog.problems.slice(0, 3)) void showError(problem, services.log);
    return;
  }
  await services.catalog.refresh();
  services.tree.redraw();
  if (vscode.workspace.isTrusted) await services.engineState.check(true);
}

export async function openSettings(target: Target): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', target.setting ?? '@ext:lean-workbench.lean-workbench');
}
