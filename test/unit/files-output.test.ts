import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { WorkbenchError, type ErrorReason } from '../../src/base/errors';
import { atomicWrite } from '../../src/files/atomic';
import { fileError } from '../../src/files/fileErrors';
import { discardResultFolder, prepareResultFolder } from '../../src/files/outputFolder';
import type { LaunchPlan } from '../../src/lean/plan';
import { planLaunch } from '../../src/lean/planLaunch';
import { EMPTY_PROJECT_CONFIG } from '../../src/lean/projectConfig';
import { tree } from './files-support';
import { inputOf, projectOf, workspaceOf } from './plan-support';

const SOURCES = {
  'P/main.py': 'x = 1', 'P/pkg/a.py': '', 'P/research.ipynb': '{}', 'P/report.css': '', 'P/report.html': '', 'P/Main.cs': '',
  'P/config.json': '{}', 'P/data.csv': '', 'P/.hidden/h.py': '', 'P/bin/b.cs': '', 'P/obj/o.cs': '', 'P/backtests/old/code/main.py': '',
  'P/live/x/main.py': '', 'P/optimizations/x/main.py': '', 'P/env/pyvenv.cfg': '', 'P/env/lib.py': '', 'P/__pycache__/main.py': '', 'secret/s.py': 'theirs',
};

function planIn(root: string, change: { output?: string; name?: string } = {}): LaunchPlan {
  const project = projectOf('P', 'Python', root);
  return planLaunch(inputOf('Python', {
    project,
    workspace: workspaceOf({ 'data-folder': 'data', 'polygon-api-key': 'K1-SECRET' }, root),
    projectConfig: { ...EMPTY_PROJECT_CONFIG, docker: { environment: { MY_TOKEN: 'K2-SECRET' }, ports: {} } },
    request: { command: 'backtest', projectFolder: project.folder, ...change },
  }));
}

function listed(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

const rejects = (promise: Promise<unknown>, reason: ErrorReason, message: RegExp): Promise<void> =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof WorkbenchError, String(error));
    assert.equal(error.reason, reason, error.message);
    assert.match(error.message, message);
    return true;
  });

describe('preparing a result folder', () => {
  it('leaves what lean leaves: config and code/, and nothing else', async () => {
    const root = tree(SOURCES);
    const plan = planIn(root, { name: 'Hello' });
    await prepareResultFolder(plan);
    assert.deepEqual(listed(plan.output.folder), ['code/Main.cs', 'code/main.py', 'code/pkg/a.py', 'code/report.css', 'code/report.html', 'code/research.ipynb', 'config']);
    assert.deepEqual(JSON.parse(readFileSync(join(plan.output.folder, 'config'), 'utf8')), { id: 1275552317, container: plan.container.name, 'backtest-name': 'Hello' });
  });

  it('does not follow links out of the project', async () => {
    const root = tree(SOURCES);
    symlinkSync('../secret', join(root, 'P/linked'));
    symlinkSync('../secret/s.py', join(root, 'P/s.py'));
    symlinkSync('main.py', join(root, 'P/same.py'));
    symlinkSync('/nowhere/x.py', join(root, 'P/gone.py'));
    const plan = planIn(root);
    await prepareResultFolder(plan);
    const code = listed(plan.output.code.to);
    assert.ok(code.includes('same.py') && !code.includes('s.py') && !code.includes('gone.py') && !code.some((path) => path.startsWith('linked')), code.join());
  });

  it('refuses a folder that holds something, and leaves it as it is', async () => {
    const root = tree({ ...SOURCES, 'out/result.json': '{}' });
    const plan = planIn(root, { output: 'out' });
    await rejects(prepareResultFolder(plan), 'name-in-use', /already holds something: .*out/);
    assert.deepEqual(listed(join(root, 'out')), ['result.json']);
  });

  it('takes an empty folder that is there', async () => {
    const root = tree({ ...SOURCES, 'out/': '' });
    await prepareResultFolder(planIn(root, { output: 'out' }));
    assert.ok(existsSync(join(root, 'out/config')));
  });

  it('names a file in the way', async () => {
    const root = tree({ 'P/main.py': '', 'P/backtests': 'a file' });
    await rejects(prepareResultFolder(planIn(root)), 'name-in-use', /A file stands where .*P\/backtests\./);
    assert.equal(readFileSync(join(root, 'P/backtests'), 'utf8'), 'a file');
  });

  it('refuses a link that leads out of the workspace', async () => {
    const root = tree({ 'ws/P/main.py': '', 'away/': '' });
    symlinkSync('../../away', join(root, 'ws/P/backtests'));
    await rejects(prepareResultFolder(planIn(join(root, 'ws'))), 'bad-request', /leads out of the workspace/);
    assert.deepEqual(readdirSync(join(root, 'away')), []);
  });

  it('leaves nothing behind when it fails half-way', async () => {
    const root = tree({ 'P/main.py': '' });
    const plan = planIn(root);
    // The project vanished meanwhile: the snapshot cannot be made.
    const broken = { ...plan, output: { ...plan.output, code: { ...plan.output.code, from: join(root, 'gone') } } };
    await rejects(prepareResultFolder(broken), 'file-missing', /gone/);
    assert.deepEqual(readdirSync(join(root, 'P')), ['main.py']);
  });

  it('says that a folder is read-only', async () => {
    const root = tree({ 'P/main.py': '' });
    chmodSync(join(root, 'P'), 0o555);
    const plan = planIn(root);
    if (process.getuid?.() === 0) {
      // Root writes everywhere: what the system would say is told apart here.
      for (const code of ['EACCES', 'EPERM', 'EROFS']) {
        const error = fileError(Object.assign(new Error('no'), { code }), join(root, 'P/backtests'), 'write');
        assert.equal(error.reason, 'folder-read-only');
        assert.ok(error.message.includes(join(root, 'P')));
      }
    } else {
      await rejects(prepareResultFolder(plan), 'folder-read-only', /read-only/);
    }
    chmodSync(join(root, 'P'), 0o755);
    assert.equal(fileError(Object.assign(new Error('no'), { code: 'ENOSPC' }), '/x', 'write').reason, 'engine-no-space');
  });
});

describe('discarding a result folder', () => {
  it('removes what a failed start left, backtests/ too when it is empty', async () => {
    const root = tree({ 'P/main.py': '' });
    const plan = planIn(root);
    await prepareResultFolder(plan);
    await discardResultFolder(plan);
    assert.deepEqual(readdirSync(join(root, 'P')), ['main.py']);
    await discardResultFolder(plan);
  });

  it('keeps other runs, and a folder with results', async () => {
    const root = tree({ 'P/main.py': '', 'P/backtests/other/1.json': '' });
    const plan = planIn(root);
    await prepareResultFolder(plan);
    writeFileSync(join(plan.output.folder, '1.json'), '{}');
    await discardResultFolder(plan);
    assert.ok(existsSync(join(plan.output.folder, 'config')), 'LEAN wrote: all stays');
    const second = planIn(root, { output: 'P/backtests/second' });
    await prepareResultFolder(second);
    await discardResultFolder(second);
    assert.deepEqual(readdirSync(join(root, 'P/backtests')).sort(), ['2026-11-21_08-29-18', 'other']);
  });
});

describe('an atomic write', () => {
  it('replaces a file whole and leaves nothing beside it', async () => {
    const root = tree({ 'a.txt': 'old' });
    await Promise.all(Array.from({ length: 20 }, (_, index) => atomicWrite(join(root, 'a.txt'), `${index}`.repeat(10_000))));
    const text = readFileSync(join(root, 'a.txt'), 'utf8');
    assert.equal(new Set(text.match(/\d\d?/g)).size <= 2 && text.length >= 10_000, true);
    assert.deepEqual(readdirSync(root), ['a.txt']);
  });

  it('leaves the old file when it cannot write, and says where', async () => {
    const root = tree({ 'x/': '' });
    mkdirSync(join(root, 'target'));
    await rejects(atomicWrite(join(root, 'target'), 'new'), 'name-in-use', /target/);
    assert.deepEqual(readdirSync(root).sort(), ['target', 'x']);
    await rejects(atomicWrite(join(root, 'gone/file'), 'new'), 'file-missing', /gone/);
  });
});
