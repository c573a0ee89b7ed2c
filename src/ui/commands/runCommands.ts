import * as vscode from 'vscode';
import type { LeanProject } from '../../lean/model';
import type { RunRequest } from '../../lean/request';
import { isFinal } from '../../lean/run';
import type { Services } from '../host/services';
import { checkRunName, formatParameters, parseParameters } from './parameters.present';
import { projectFor, runFor, type Target } from './targets';

/** Runs a project's backtest and shows it: terminal, and result page as the setting says. */
export async function backtest(services: Services, target: Target): Promise<void> {
  const project = await projectFor(target, services);
  if (project !== undefined) await runAndShow(services, project, { command: 'backtest', projectFolder: project.folder });
}

/** Asks for a name and parameters, then runs. config.json is read, never written. */
export async function backtestWith(services: Services, target: Target): Promise<void> {
  const project = await projectFor(target, services);
  if (project === undefined) return;
  const t = vscode.l10n.t;
  const key = `lean.parameters:${project.folder}`;
  const own = await (await services.core()).parametersOf(project);
  const last = services.context.workspaceState.get<Record<string, string>>(key);
  const title = t('Backtest {0} with…', project.name);
  const name = await vscode.window.showInputBox({
    title: `${title} (1/2)`,
    prompt: t('Name of the backtest; empty: its time'),
    validateInput: (value) => checkRunName(value, t),
  });
  if (name === undefined) return;
  const text = await vscode.window.showInputBox({
    title: `${title} (2/2)`,
    prompt: t('Parameters: name=value, separated by commas. They replace those of config.json for this run.'),
    value: formatParameters({ ...own, ...last }),
    ignoreFocusOut: true,
    validateInput: (value) => {
      const parsed = parseParameters(value, t);
      return parsed.ok ? undefined : parsed.message;
    },
  });
  if (text === undefined) return;
  const parsed = parseParameters(text, t);
  if (!parsed.ok) return;
  await services.context.workspaceState.update(key, parsed.parameters);
  await runAndShow(services, project, {
    command: 'backtest',
    projectFolder: project.folder,
    parameters: parsed.parameters,
    ...(name.trim() === '' ? {} : { name: name.trim() }),
  });
}

/** Runs again what a run was: same name, parameters and image. Without a run: the newest of the current project. */
export async function runAgain(services: Services, target: Target): Promise<void> {
  if (target.runId === undefined) {
    await backtest(services, target);
    return;
  }
  const run = await runFor(target, services, () => true, '');
  if (run === undefined) return;
  await runAndShow(services, await services.runService.project(run.projectFolder), services.runService.requestOf(run));
}

/** Stops gracefully; asks before it kills. */
export async function stop(services: Services, target: Target): Promise<void> {
  const run = await runFor(target, services, (item) => !isFinal(item.state), vscode.l10n.t('Run to stop'));
  if (run !== undefined) await services.runService.stop(run.id);
}

/** Kills after a confirmation that says what is lost. */
export async function kill(services: Services, target: Target): Promise<void> {
  const run = await runFor(target, services, (item) => !isFinal(item.state), vscode.l10n.t('Run to kill'));
  if (run === undefined) return;
  const t = vscode.l10n.t;
  const yes = t('Kill');
  const chosen = await vscode.window.showWarningMessage(t('Kill the backtest of {0}?', run.projectName), { modal: true, detail: t('Results that are not written yet are lost. “Stop” lets LEAN write them first.') }, yes);
  if (chosen === yes) await services.runService.kill(run.id);
}

async function runAndShow(services: Services, project: LeanProject, request: RunRequest): Promise<void> {
  await vscode.workspace.saveAll(false);
  const runId = await services.runService.start(request);
  const run = services.runs.get(runId);
  if (run === undefined) return;
  await services.tasks.show(run, project, 'show');
}
