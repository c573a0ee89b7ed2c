import * as vscode from 'vscode';
import { spawn } from 'node:child_process';
import { asWorkbenchError } from '../../base/errors';
import { SETTINGS } from '../../manifest/ids';
import { age, bytes } from '../host/format';
import { actionButton, startEngineWay } from '../host/errorAction';
import type { Services } from '../host/services';
import { runButton, showAdvice } from '../host/showError';
import { projectFor, type Target } from './targets';

/** What an image name may look like: registry, path, tag or digest. */
const IMAGE_NAME = /^[a-z0-9]+(?:[._:/-][a-z0-9]+|__[a-z0-9]+|-+[a-z0-9]+)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/i;

/** Chooses the image of a project or of a workspace; written to our settings, never to config.json. */
export async function chooseImage(services: Services, target: Target): Promise<void> {
  const t = vscode.l10n.t;
  const wholeWorkspace = target.workspaceFolder !== undefined && target.projectFolder === undefined;
  const project = wholeWorkspace ? undefined : await projectFor(target, services);
  if (!wholeWorkspace && project === undefined) return;
  const scope = vscode.Uri.file(project?.folder ?? target.workspaceFolder ?? '');
  const chosen = await askImage(services, project?.name ?? t('this workspace'), project === undefined ? services.settings.image(scope) : await (await services.core()).imageOf(project));
  if (chosen === undefined) return;
  if (project === undefined) await services.settings.setImage(scope, chosen);
  else await services.settings.setProjectImage(scope, project.name, chosen);
}

/** Says how old the image is and pulls a newer one, or a missing one. */
export async function updateImage(services: Services, target: Target): Promise<void> {
  if (target.image !== undefined) {
    await services.images.update(target.image);
    return;
  }
  const ofWorkspace = target.workspaceFolder === undefined ? undefined : services.catalog.entries.find(({ workspace }) => workspace.folder === target.workspaceFolder);
  const project = ofWorkspace === undefined ? await projectFor(target, services) : ofWorkspace.projects.find((item) => !item.isLibrary);
  if (project === undefined) return;
  const image = await (await services.core()).imageOf(project);
  await services.images.update(image);
}

/** Looks at the engine again and says how it stands, with the one action that helps. */
export async function checkEngine(services: Services, target: Target): Promise<void> {
  const t = vscode.l10n.t;
  const known = target.word === 'known' ? services.engineState.current.error : undefined;
  const view = known === undefined ? await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: t('Looking for Docker') }, () => services.engineState.check(true, imagesInUse(services))) : services.engineState.current;
  if (view.error !== undefined) {
    const button = actionButton(view.error, process.platform, t);
    const again = t('Look Again');
    const chosen = await vscode.window.showWarningMessage(view.error.message, ...[button?.title, again].filter((title) => title !== undefined));
    if (chosen === again) await checkEngine(services, {});
    else if (chosen !== undefined && button !== undefined) await runButton(button);
    return;
  }
  const info = view.info;
  if (info === undefined) return;
  const openSettings = t('Open Settings');
  const message = t('{0} is ready: {1}, {2}, {3} processors, {4} of memory, found by {5} at {6}.', info.product, info.operatingSystem, info.architecture, info.cpus, bytes(info.memoryBytes), info.foundBy, info.endpoint);
  const chosen = await vscode.window.showInformationMessage(message, openSettings);
  if (chosen === openSettings) await vscode.commands.executeCommand('workbench.action.openSettings', SETTINGS.dockerHost);
}

/** Starts Docker Desktop where there is one; elsewhere says the command to run. Never elevates. */
export async function startEngine(services: Services): Promise<void> {
  const way = startEngineWay(process.platform, vscode.l10n.t);
  if ('advice' in way) {
    await showAdvice(way.advice, way.copy);
    await services.engineState.check(true);
    return;
  }
  const child = spawn(way.run.command, [...way.run.args], { detached: true, stdio: 'ignore', windowsHide: true });
  child.on('error', (error) => services.log.error('Docker could not be started', error));
  child.unref();
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Starting Docker'), cancellable: true }, async (_, token) => {
    for (let tries = 0; tries < 60 && !token.isCancellationRequested; tries += 1) {
      const view = await services.engineState.check(true);
      if (view.info !== undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  });
}

/** Images that are known to be in use, without reading any file. */
export function imagesInUse(services: Services): readonly string[] {
  return services.catalog.entries.map(({ workspace }) => services.settings.image(vscode.Uri.file(workspace.folder)) || DEFAULT_IMAGE);
}

export const DEFAULT_IMAGE = 'quantconnect/lean:latest';

async function askImage(services: Services, whose: string, current: string): Promise<string | undefined> {
  const t = vscode.l10n.t;
  const items: (vscode.QuickPickItem & { readonly image?: string; readonly type?: boolean })[] = [];
  for (const image of await localImages(services)) {
    items.push({ label: image.name, description: [t('{0} old', age(image.createdAt, Date.now())), bytes(image.sizeBytes), image.name === current ? t('current') : ''].filter((part) => part !== '').join(' · '), image: image.name });
  }
  for (const name of [current, DEFAULT_IMAGE]) {
    if (name !== '' && !items.some((item) => item.image === name)) items.push({ label: name, description: name === current ? t('current, not pulled') : t('not pulled'), image: name });
  }
  items.push({ label: `$(edit) ${t('Other image…')}`, type: true }, { label: `$(discard) ${t('No choice of its own')}`, description: t('config.json, the workspace or the default decide'), image: '' });
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: t('Engine image of {0}', whose), matchOnDescription: true });
  if (chosen?.type !== true) return chosen?.image;
  const name = await vscode.window.showInputBox({ prompt: t('Name of the image'), placeHolder: DEFAULT_IMAGE, value: current, validateInput: (value) => (IMAGE_NAME.test(value.trim()) ? undefined : t('Not the name of an image: registry/name:tag')) });
  return name?.trim();
}

async function localImages(services: Services): Promise<readonly { readonly name: string; readonly createdAt: number; readonly sizeBytes: number }[]> {
  try {
    return (await (await services.core()).engine.listImages?.()) ?? [];
  } catch (error) {
    // Choosing works without an engine: what is typed counts.
    services.log.warn(`Images could not be listed: ${asWorkbenchError(error).message}`);
    return [];
  }
}
