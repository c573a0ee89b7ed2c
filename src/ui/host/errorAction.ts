import type { WorkbenchError } from '../../base/errors';
import { COMMANDS, SETTINGS } from '../../manifest/ids';
import type { Translate } from './translate';

/** A button on an error: its words and what it runs. */
export type ActionButton =
  | { readonly title: string; readonly command: string; readonly args?: readonly unknown[] }
  | { readonly title: string; readonly url: string }
  | { readonly title: string; readonly openFile: { readonly file: string; readonly line?: number; readonly column?: number } }
  /** A text that helps, shown with a button to copy the command in it. */
  | { readonly title: string; readonly advice: string; readonly copy?: string };

/** The one button for an error, or undefined when nothing helps but its words. `platform` is Node's. */
export function actionButton(error: WorkbenchError, platform: string, t: Translate): ActionButton | undefined {
  const argument = error.actionArgument;
  switch (error.action) {
    case undefined:
      return error.location === undefined ? undefined : { title: t('Open File'), openFile: error.location };
    case 'open-log':
      return { title: t('Open Log'), command: COMMANDS.showLog };
    case 'start-docker':
      return { title: t('Start Docker'), command: COMMANDS.startEngine };
    case 'install-docker':
      return { title: t('Install Docker'), url: 'https://docs.docker.com/get-docker/' };
    case 'docker-permission-help':
      return permissionHelp(platform, t);
    case 'switch-to-linux-containers':
      return { title: t('What Helps'), advice: t('Docker Desktop can run Windows or Linux containers, not both at once. Choose “Switch to Linux containers…” in the menu of its tray icon, then run again.') };
    case 'pull-image':
      return { title: t('Pull Image'), command: COMMANDS.updateImage, ...(argument === undefined ? {} : { args: [{ image: argument }] }) };
    case 'choose-image':
      return { title: t('Choose Image'), command: COMMANDS.chooseImage };
    case 'open-settings':
      return argument === 'tasks'
        ? { title: t('Open Tasks'), command: 'workbench.action.tasks.configureTaskRunner' }
        : { title: t('Open Settings'), command: COMMANDS.openSettings, args: [{ setting: argument ?? '' }] };
    case 'open-file': {
      const location = error.location ?? (argument === undefined ? undefined : { file: argument });
      return location === undefined ? { title: t('Open Log'), command: COMMANDS.showLog } : { title: t('Open File'), openFile: location };
    }
    case 'free-space':
      return { title: t('What Helps'), advice: t('Docker has no disk space left. This removes images and containers that nothing uses: docker system prune'), copy: 'docker system prune' };
    case 'share-path-help':
      return {
        title: t('How to Share It'),
        advice:
          platform === 'linux'
            ? t('The engine runs on another machine or in a virtual machine and does not see {0}. Mount that folder there under the same path, or choose a local engine with the setting {1}.', argument ?? '', SETTINGS.dockerHost)
            : t('Docker Desktop does not share {0}. Add it under Settings → Resources → File sharing (or, with WSL, keep the workspace in the distribution that Docker uses), then run again.', argument ?? ''),
      };
    case 'manage-trust':
      return { title: t('Manage Trust'), command: 'workbench.trust.manage' };
    case 'retry':
      if (error.reason.startsWith('image-') && argument !== undefined) return { title: t('Pull Again'), command: COMMANDS.updateImage, args: [{ image: argument }] };
      return { title: t('Try Again'), command: COMMANDS.checkEngine };
    case 'show-plan':
      return { title: t('Show Launch Plan'), command: COMMANDS.showLaunchPlan };
    case 'kill':
      return { title: t('Kill'), command: COMMANDS.kill, ...(argument === undefined ? {} : { args: [{ runId: argument }] }) };
  }
}

function permissionHelp(platform: string, t: Translate): ActionButton {
  if (platform !== 'linux') return { title: t('What Helps'), advice: t('Sign in with a user who may use Docker, or start Docker Desktop as yourself.') };
  const command = 'sudo usermod -aG docker $USER';
  return {
    title: t('What Helps'),
    advice: t('Your user may not use the Docker socket. Add it to the group docker in a terminal, then sign out and in again: {0}. Members of that group control the machine; rootless Docker or Podman need no group.', command),
    copy: command,
  };
}

/** How Docker is started here: by a program, or by a command that a person must run (never elevated by us). */
export function startEngineWay(platform: string, t: Translate): { readonly run: { readonly command: string; readonly args: readonly string[] } } | { readonly advice: string; readonly copy: string } {
  if (platform === 'darwin') return { run: { command: 'open', args: ['-a', 'Docker'] } };
  if (platform === 'win32') return { run: { command: 'cmd', args: ['/c', 'start', '', '%ProgramFiles%\\Docker\\Docker\\Docker Desktop.exe'] } };
  const copy = 'sudo systemctl start docker';
  return { advice: t('Start the Docker service in a terminal: {0}. Rootless Docker: systemctl --user start docker. Docker Desktop: systemctl --user start docker-desktop.', copy), copy };
}
