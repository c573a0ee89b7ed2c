import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkbenchError } from '../../src/base/errors';
import { english } from '../../src/base/l10n';
import { parseBacktestResult } from '../../src/lean/resultParse';
import { summarizeResult } from '../../src/lean/resultSummary';
import { buildCharts, buildHead } from '../../src/ui/webviews/resultPresenter';
import { engineRecordings, random } from './resultRecordings';

const sample = engineRecordings().find((recording) => recording.name === 'quit') ?? assert.fail('no recording');
const ODD: readonly unknown[] = [null, true, -1, 1e308, '', 'NaN', '<b>', [], {}, [[]], [null], { x: null }, Number.MAX_SAFE_INTEGER, '\u0000', '2013-13-45T99:99:99Z'];

/** Reads a text and takes it all the way to the page's messages; only a WorkbenchError is allowed. */
function survive(text: string, events: string | undefined, what: string): 'read' | 'refused' {
  const began = performance.now();
  try {
    const result = parseBacktestResult({ file: '/x/A.json', text, ...(events === undefined ? {} : { events: { file: '/x/E.json', text: events } }) });
    const head = buildHead({ folder: '/x', run: undefined, result, hasCodeSnapshot: false, hasPlan: false }, english);
    assert.equal(typeof head.title, 'string');
    for (const chart of buildCharts(result)) for (const series of chart.series) assert.equal(series.times.byteLength, series.values.byteLength);
    assert.equal(typeof summarizeResult(result).status, 'string');
    for (const [name, value] of Object.entries(result.figures)) assert.ok(Number.isFinite(value), `${what}: ${name} is ${String(value)}`);
    return 'read';
  } catch (error) {
    if (error instanceof WorkbenchError) return 'refused';
    throw new Error(what, { cause: error });
  } finally {
    assert.ok(performance.now() - began < 5000, `${what}: took too long`);
  }
}

/** Replaces one random value in the tree by something odd, or renames or drops a key. */
function mutate(root: unknown, next: () => number): void {
  let holder = root as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(holder);
    const key = keys[Math.floor(next() * keys.length)];
    if (key === undefined) return;
    const value = holder[key];
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0 && next() < 0.85) {
      holder = value as Record<string, unknown>;
      continue;
    }
    const act = next();
    if (act < 0.15) Reflect.deleteProperty(holder, key);
    else if (act < 0.25) {
      holder[key.toUpperCase()] = value;
      Reflect.deleteProperty(holder, key);
    } else holder[key] = ODD[Math.floor(next() * ODD.length)];
    return;
  }
}

describe('the reader of results', () => {
  it('survives 400 changed documents', () => {
    const base = JSON.stringify({ ...sample.json, rollingWindow: {} });
    let read = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const next = random(seed);
      const json = JSON.parse(base) as unknown;
      for (let times = 1 + Math.floor(next() * 6); times > 0; times--) mutate(json, next);
      if (survive(JSON.stringify(json), JSON.stringify(sample.events), `seed ${seed}`) === 'read') read++;
    }
    assert.ok(read > 300, `only ${read} of 400 were read: too much is refused`);
  });

  it('survives 300 cut or garbled texts', () => {
    const base = sample.text.slice(0, 20_000) + sample.text.slice(-5_000);
    let refused = 0;
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed * 7919);
      const at = Math.floor(next() * sample.text.length);
      const garbled = [() => sample.text.slice(0, at), () => sample.text.slice(0, at) + String.fromCharCode(Math.floor(next() * 0xffff)) + sample.text.slice(at + 1), () => base, () => sample.text.slice(0, at) + sample.text.slice(at + 10)][seed % 4];
      if (survive(garbled?.() ?? '', undefined, `seed ${seed}`) === 'refused') refused++;
    }
    assert.ok(refused > 100, `only ${refused} were refused`);
  });

  it('survives deep nesting and huge numbers of keys', () => {
    survive('['.repeat(100_000), undefined, 'deep list');
    survive(`{"charts":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)},"statistics":{},"orders":{}}`, undefined, 'deep object');
    survive(JSON.stringify({ charts: Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`c${index}`, index])), statistics: {}, orders: {} }), undefined, 'many charts');
  });
});
