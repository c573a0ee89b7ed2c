import assert from 'node:assert/strict';
import { build } from 'esbuild';
import { appendFile, copyFile, mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { delay } from '../../src/base/clock';
import { WorkbenchError } from '../../src/base/errors';
import { silentLogger } from '../../src/base/logger';
import type { RunEvent } from '../../src/lean/events';
import type { LaunchPlan } from '../../src/lean/plan';
import { readResultFolder } from '../../src/files/resultFolder';
import { readRunLog } from '../../src/files/resultLog';
import { createInlineResultReader, WorkerResultReader } from '../../src/files/resultReader';
import { createResultWatch } from '../../src/files/resultWatch';
import { RECORDINGS } from './resultRecordings';

let scratch = '';
let workerFile = '';
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lwt-result-'));
  workerFile = join(scratch, 'resultWorker.js');
  await build({ entryPoints: ['src/files/resultWorker.ts'], bundle: true, platform: 'node', format: 'cjs', target: 'node20', mainFields: ['module', 'main'], outfile: workerFile, logLevel: 'error' });
});
after(() => rm(scratch, { recursive: true, force: true }));

let counter = 0;
async function emptyFolder(): Promise<string> {
  const folder = join(scratch, `folder ${++counter}`);
  await mkdir(folder);
  return folder;
}

async function until(holds: () => boolean, what: string, limit = 5000): Promise<void> {
  const end = Date.now() + limit;
  while (!holds()) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await delay(20);
  }
}

const failure = async (promise: Promise<unknown>): Promise<WorkbenchError> => {
  const error: unknown = await promise.then(() => new Error('it succeeded'), (reason: unknown) => reason);
  assert.ok(error instanceof WorkbenchError, String(error));
  return error;
};

describe('a result folder', () => {
  it('is searched by content: monitor, summary, events and configuration are passed over', async () => {
    const result = await readResultFolder(join(RECORDINGS, 'order-types'));
    assert.equal(result?.algorithmId, 'OrderTypesAlgorithm');
    assert.equal(result.orders.length, 10);
    assert.deepEqual(result.dataRequests, { succeeded: 13, failed: 10 });
  });

  it('takes a result under any name', async () => {
    const folder = await emptyFolder();
    await copyFile(join(RECORDINGS, 'order-types/OrderTypesAlgorithm.json'), join(folder, 'alpha-results.json'));
    await copyFile(join(RECORDINGS, 'order-types/OrderTypesAlgorithm-summary.json'), join(folder, '12345.json'));
    assert.equal((await readResultFolder(folder))?.algorithmId, 'alpha-results');
  });

  it('without a result has none', async () => {
    assert.equal(await readResultFolder(await emptyFolder()), undefined);
    assert.equal(await readResultFolder(join(scratch, 'not there')), undefined);
    assert.equal(await readResultFolder(join(RECORDINGS, 'order-types'), { algorithmId: 'Other' }), undefined);
  });

  it('with an old cut-off result says so at once, with the place', async () => {
    const folder = await emptyFolder();
    const text = await readFile(join(RECORDINGS, 'order-types/OrderTypesAlgorithm.json'), 'utf8');
    await writeFile(join(folder, 'A.json'), text.slice(0, 30_000));
    await utimes(join(folder, 'A.json'), 1_700_000_000, 1_700_000_000);
    const error = await failure(readResultFolder(folder));
    assert.equal(error.reason, 'file-invalid');
    assert.equal(error.location?.file, join(folder, 'A.json'));
    assert.ok((error.location.line ?? 0) >= 1);
  });

  it('that is just being written is read when it is whole', async () => {
    const folder = await emptyFolder();
    const text = await readFile(join(RECORDINGS, 'order-types/OrderTypesAlgorithm.json'), 'utf8');
    await writeFile(join(folder, 'A.json'), text.slice(0, 30_000));
    const reading = readResultFolder(folder, { algorithmId: 'A' });
    await delay(80);
    await appendFile(join(folder, 'A.json'), text.slice(30_000));
    assert.equal((await reading)?.orders.length, 10);
  });
});

describe('the reading thread', () => {
  it('gives what reading here gives, arrays included', async () => {
    const reader = new WorkerResultReader({ workerFile });
    try {
      const folder = join(RECORDINGS, 'py-pygood');
      assert.deepEqual(await reader.read(folder), await createInlineResultReader().read(folder));
      const summary = await reader.summarize(folder);
      assert.equal(summary?.figures.totalOrders, 17);
      assert.equal(summary.status, 'Completed');
    } finally {
      reader.dispose();
    }
  });

  it('passes errors on whole', async () => {
    const folder = await emptyFolder();
    await writeFile(join(folder, 'A.json'), '{"charts": {');
    await utimes(join(folder, 'A.json'), 1_700_000_000, 1_700_000_000);
    const reader = new WorkerResultReader({ workerFile });
    try {
      const error = await failure(reader.read(folder));
      assert.equal(error.reason, 'file-invalid');
      assert.equal(error.action, 'open-file');
      assert.deepEqual(error.location, { file: join(folder, 'A.json'), line: 1, column: 13 });
    } finally {
      reader.dispose();
    }
  });

  it('stops when cancelled, and still answers the others', async () => {
    const reader = new WorkerResultReader({ workerFile });
    try {
      const stop = new AbortController();
      const cancelled = failure(reader.read(join(RECORDINGS, 'daily-multiyear'), undefined, stop.signal));
      const other = reader.summarize(join(RECORDINGS, 'quit'));
      stop.abort();
      assert.equal((await cancelled).reason, 'cancelled');
      assert.equal((await other)?.figures.totalOrders, 1);
      assert.equal((await failure(reader.read(join(RECORDINGS, 'quit'), undefined, stop.signal))).reason, 'cancelled');
    } finally {
      reader.dispose();
    }
    assert.equal((await failure(reader.read(join(RECORDINGS, 'quit')))).reason, 'cancelled');
  });

  it('that cannot start or runs out of memory says so', async () => {
    const reader = new WorkerResultReader({ workerFile, memoryMb: 12 });
    const folder = await emptyFolder();
    const values = Array.from({ length: 400_000 }, (_, index) => [index, index / 7]);
    await writeFile(join(folder, 'A.json'), JSON.stringify({ charts: { C: { series: { S: { values } } } }, orders: {}, statistics: {} }));
    try {
      const error = await failure(reader.read(folder));
      assert.equal(error.reason, 'file-unreadable');
      assert.match(error.message, /12 MB of memory/);
    } finally {
      reader.dispose();
    }
    const missing = new WorkerResultReader({ workerFile: join(scratch, 'nothing.js') });
    assert.equal((await failure(missing.read(folder))).reason, 'file-unreadable');
    missing.dispose();
  });
});

describe('watching a running backtest', () => {
  type Results = Extract<RunEvent, { type: 'results' }>;
  const plan = (folder: string): LaunchPlan => ({ runId: 'r', algorithmId: 'SlowAlgorithm', output: { folder } }) as unknown as LaunchPlan;

  it('tells figures, the simulated time and the status on each change, once', async () => {
    const folder = await emptyFolder();
    const seen: Results[] = [];
    const watch = createResultWatch({ reader: createInlineResultReader(), logger: silentLogger, pollMs: 60, settleMs: 20 });
    const subscription = watch.watch(plan(folder), (event) => seen.push(event));
    try {
      await delay(150);
      assert.equal(seen.length, 0);
      await copyFile(join(RECORDINGS, 'slow-progress-midrun/SlowAlgorithm.json'), join(folder, 'SlowAlgorithm.json'));
      await until(() => seen.length > 0, 'the first partial result');
      assert.equal(seen[0]?.status, 'Running');
      assert.equal(seen[0].simulatedTo, 1_274_364_000);
      assert.equal(seen[0].figures?.totalOrders, 9);
      await delay(250);
      assert.equal(seen.length, 1, 'an unchanged file is not told again');
      await copyFile(join(RECORDINGS, 'slow-progress/SlowAlgorithm.json'), join(scratch, 'whole.json'));
      await rename(join(scratch, 'whole.json'), join(folder, 'SlowAlgorithm.json'));
      await until(() => seen.length > 1, 'the whole result');
      assert.equal(seen[1]?.status, 'Completed');
      assert.equal(seen[1].figures?.totalOrders, 76);
    } finally {
      subscription.dispose();
    }
  });

  it('tells a fault that stays once, not with every look', async () => {
    const folder = await emptyFolder();
    const warned: string[] = [];
    await writeFile(join(folder, 'SlowAlgorithm.json'), '{}');
    let looks = 0;
    const reader = { summarize: async (): Promise<undefined> => { looks++; await writeFile(join(folder, 'SlowAlgorithm.json'), ' '.repeat(looks)); throw new Error('no luck'); } };
    const subscription = createResultWatch({ reader, logger: { ...silentLogger, warn: (message) => warned.push(message) }, pollMs: 20, settleMs: 5 }).watch(plan(folder), () => undefined);
    try {
      await until(() => looks > 3, 'the fourth look');
      assert.deepEqual(warned, ['Result of r could not be read: Error: no luck']);
    } finally {
      subscription.dispose();
    }
  });

  it('waits for a half-written file instead of calling it broken', async () => {
    const folder = await emptyFolder();
    const said: string[] = [];
    const seen: Results[] = [];
    const logger = { ...silentLogger, warn: (message: string) => said.push(message) };
    const watch = createResultWatch({ reader: createInlineResultReader(), logger, pollMs: 60, settleMs: 20 });
    const subscription = watch.watch(plan(folder), (event) => seen.push(event));
    try {
      const text = await readFile(join(RECORDINGS, 'slow-progress-midrun/SlowAlgorithm.json'), 'utf8');
      await writeFile(join(folder, 'SlowAlgorithm.json'), text.slice(0, 20_000));
      await delay(300);
      assert.equal(seen.length, 0);
      await appendFile(join(folder, 'SlowAlgorithm.json'), text.slice(20_000));
      await until(() => seen.length > 0, 'the whole file');
      assert.equal(seen[0]?.status, 'Running');
      assert.deepEqual(said, []);
    } finally {
      subscription.dispose();
    }
  });

  it('tells nothing after its disposal', async () => {
    const folder = await emptyFolder();
    const seen: Results[] = [];
    createResultWatch({ reader: createInlineResultReader(), logger: silentLogger, pollMs: 30, settleMs: 10 }).watch(plan(folder), (event) => seen.push(event)).dispose();
    await copyFile(join(RECORDINGS, 'slow-progress-midrun/SlowAlgorithm.json'), join(folder, 'SlowAlgorithm.json'));
    await delay(200);
    assert.deepEqual(seen, []);
  });

  it('reads once on demand', async () => {
    const watch = createResultWatch({ reader: createInlineResultReader(), logger: silentLogger });
    const event = await watch.read(join(RECORDINGS, 'runtime-throw'), undefined);
    assert.equal(event?.status, 'RuntimeError');
    assert.match(event.runtimeError ?? '', /Strategy blew up/);
    assert.equal(await watch.read(await emptyFolder(), undefined), undefined);
  });
});

describe('the log of a run folder', () => {
  it('is the kept console, else log.txt, else the algorithm’s own', async () => {
    const folder = await emptyFolder();
    assert.equal(await readRunLog(folder, 'A'), undefined);
    await writeFile(join(folder, 'A-log.txt'), 'own\n');
    assert.deepEqual((await readRunLog(folder, 'A'))?.lines, ['own']);
    await writeFile(join(folder, 'log.txt'), 'one\r\ntwo\n');
    assert.deepEqual((await readRunLog(folder, 'A'))?.lines, ['one', 'two']);
    await mkdir(join(folder, '.lean-workbench'));
    await writeFile(join(folder, '.lean-workbench/console.log'), 'console');
    assert.deepEqual((await readRunLog(folder, 'A'))?.lines, ['console']);
  });
});
