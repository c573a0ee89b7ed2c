import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '../../src/base/logger';
import { RECORD_FOLDER } from '../../src/files/recordFolder';
import { claimRun, isRunClaimed } from '../../src/files/runClaim';
import { createRunRecords } from '../../src/files/runRecord';
import type { RunEvent } from '../../src/lean/events';
import { LABELS } from '../../src/lean/plan';
import { snapshotOf } from '../../src/runs/runTracker';
import { planFor } from './logRecordings';
import { makeBench } from './runsFakes';

let root = '';
let next = 0;
before(async () => { root = await mkdtemp(join(tmpdir(), 'lean-workbench-claims-')); });
after(async () => { await rm(root, { recursive: true, force: true }); });

async function runFolder(): Promise<string> {
  const folder = join(root, `run ${++next}`);
  await mkdir(join(folder, RECORD_FOLDER), { recursive: true });
  return folder;
}
const ownerFile = (folder: string): string => join(folder, RECORD_FOLDER, 'owner.json');

describe('the claim on a run', () => {
  it('is one window’s at a time, and free when it is released', async () => {
    const folder = await runFolder();
    const all = await Promise.all(Array.from({ length: 8 }, () => claimRun(folder)));
    const ours = all.filter((claim) => claim !== undefined);
    assert.equal(ours.length, 1);
    assert.equal(await isRunClaimed(folder), true);
    await ours[0]?.release();
    await ours[0]?.release();
    assert.equal(await isRunClaimed(folder), false);
    assert.deepEqual(await readdir(join(folder, RECORD_FOLDER)), []);
    assert.equal(await claimRun(join(root, 'nowhere')), undefined);
  });

  it('holds as long as the other window’s process lives, and is taken over after it', async () => {
    const folder = await runFolder();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    try {
      await writeFile(ownerFile(folder), JSON.stringify({ token: 'theirs', pid: other.pid, host: hostname() }));
      assert.equal(await claimRun(folder), undefined);
    } finally {
      other.kill('SIGKILL');
      await once(other, 'exit');
    }
    const dead = JSON.stringify({ token: 'theirs', pid: other.pid, host: hostname() });
    for (let round = 0; round < 100; round++) {
      await writeFile(ownerFile(folder), dead);
      const claims = (await Promise.all(Array.from({ length: 6 }, () => claimRun(folder)))).filter((claim) => claim !== undefined);
      assert.equal(claims.length, 1, `round ${round}`);
      await claims[0]?.release();
      assert.deepEqual(await readdir(join(folder, RECORD_FOLDER)), []);
    }
  });

  it('of another machine, or cut off by a crash, holds while it shows signs of life', async () => {
    for (const text of [JSON.stringify({ token: 'theirs', pid: 1, host: 'another machine' }), '{"tok']) {
      const folder = await runFolder();
      await writeFile(ownerFile(folder), text);
      assert.equal(await claimRun(folder), undefined);
      const before = new Date(Date.now() - 60_000);
      await utimes(ownerFile(folder), before, before);
      const claim = await claimRun(folder);
      assert.ok(claim);
      await claim.release();
    }
  });

  it('makes a run of another window a running one, not a lost one', async () => {
    const folder = await runFolder();
    const records = createRunRecords(silentLogger);
    await records.saveSnapshot(folder, { snapshot: { ...snapshotOf(planFor()), state: 'running', phase: 'running' } });
    const found = { folder: { kind: 'backtest', projectFolder: root, folder, name: 'x', startedAt: 1 }, workspaceFolder: root, projectName: 'P' } as const;
    const claim = await claimRun(folder);
    assert.equal((await records.discover(found)).state, 'running');
    await claim?.release();
    assert.equal((await records.discover(found)).state, 'lost');
  });
});

describe('two windows on one workspace', () => {
  const FOLDER = planFor().output.folder;
  const container = { id: 'c-run-1', name: 'lean_1', running: true, createdAt: 1, labels: { [LABELS.run]: 'run-1', [LABELS.output]: FOLDER } };

  it('one follows and records; the other reads its record, stops it by the engine, and takes over when the first is closed', async () => {
    const first = makeBench(async function* (): AsyncIterable<RunEvent> {
      yield { type: 'created', containerId: 'c-run-1', name: 'lean_1', at: 1 };
      yield { type: 'started', at: 1 };
      yield { type: 'lines', lines: ['one'], offset: 4, at: 1 };
      await new Promise(() => undefined);
    });
    first.runner.start(planFor());
    while (first.records.records.get(FOLDER)?.console === undefined) await delay(5);
    const second = makeBench(() => { throw new Error('nothing is launched'); }, { lookAgainMs: 20 }, first);
    second.engine.containers = [container];
    second.engine.adoptScript = () => [{ type: 'lines', lines: ['two'], offset: 8, at: 2 }, { type: 'exited', code: 0, outOfMemory: false, at: 3 }];
    assert.deepEqual(await second.runner.adopt(['/home/me/ws']), []);
    await delay(60);
    assert.deepEqual(second.engine.adopted, [], 'while the first window lives');
    assert.equal(first.records.consoles.get(FOLDER), 'one\n');

    const found = { folder: { kind: 'backtest', projectFolder: planFor().projectFolder, folder: FOLDER, name: 'x', startedAt: 1 }, workspaceFolder: '/home/me/ws', projectName: 'P' } as const;
    await second.store.reload(found);
    assert.equal(second.store.get(FOLDER)?.state, 'running');
    await second.runner.stop('run-1');
    assert.deepEqual(second.engine.stops, [{ id: 'c-run-1', force: false }]);

    first.runner.dispose();
    while (second.engine.adopted.length === 0) await delay(5);
    await second.runner.find('run-1')?.gone;
    assert.deepEqual(second.engine.adopted, [{ id: 'c-run-1', offset: 4 }]);
    assert.equal(first.records.consoles.get(FOLDER), 'one\ntwo\n');
    assert.deepEqual([...first.records.claims], []);
    second.runner.dispose();
    second.store.dispose();
  });

  it('a launch that its window’s end breaks off leaves no folder', async () => {
    let left = false;
    const bench = makeBench(async function* (_plan, _engine, signal): AsyncIterable<RunEvent> {
      try {
        yield { type: 'phase', phase: 'creating', at: 1 };
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        yield { type: 'phase', phase: 'starting', at: 2 };
      } finally {
        left = true;
      }
    });
    const { gone } = bench.runner.start(planFor());
    while (bench.records.claims.size === 0) await delay(5);
    await delay(5);
    bench.runner.dispose();
    await gone;
    assert.equal(left, true);
    assert.deepEqual(bench.results.discarded, [FOLDER]);
    assert.deepEqual([...bench.records.claims], []);
  });
});
