import { WorkbenchError } from '../../base/errors';
import { t } from '../../base/l10n';
import { START_EXIT, type LaunchPlan } from '../../lean/plan';
import { notVisible } from './errors';

/**
 * What an exit of the start script means when LEAN could not even be begun. Undefined for exits that are the run's own
 * outcome: packages, build and syntax errors, and everything LEAN itself says.
 */
export function startFailure(plan: LaunchPlan, code: number, missing: string | undefined, lastLine: string): WorkbenchError | undefined {
  switch (code) {
    case START_EXIT.deliveryFailed:
      return new WorkbenchError('engine-failed', t('The launch files did not reach the container of {0}, neither by standard input nor by a folder. {1}', plan.image, lastLine).trim(), { action: 'open-log' });
    case START_EXIT.notVisible:
      return notVisible(missing === undefined ? plan.projectFolder : hostPath(plan, missing), '');
    case START_EXIT.noDotnet:
      return new WorkbenchError('image-unsuitable', t('The image {0} cannot run LEAN. {1} Use quantconnect/lean or an image built on it.', plan.image, lastLine), {
        action: 'choose-image',
        actionArgument: plan.image,
      });
    default:
      return undefined;
  }
}

/** The host's path of a container path, by the plan's map (longest first). */
function hostPath(plan: LaunchPlan, path: string): string {
  for (const { container, host } of plan.pathMap) {
    if (path === container || path.startsWith(container.endsWith('/') ? container : `${container}/`)) return host + path.slice(container.length);
  }
  return path;
}
