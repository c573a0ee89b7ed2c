import * as vscode from 'vscode';
import { basename, join, relative, isAbsolute, sep } from 'node:path';
import { WorkbenchError } from '../../base/errors';
import { isFinal, type RunSnapshot } from '../../lean/run';
import type { Services } from '../host/services';
import { projectFor, runFor, type Target } from './targets';

/** Opens a run's result where the editor is. */
export async function openResult(services: Services, target: Target, beside = false): Promise<void> {
  const run = await runFor(target, services, () => true, vscode.l10n.t('Result to open'));
  if (run !== undefined) services.openResult(run, { beside, preserveFocus: false });
}

/** Shows the console: the task's terminal while the run goes on, the kept log once it is over. */
export async function showRunLog(services: Services, target: Target): Promise<void> {
  const run = await runFor(target, services, () => true, vscode.l10n.t('Run whose log is shown'));
  if (run === undefined) return;
  if (services.tasks.reveal(run.id)) return;
  if (!isFinal(run.state) && run.origin === 'workbench') {
    await services.tasks.show(run, await services.runService.project(run.projectFolder), 'focus');
    return;
  }
  const names = [join('.lean-workbench', 'console.log'), 'log.txt', ...(run.algorithmId === undefined ? [] : [`${run.algorithmId}-log.txt`])];
  for (const name of names) {
    const uri = vscode.Uri.file(join(run.folder, name));
    if (!(await isThere(uri))) continue;
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
    return;
  }
  if (run.lastLines.length > 0) {
    const document = await vscode.workspace.openTextDocument({ language: 'lean-log', content: run.lastLines.join('\n') });
    await vscode.window.showTextDocument(document, { preview: true });
    return;
  }
  throw new WorkbenchError('file-missing', vscode.l10n.t('There is no log in {0}.', run.folder));
}

/** Shows the run's folder in the explorer. */
export async function openRunFolder(services: Services, target: Target): Promise<void> {
  const run = await runFor(target, services, () => true, vscode.l10n.t('Run whose folder is shown'));
  if (run === undefined) return;
  const uri = vscode.Uri.file(run.folder);
  const inside = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  await vscode.commands.executeCommand(inside ? 'revealInExplorer' : 'revealFileInOS', uri);
}

/** Opens a source as it was when the run began. */
export async function openCodeSnapshot(services: Services, target: Target): Promise<void> {
  const run = await runFor(target, services, () => true, vscode.l10n.t('Run whose code is shown'));
  if (run === undefined) return;
  const folder = join(run.folder, 'code');
  const files = await sourcesOf(vscode.Uri.file(folder));
  if (files.length === 0) throw new WorkbenchError('file-missing', vscode.l10n.t('This run kept no code: there is nothing in {0}.', folder));
  const main = files.find((file) => basename(file) === 'main.py' || basename(file) === 'Main.cs');
  const chosen = files.length === 1 ? files[0] : await pickFile(folder, files, main);
  if (chosen !== undefined) await vscode.window.showTextDocument(vscode.Uri.file(chosen), { preview: true });
}

/** Moves a run's folder to the trash after a confirmation. A run that goes on is never deleted. */
export async function deleteRun(services: Services, target: Target): Promise<void> {
  const t = vscode.l10n.t;
  const run = await runFor(target, services, (item) => isFinal(item.state), t('Run to delete'));
  if (run === undefined) return;
  if (!isFinal(run.state)) throw new WorkbenchError('bad-request', t('This run goes on. Stop it before its folder is deleted.'));
  const inside = relative(run.projectFolder, run.folder);
  if (inside === '' || inside.split(sep)[0] === '..' || isAbsolute(inside)) {
    throw new WorkbenchError('bad-request', t('{0} is not inside the project: it is not deleted from here.', run.folder));
  }
  const yes = t('Move to Trash');
  const detail = t('All files in {0} go to the trash.', run.folder);
  const chosen = await vscode.window.showWarningMessage(t('Delete the run {0} of {1}?', run.name, run.projectName), { modal: true, detail }, yes);
  if (chosen !== yes) return;
  await trash(run);
  await services.catalog.refresh();
}

export async function copyRunPath(services: Services, target: Target): Promise<void> {
  const run = await runFor(target, services, () => true, vscode.l10n.t('Run whose path is copied'));
  if (run !== undefined) await vscode.env.clipboard.writeText(run.folder);
}

/** Shows the plan a run was started with, or the one that a run of the project would have now. */
export async function showLaunchPlan(services: Services, target: Target): Promise<void> {
  const t = vscode.l10n.t;
  const core = await services.core();
  if (target.runId !== undefined) {
    const run = await runFor(target, services, () => true, '');
    if (run === undefined) return;
    const plan = await core.planOf(run);
    if (plan === undefined) throw new WorkbenchError('file-missing', t('No plan was kept for this run: it was not started here.'));
    await services.plans.open(t('Launch plan of {0} {1}', basename(run.projectFolder), run.name), run.id, core.showPlan(plan));
    return;
  }
  const project = await projectFor(target, services);
  if (project === undefined) return;
  const plan = await services.runService.plan({ command: 'backtest', projectFolder: project.folder });
  await services.plans.open(t('Launch plan of {0}', basename(project.folder)), plan.runId, core.showPlan(plan));
}

async function trash(run: RunSnapshot): Promise<void> {
  const uri = vscode.Uri.file(run.folder);
  try {
    await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: true });
  } catch {
    // Not every machine has a trash: a server for the web, a remote host.
    const t = vscode.l10n.t;
    const yes = t('Delete for Good');
    const chosen = await vscode.window.showWarningMessage(t('This machine has no trash for {0}. Delete it for good?', run.folder), { modal: true, detail: t('It cannot be brought back.') }, yes);
    if (chosen === yes) await vscode.workspace.fs.delete(uri, { recursive: true, useTrash: false });
  }
}

async function pickFile(folder: string, files: readonly string[], first: string | undefined): Promise<string | undefined> {
  const sorted = [...files].sort((a, b) => Number(b === first) - Number(a === first) || a.localeCompare(b));
  const items = sorted.map((file) => ({ label: relative(folder, file), file }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('File of the code snapshot') }))?.file;
}

async function sourcesOf(folder: vscode.Uri, depth = 0): Promise<string[]> {
  if (depth > 8 || !(await isThere(folder))) return [];
  const found: string[] = [];
  for (const [name, type] of await vscode.workspace.fs.readDirectory(folder)) {
    const uri = vscode.Uri.joinPath(folder, name);
    if (type === vscode.FileType.Directory) found.push(...(await sourcesOf(uri, depth + 1)));
    else if (type === vscode.FileType.File) found.push(uri.fsPath);
  }
  return found;
}

async function isThere(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return false;
    throw error;
  }
}
