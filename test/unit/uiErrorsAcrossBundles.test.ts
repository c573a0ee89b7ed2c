import assert from 'node:assert/strict';
import { it } from 'node:test';
import { asWorkbenchError, WorkbenchError } from '../../src/base/errors';

it('an error of another bundle’s copy of the class is still ours, with reason and action', () => {
  const foreign = Object.assign(new Error('Docker does not run.'), { name: 'WorkbenchError', reason: 'engine-not-running', action: 'start-docker', visible: true });
  assert.ok(foreign instanceof WorkbenchError);
  assert.equal(asWorkbenchError(foreign, 'engine-failed'), foreign);
  assert.ok(new WorkbenchError('internal', 'x') instanceof WorkbenchError);
  for (const other of [new Error('x'), { name: 'WorkbenchError', reason: 'internal' }, null, undefined, Object.assign(new Error('x'), { reason: 'internal' })]) assert.ok(!(other instanceof WorkbenchError));
});
