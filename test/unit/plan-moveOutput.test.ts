import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withFreeOutput } from '../../src/lean/moveOutput';
import type { LaunchPlan } from '../../src/lean/plan';
import { planLaunch } from '../../src/lean/planLaunch';
import type { RunRequest } from '../../src/lean/request';
import { inputOf, projectOf, WORKSPACE } from './plan-support';

const FOLDER = `${WORKSPACE}/Py`;

function planOf(request: Partial<RunRequest> = {}): LaunchPlan {
  return planLaunch(inputOf('Python', { project: projectOf('Py', 'Python'), request: { command: 'backtest', projectFolder: FOLDER, ...request } }));
}

describe('an output folder of its own for each run', () => {
  it('leaves a plan alone whose folder nobody has', () => {
    const plan = planOf();
    assert.equal(withFreeOutput(plan, () => false), plan);
  });

  it('counts on where runs of the same second have the name, and moves everything that names the folder', () => {
    const plan = planOf();
    const { folder } = plan.output;
    const moved = withFreeOutput(plan, (path) => path === folder || path === `${folder}-2`);
    assert.equal(moved.output.folder, `${folder}-3`);
    // Nothing else of the plan differs: putting the old name back gives the old plan.
    assert.deepEqual(JSON.parse(JSON.stringify(moved).replaceAll(`${folder}-3`, folder)), JSON.parse(JSON.stringify(plan)));
    assert.equal(JSON.stringify(moved).split(`${folder}-3`).length, JSON.stringify(plan).split(folder).length);
    assert.ok(moved.container.mounts.some((mount) => mount.type === 'bind' && mount.target === '/Results' && mount.source === `${folder}-3`));
  });

  it('counts on from a name that was counted already', () => {
    const plan = planOf();
    const { folder } = plan.output;
    const second = withFreeOutput(plan, (path) => path === folder);
    assert.equal(second.output.folder, `${folder}-2`);
    assert.equal(withFreeOutput(second, (path) => path === `${folder}-2`).output.folder, `${folder}-3`);
  });

  it('never renames a folder that the person chose', () => {
    const plan = planOf({ output: 'results/mine' });
    assert.equal(withFreeOutput(plan, () => true).output.folder, `${WORKSPACE}/results/mine`);
  });
});
