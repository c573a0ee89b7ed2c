import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors';
import type { LeanProject } from '../../lean/model';
import { isFinal, type RunSnapshot } from '../../lean/run';
import { moment } from '../host/format';
import type { Services } from '../host/services';
import { byNewest, runTime } from '../views/runText';
import { presentRun } from '../views/tree.present';

/** What a surface hands to a command, read once; all fields may be missing. */
export interface Target {
  readonly projectFolder?: string;
  readonly workspaceFolder?: string;
  readonly runId?: string;
  readonly file?: string;
  readonly image?: string;
  readonly setting?: string;
  readonly word?: string;
}

/** Reads a command's argument: a tree row, a Uri of the editor, our own object, the word `selection` of a key binding. */
export function targetOf(argument: unknown, services: Services): Target {
  if (argument === 'selection') return targetOf(services.tree.selection, services);
  if (typeof argument === 'string') return { word: argument };
  if (argument instanceof vscode.Uri) return { file: argument.fsPath };
  if (typeof argument !== 'object' || argument === null) return {};
  const read = (key: string): string | undefined => {
    const value: unknown = Reflect.get(argument, key);
    return typeof value === 'string' ? value : undefined;
  };
  const target: Record<string, string> = {};
  for (const key of ['projectFolder', 'workspaceFolder', 'runId', 'image', 'setting']) {
    const value = read(key);
    if (value !== undefined) target[key] = value;
  }
  return target;
}

/** The project a command works on: the argument's, the current one, or the one picked. Undefined: nothing was picked. */
export async function projectFor(target: Target, services: Services): Promise<LeanProject | undefined> {
  await services.catalog.ready();
  const { catalog } = services;
  if (target.projectFolder !== undefined) return services.runService.project(target.projectFolder);
  const run = target.runId === undefined ? undefined : services.runs.get(target.runId);
  if (run !== undefined) return services.runService.project(run.projectFolder);
  const ofFile = target.file === undefined ? undefined : catalog.projectOf(target.file);
  if (ofFile !== undefined) return ofFile;
  return services.current.forCommand() ?? pickProject(services);
}

/** Asks for a project. Throws `no-algorithm` when there is none. */
export async function pickProject(services: Services): Promise<LeanProject | undefined> {
  await services.catalog.ready();
  const t = vscode.l10n.t;
  const projects = services.catalog.allProjects().filter((project) => !project.isLibrary);
  if (projects.length === 0) {
    throw new WorkbenchError('no-algorithm', t('There is no LEAN project in this workspace. A project is a folder with a main.py, or with a .csproj and a Main.cs, below a folder with a lean.json.'));
  }
  const many = services.catalog.entries.length > 1;
  const current = services.current.get()?.folder;
  const items = projects.map((project) => ({
    label: project.name,
    description: [project.language === 'Python' ? 'Python' : 'C#', many ? project.workspaceFolder : '', project.folder === current ? t('current') : ''].filter((part) => part !== '').join(' · '),
    project,
  }));
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: t('LEAN project'), matchOnDescription: true });
  return chosen?.project;
}

/** The run a command works on: the argument's, or one that is picked among those that fit. */
export async function runFor(target: Target, services: Services, fits: (run: RunSnapshot) => boolean, title: string): Promise<RunSnapshot | undefined> {
  await services.catalog.ready();
  const { runs, catalog } = services;
  if (target.runId !== undefined) {
    const run = runs.get(target.runId);
    if (run === undefined) throw new WorkbenchError('file-missing', vscode.l10n.t('This run is no longer there.'));
    return run;
  }
  const folders = target.projectFolder === undefined ? catalog.allProjects().map((project) => project.folder) : [target.projectFolder];
  const candidates = folders.flatMap((folder) => [...runs.ofProject(folder)]).filter(fits).sort(byNewest);
  if (candidates.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('There is no such run.'));
    return undefined;
  }
  if (candidates.length === 1 && candidates.every((run) => !isFinal(run.state))) return candidates[0];
  const now = Date.now();
  const items = candidates.slice(0, 500).map((run) => {
    const row = presentRun(run, now, vscode.l10n.t);
    return { label: `$(${row.icon.replace('~spin', '')}) ${run.projectName}`, description: moment(runTime(run), now, vscode.l10n.t), detail: row.description ?? '', run };
  });
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: title, matchOnDescription: true, matchOnDetail: true });
  return chosen?.run;
}
