import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isKept, milliseconds, seconds, toMarkdown, toText, type Figure, type Section } from '../bench/report';
import { summarize } from '../bench/stats';

describe('the statistics of the bench', () => {
  it('gives median and quartiles, interpolated', () => {
    assert.deepEqual(summarize([4, 1, 3, 2]), { count: 4, median: 2.5, low: 1.75, high: 3.25, min: 1, max: 4 });
    assert.deepEqual(summarize([7]), { count: 1, median: 7, low: 7, high: 7, min: 7, max: 7 });
  });

  it('refuses to summarize nothing', () => assert.throws(() => summarize([]), /Nothing was measured/));
});

describe('the report of the bench', () => {
  const figure: Figure = { what: 'start | Python', ours: '212 ms', against: '200 ms', value: 1.06, budget: 1.3, unit: ' ×' };
  const section: Section = { title: 'Start', how: 'How.', figures: [figure, { ...figure, what: 'activate', against: '', value: 61.2, budget: 50, unit: ' ms' }], notes: [['size', '12 kB']] };

  it('marks what is within its budget, the budget itself included', () => {
    assert.ok(isKept({ ...figure, value: 1.3 }));
    assert.ok(!isKept({ ...figure, value: 1.31 }));
  });

  it('shows times with their spread', () => {
    const summary = summarize([200, 212, 230]);
    assert.equal(milliseconds(summary), '212 ms (206–221, n 3)');
    assert.equal(milliseconds(summarize([4.26])), '4.3 ms (4.3–4.3, n 1)');
    assert.equal(seconds(summary), '0.21 s (0.21–0.22, n 3)');
  });

  it('writes tables that hold in Markdown', () => {
    const text = toMarkdown({ rows: [['machine', '2 cores']] }, [section]);
    assert.match(text, /^\| start \\\| Python \| 212 ms \| 200 ms \| 1\.06 × \| ≤ 1\.3 × \| ✔ \|$/m);
    assert.match(text, /^\| activate \| 212 ms \| – \| 61 ms \| ≤ 50 ms \| ✘ \|$/m);
    assert.match(text, /^\| machine \| 2 cores \|$/m);
    assert.ok(text.indexOf('How.') < text.indexOf('start'));
  });

  it('shows the same in a terminal', () => assert.match(toText(section), /^ {2}activate\s+212 ms\s+–\s+61 ms\s+≤ 50 ms\s+✘$/m));
});
