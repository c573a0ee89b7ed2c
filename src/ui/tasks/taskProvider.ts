import * as vscode from 'vscode';
import { isAbsolute, resolve, sep } from 'node:path';
import { WorkbenchError } from '../../base/errors';
import type { LeanProject } from '../../lean/model';
import type { RunRequest } from '../../lean/request';
import type { RunSnapshot } from '../../lean/run';
import { TASK_TYPE } from '../../manifest/ids';
import type { Catalog } from '../host/ports';
import { RunTerminal, type RunTerminalParts } from './runTerminal';
import { parseTaskDefinition, type LeanTaskDefinition } from './taskDefinition';

export interface TaskParts extends RunTerminalParts {
  readonly catalog: Catalog;
}

/** Tasks of type `lean`: found ones, those of tasks.json, and those that show a run started elsewhere. */
export class LeanTaskProvider implements vscode.TaskProvider {
  readonly #parts: TaskParts;
  readonly #terminals = new Map<RunTerminal, string>();

  constructor(parts: TaskParts) {
    this.#parts = parts;
  }

  async provideTasks(): Promise<vscode.Task[]> {
    if (!vscode.workspace.isTrusted) return [];
    await this.#parts.catalog.ready();
    return this.#parts.catalog
      .allProjects()
      .filter((project) => !project.isLibrary)
      .map((project) => this.#task({ type: TASK_TYPE, command: 'backtest', project: project.name }, scopeOf(project), vscode.l10n.t('backtest {0}', project.name)));
  }

  /** Gives a task of tasks.json its execution. A bad definition still makes a task: its terminal says what is wrong. */
  resolveTask(task: vscode.Task): vscode.Task {
    return this.#task(task.definition, task.scope ?? vscode.TaskScope.Workspace, task.name);
  }

  /** Shows a run in a task's terminal, as if the task had started it. */
  async show(run: RunSnapshot, project: LeanProject, reveal: 'focus' | 'show' | 'quiet'): Promise<void> {
    const definition = { type: TASK_TYPE, command: 'backtest', project: project.name, run: run.id };
    const task = this.#task(definition, scopeOf(project), vscode.l10n.t('backtest {0}', project.name));
    task.presentationOptions = {
      reveal: reveal === 'quiet' ? vscode.TaskRevealKind.Silent : vscode.TaskRevealKind.Always,
      focus: reveal === 'focus',
      echo: false,
      showReuseMessage: false,
      clear: true,
      panel: vscode.TaskPanelKind.Shared,
    };
    await vscode.tasks.executeTask(task);
  }

  /** Brings the terminal that shows a run to the front; false when none does. */
  reveal(runId: string): boolean {
    const name = [...this.#terminals].find(([terminal]) => terminal.runId === runId)?.[1];
    const terminal = name === undefined ? undefined : vscode.window.terminals.findLast((item) => item.name === name || item.name.endsWith(name));
    terminal?.show(true);
    return terminal !== undefined;
  }

  #task(definition: vscode.TaskDefinition, scope: vscode.WorkspaceFolder | vscode.TaskScope, name: string): vscode.Task {
    const execution = new vscode.CustomExecution((resolved) => {
      const parsed = checked(resolved);
      const detached = !(parsed instanceof Error) && parsed.request.detached === true;
      const terminal = new RunTerminal(this.#parts, () => this.#start(parsed, scope), detached, () => this.#terminals.delete(terminal));
      this.#terminals.set(terminal, name);
      return Promise.resolve(terminal);
    });
    // Our runs publish exact problems themselves: no matcher, so that nothing stands twice.
    const task = new vscode.Task(definition, scope, name, 'lean', execution, []);
    task.presentationOptions = { echo: false, showReuseMessage: false, clear: true };
    task.detail = vscode.l10n.t('LEAN backtest in a container');
    return task;
  }

  async #start(parsed: LeanTaskDefinition | Error, scope: vscode.WorkspaceFolder | vscode.TaskScope): Promise<string> {
    if (parsed instanceof Error) throw parsed;
    if (parsed.run !== undefined) return parsed.run;
    await this.#parts.catalog.ready();
    const project = this.#find(parsed.project, scope);
    if (project === undefined) {
      throw new WorkbenchError('bad-request', vscode.l10n.t("There is no LEAN project '{0}'. Name its folder as it stands below the folder with lean.json.", parsed.project), { action: 'open-settings', actionArgument: 'tasks' });
    }
    const request: RunRequest = { command: 'backtest', projectFolder: project.folder, ...parsed.request };
    return this.#parts.runService.start(request);
  }

  /** By name below its workspace (the task's own folder first), by path below the task's folder, by absolute path. */
  #find(name: string, scope: vscode.WorkspaceFolder | vscode.TaskScope): LeanProject | undefined {
    const wanted = name.replaceAll('\\', '/').replace(/^\.\//, '').replace(/\/+$/, '');
    const bases = typeof scope === 'object' ? [scope.uri.fsPath] : (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
    const projects = this.#parts.catalog.allProjects();
    if (isAbsolute(name)) return projects.find((project) => project.folder === resolve(name));
    const named = projects.filter((project) => project.name === wanted);
    return (
      named.find((project) => bases.some((base) => project.folder.startsWith(base + sep))) ??
      projects.find((project) => bases.some((base) => project.folder === resolve(base, wanted))) ??
      named[0]
    );
  }
}

function checked(definition: vscode.TaskDefinition): LeanTaskDefinition | Error {
  try {
    return parseTaskDefinition({ ...definition }, vscode.l10n.t);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function scopeOf(project: LeanProject): vscode.WorkspaceFolder | vscode.TaskScope {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(project.folder)) ?? vscode.TaskScope.Workspace;
}
