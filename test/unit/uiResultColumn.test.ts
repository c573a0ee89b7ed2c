import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resultColumn } from '../../src/ui/host/resultColumn.present';

const group = (column: number, how: 'active' | 'other' = 'other', results = false): { column: number; active: boolean; results: boolean } => ({ column, active: how === 'active', results });

describe('where a result opens', () => {
  it('opens beside a lonely source, later with the other results', () => {
    assert.equal(resultColumn([group(1, 'active')], true), 'beside');
    assert.equal(resultColumn([group(1, 'active'), group(2, 'other', true)], true), 2);
  });

  it('makes no third column when the source stands among the results', () => {
    assert.equal(resultColumn([group(1), group(2, 'active', true)], true), 1);
    assert.equal(resultColumn([group(1), group(2, 'active'), group(3)], true), 3);
    assert.equal(resultColumn([group(1, 'other', true), group(2, 'active'), group(3)], true), 1);
  });

  it('does not cover the source with a result that was chosen in the tree, when results have a place', () => {
    assert.equal(resultColumn([group(1, 'active'), group(2, 'other', true)], false), 2);
    assert.equal(resultColumn([group(1), group(2, 'active', true)], false), 'active');
    assert.equal(resultColumn([group(1, 'active')], false), 'active');
  });
});
