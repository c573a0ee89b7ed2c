import { LABELS, type LaunchPlan } from './plan';

/**
 * The plan with a folder of its own where others may have the same: `-2`, `-3` … after its name, as planLaunch does for names
 * that are on disk already. A folder that the person chose stays: its name is theirs, and preparing it tells that it is taken.
 * @param isTaken whether a run has a folder already, though it may not be on disk yet
 */
export function withFreeOutput(plan: LaunchPlan, isTaken: (folder: string) => boolean): LaunchPlan {
  if (plan.output.chosen === true || !isTaken(plan.output.folder)) return plan;
  const stem = plan.output.folder.replace(/-\d+$/, (end) => (/_\d\d-\d\d-\d\d$/.test(plan.output.folder) ? end : ''));
  let count = 2;
  while (isTaken(`${stem}-${count}`)) count += 1;
  return moveOutput(plan, `${stem}-${count}`);
}

function moveOutput(plan: LaunchPlan, folder: string): LaunchPlan {
  const { output, container } = plan;
  const move = (path: string): string => (path === output.folder ? folder : path);
  return {
    ...plan,
    container: {
      ...container,
      labels: { ...container.labels, [LABELS.output]: folder },
      mounts: container.mounts.map((mount) => (mount.type === 'bind' && mount.purpose === 'results' ? { ...mount, source: move(mount.source) } : mount)),
    },
    output: { ...output, folder, code: { ...output.code, to: folder + output.code.to.slice(output.folder.length) } },
    pathMap: plan.pathMap.map((entry) => ({ ...entry, host: move(entry.host) })),
  };
}
