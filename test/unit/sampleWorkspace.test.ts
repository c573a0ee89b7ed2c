import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'jsonc-parser';
import { z } from 'zod';
import { PAST_RUNS, RECORDINGS, timeStamp, toOldLayout } from '../demo/pastRuns';
import { makeSampleWorkspace, SAMPLE_PROJECTS } from '../demo/sampleWorkspace';

describe('the sample workspace', () => {
  const now = new Date(2026, 10, 21, 12, 0, 0);
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lean-sample-'));
    await makeSampleWorkspace(folder, { marketData: false, now, settings: { 'lean.image': 'x' } });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('has a lean.json with comments, trailing commas and a relative data folder', async () => {
    const text = await readFile(join(folder, 'lean.json'), 'utf8');
    assert.throws(() => void JSON.parse(text), SyntaxError, 'a plain JSON reader must not be enough');
    const schema = z.object({ 'data-folder': z.literal('data'), environments: z.object({ backtesting: z.object({ 'live-mode': z.literal(false) }) }) });
    assert.ok(schema.safeParse(parse(text, [], { allowTrailingComma: true })).success);
  });

  it('names a recording that exists in every algorithm', async () => {
    for (const [project, file] of [[SAMPLE_PROJECTS.python, 'main.py'], [SAMPLE_PROJECTS.pythonWithLibrary, 'main.py'], [SAMPLE_PROJECTS.csharp, 'Main.cs']] as const) {
      const recording = /^(?:#|\/\/) standin: (\S+)$/m.exec(await readFile(join(folder, project, file), 'utf8'))?.[1];
      assert.ok(recording !== undefined, `${project} names a recording`);
      assert.ok((await stat(join(RECORDINGS, recording))).isDirectory(), recording);
    }
  });

  it('lays past runs as lean leaves them, files named after the algorithm id', async () => {
    const [run] = PAST_RUNS;
    assert.ok(run !== undefined);
    const runFolder = join(folder, run.project, 'backtests', timeStamp(new Date(now.getTime() - run.minutesAgo * 60_000)));
    const files = await readdir(runFolder);
    for (const name of ['.json', '-summary.json', '-order-events.json', '-log.txt'].map((end) => run.algorithmId + end)) assert.ok(files.includes(name), name);
    for (const name of ['log.txt', 'config', 'code']) assert.ok(files.includes(name), name);
    assert.ok(!files.includes('stdout.txt') && !files.includes('run.json'), 'the recorder keeps its own files');
    assert.deepEqual(await readdir(join(runFolder, 'code')), ['main.py']);
    const events = z.array(z.object({ algorithmId: z.string(), id: z.string() })).parse(JSON.parse(await readFile(join(runFolder, `${run.algorithmId}-order-events.json`), 'utf8')));
    assert.ok(events.length > 0 && events.every((event) => event.algorithmId === run.algorithmId && event.id.startsWith(`${run.algorithmId}-`)));
  });

  it('has one run of an old layout whose name is no time stamp', async () => {
    const old = PAST_RUNS.find((run) => run.oldLayout === true);
    assert.ok(old?.folderName !== undefined);
    const runFolder = join(folder, old.project, 'backtests', old.folderName);
    const files = await readdir(runFolder);
    assert.ok(!files.includes('config') && !files.some((name) => name.endsWith('-summary.json')));
    const schema = z.object({ Charts: z.object({ 'Strategy Equity': z.object({ Series: z.object({ Equity: z.object({ Values: z.array(z.object({ x: z.number(), y: z.number() })) }) }) }) }), Statistics: z.object({ 'Total Orders': z.string() }) });
    const result = schema.parse(JSON.parse(await readFile(join(runFolder, `${old.algorithmId}.json`), 'utf8')));
    assert.ok(result.Charts['Strategy Equity'].Series.Equity.Values.length > 100);
  });

  it('writes the settings that the caller wants', async () => {
    assert.deepEqual(JSON.parse(await readFile(join(folder, '.vscode', 'settings.json'), 'utf8')), { 'lean.image': 'x' });
  });

  it('turns keys to the old case, but not names', () => {
    const now = { charts: { ema: { name: 'ema', series: { fast: { seriesType: 0, values: [[1, 2], [3, null], [5, 6, 7, 8, 9]] } } } }, statistics: { 'Net Profit': '1%' } };
    assert.deepEqual(toOldLayout(now), {
      Charts: { ema: { Name: 'ema', Series: { fast: { SeriesType: 0, Values: [{ x: 1, y: 2 }, { x: 3, y: null }, { x: 5, y: 9 }] } } } },
      Statistics: { 'Net Profit': '1%' },
    });
  });
});
