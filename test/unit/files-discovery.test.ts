import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { WorkbenchError } from '../../src/base/errors';
import { findProjects, findWorkspaces, readProject, readWorkspace } from '../../src/files/discovery';
import { findRuns, projectOfRun, timeOf } from '../../src/files/runFolders';
import { watchTree, type TreeChange } from '../../src/files/watcher';
import { grow, tree } from './files-support';

const CSPROJ = '<Project Sdk="Microsoft.NET.Sdk"></Project>';

describe('finding workspaces', () => {
  it('finds lean.json at the root and nested, in several opened folders, and tells equal names apart', async () => {
    const root = tree({
      'one/lean.json': '{"data-folder": "../shared",}', // a comma too many is fine
      'two/a/ws/lean.json': '// mine\n{}',
      'two/b/ws/lean.json': '{}',
      'two/node_modules/x/lean.json': '{}',
      'two/.git/lean.json': '{}',
      'two/a/venv/pyvenv.cfg': '',
      'two/a/venv/lean.json': '{}',
      'two/1/2/3/4/5/lean.json': '{}',
    });
    const { items, warnings } = await findWorkspaces([join(root, 'one'), join(root, 'two')]);
    assert.deepEqual(warnings, []);
    assert.deepEqual(items.map(({ name }) => name), ['one', 'a/ws', 'b/ws']);
    assert.equal(items[0]?.dataFolder, join(root, 'shared'));
    assert.equal(items[1]?.dataFolder, join(root, 'two/a/ws/data'));
    assert.equal(items[1].leanJsonPath, join(root, 'two/a/ws/lean.json'));
  });

  it('takes additional folders, and says when one holds none', async () => {
    const root = tree({ 'open/': '', 'else/ws/lean.json': '{}' });
    const { items, warnings } = await findWorkspaces([join(root, 'open')], ['../else/ws', join(root, 'gone')]);
    assert.deepEqual(items.map(({ folder }) => folder), [join(root, 'else/ws')]);
    assert.equal(warnings.length, 1);
    assert.equal(warnings.map(({ error }) => error?.reason).join(), 'file-missing');
    assert.match(warnings[0]?.message ?? '', /gone/);
  });

  it('warns of a broken lean.json with its line, and finds the others', async () => {
    const root = tree({ 'good/lean.json': '{}', 'bad/lean.json': '{\n "a" 1 }', 'empty/lean.json': '', 'folder/lean.json/': '' });
    const { items, warnings } = await findWorkspaces([root]);
    assert.deepEqual(items.map(({ name }) => name), ['good']);
    assert.deepEqual(warnings.map(({ location, error }) => [location.file, location.line, error?.reason]), [
      [join(root, 'bad/lean.json'), 2, 'file-invalid'],
      [join(root, 'empty/lean.json'), 1, 'file-empty'],
    ]);
  });

  it('says what is missing when one workspace is read', async () => {
    const root = tree({ 'x/': '' });
    await assert.rejects(readWorkspace(join(root, 'x')), (error) => error instanceof WorkbenchError && error.reason === 'file-missing' && error.message.includes('lean init'));
  });

  it('warns of an opened folder that is not there', async () => {
    const root = tree({});
    const { items, warnings } = await findWorkspaces([join(root, 'gone')]);
    assert.deepEqual(items, []);
    assert.equal(warnings[0]?.location.file, join(root, 'gone'));
  });

  it('ends when it is cancelled', async () => {
    const root = tree({ 'a/lean.json': '{}' });
    await assert.rejects(findWorkspaces([root], [], AbortSignal.abort()), { name: 'AbortError' });
  });
});

describe('finding projects', () => {
  it('finds both languages at any depth, libraries marked, without results, data and environments', async () => {
    const root = tree({
      'lean.json': '{}',
      'My Py/main.py': '',
      'My Py/config.json': '{}',
      'My Py/sub/main.py': '',
      'My Py/backtests/2026-01-01_00-00-00/code/main.py': '',
      'My Cs/Main.cs': '',
      'My Cs/Other.csproj': CSPROJ,
      'My Cs/My Cs.csproj': CSPROJ,
      'No Project/Main.cs': '',
      'Cat/Deep/er/main.py': '',
      'Library/Util/main.py': '',
      'Library/main.txt': '',
      'data/main.py': '',
      'other data/market-hours/x': '',
      'other data/symbol-properties/x': '',
      'other data/equity/main.py': '',
      'venv/main.py': '',
      'myenv/pyvenv.cfg': '',
      'myenv/lib/main.py': '',
      'storage/main.py': '',
      '.hidden/main.py': '',
      'Inner/lean.json': '{}',
      'Inner/P/main.py': '',
      "it's $(x) ünï/main.py": '',
    });
    const { items, warnings } = await findProjects({ folder: root, dataFolder: join(root, 'data') });
    assert.deepEqual(warnings, []);
    assert.deepEqual(items.map(({ name, language, isLibrary }) => [name, language, isLibrary]).sort(), [
      ['Cat/Deep/er', 'Python', false],
      ['Library/Util', 'Python', true],
      ['My Cs', 'CSharp', false],
      ['My Py', 'Python', false],
      ["it's $(x) ünï", 'Python', false],
    ]);
    assert.equal(items.find(({ name }) => name === 'My Cs')?.csprojFile, join(root, 'My Cs/My Cs.csproj'));
  });

  it('follows links once and survives loops and links to nowhere', async () => {
    const root = tree({ 'ws/P/main.py': '', 'elsewhere/Linked/main.py': '' });
    symlinkSync('../elsewhere', join(root, 'ws/more'));
    symlinkSync('..', join(root, 'ws/P2'));
    symlinkSync('loop', join(root, 'ws/loop'));
    symlinkSync('/does/not/exist', join(root, 'ws/gone'));
    const { items, warnings } = await findProjects({ folder: join(root, 'ws'), dataFolder: join(root, 'ws/data') });
    assert.deepEqual(warnings, []);
    assert.ok(items.some(({ name }) => name === 'P') && items.some(({ name }) => name === 'more/Linked'), JSON.stringify(items));
    assert.ok(items.length <= 3);
  });

  it('is none in a folder without main.py or Main.cs', async () => {
    const root = tree({ 'data/x.csv': '' });
    assert.equal(await readProject(root, join(root, 'data')), undefined);
    assert.equal(await readProject(root, join(root, 'gone')), undefined);
  });
});

describe('finding runs', () => {
  it('finds everything under backtests, live and optimizations, whatever its name, newest first', async () => {
    const root = tree({
      'backtests/2026-01-02_03-04-05/log.txt': '',
      'backtests/2026-01-02_03-04-05-2/log.txt': '',
      'backtests/my best one/1.json': '',
      'backtests/.hidden/x': '',
      'backtests/2026-13-45_99-99-99/x': '',
      'live/2025-06-01_00-00-00/x': '',
      'optimizations/2024-01-01_00-00-00/1/x': '',
      'backtests/notes.txt': '',
    });
    utimesSync(join(root, 'backtests/my best one'), new Date(2020, 0, 1), new Date(2020, 0, 1));
    utimesSync(join(root, 'backtests/2026-13-45_99-99-99'), new Date(2019, 0, 1), new Date(2019, 0, 1));
    const { items, warnings } = await findRuns({ folder: root });
    assert.deepEqual(warnings, []);
    assert.deepEqual(items.map(({ kind, name }) => `${kind} ${name}`), [
      'backtest 2026-01-02_03-04-05-2',
      'backtest 2026-01-02_03-04-05',
      'live 2025-06-01_00-00-00',
      'optimization 2024-01-01_00-00-00',
      'backtest my best one',
      'backtest 2026-13-45_99-99-99',
    ]);
    assert.equal(items[1]?.startedAt, new Date(2026, 0, 2, 3, 4, 5).getTime());
    assert.equal(items[4]?.startedAt, new Date(2020, 0, 1).getTime());
  });

  it('takes a result that lies directly in backtests/, as old tools left it', async () => {
    const root = tree({ 'backtests/123.json': '{}', 'backtests/123-log.txt': '' });
    const { items } = await findRuns({ folder: root });
    assert.deepEqual(items.map(({ folder }) => folder), [join(root, 'backtests')]);
  });

  it('says what cannot be read and is quiet about what is not there', async () => {
    const root = tree({ 'a/': '' });
    assert.deepEqual(await findRuns({ folder: join(root, 'a') }), { items: [], warnings: [] });
    writeFileSync(join(root, 'a/backtests'), 'a file');
    assert.deepEqual((await findRuns({ folder: join(root, 'a') })).items, []);
    symlinkSync('live', join(root, 'a/live'));
    const { warnings } = await findRuns({ folder: join(root, 'a') });
    assert.equal(warnings.length, 1, 'a link in a circle cannot be read, also by root');
    assert.equal(warnings[0]?.location.file, join(root, 'a/live'));
  });

  it('knows a time stamp and a run’s project by their names', () => {
    assert.equal(timeOf('2026-02-30_00-00-00'), undefined);
    assert.equal(timeOf('2026-02-28_23-59-59-12'), new Date(2026, 1, 28, 23, 59, 59).getTime());
    assert.equal(projectOfRun(join('/w', 'P', 'backtests', 'x')), join('/w', 'P'));
    assert.equal(projectOfRun(join('/w', 'P', 'x')), undefined);
  });
});

describe('watching', () => {
  it('tells what the tree must look at again, and nothing else', async () => {
    const root = tree({ 'ws/lean.json': '{}', 'ws/P/main.py': '', 'ws/P/backtests/old/x.json': '', 'ws/data/equity/x': '' });
    const folder = join(root, 'ws');
    const seen: TreeChange[] = [];
    let wake: (() => void) | undefined;
    const watching = watchTree({ folders: [root], workspaces: [{ folder, dataFolder: join(folder, 'data') }] }, (changes) => {
      seen.push(...changes);
      wake?.();
    }, (error) => {
      throw error;
    });
    const until = async (change: TreeChange): Promise<void> => {
      const end = Date.now() + 10_000;
      while (!seen.some(({ kind, folder: where }) => kind === change.kind && where === change.folder)) {
        assert.ok(Date.now() < end, `never told: ${JSON.stringify(change)}; told: ${JSON.stringify(seen)}`);
        await Promise.race([new Promise<void>((resolve) => (wake = resolve)), new Promise((resolve) => setTimeout(resolve, 50))]);
      }
      seen.length = 0;
    };
    try {
      // The old run is young on this disk, so the first listing tells of it: then all is watched.
      await until({ kind: 'runs', folder: join(folder, 'P') });
      grow(folder, { 'data/equity/y': '', 'P/other.txt': '', 'P/backtests/old/deep/1.json': '' });
      mkdirSync(join(folder, 'P/backtests/new'));
      await until({ kind: 'runs', folder: join(folder, 'P') });
      writeFileSync(join(folder, 'P/backtests/new/1-summary.json'), '{}');
      await until({ kind: 'runs', folder: join(folder, 'P') });
      grow(folder, { 'Cat/Q/main.py': '' });
      await until({ kind: 'projects', folder });
      grow(folder, { 'Cat/Q/live/x/1.json': '' });
      await until({ kind: 'runs', folder: join(folder, 'Cat/Q') });
      writeFileSync(join(folder, 'lean.json'), '{"a":1}');
      await until({ kind: 'workspaces', folder });
      grow(root, { 'second/lean.json': '{}' });
      await until({ kind: 'workspaces', folder: root });
      rmSync(join(folder, 'Cat'), { recursive: true });
      await until({ kind: 'projects', folder });
    } finally {
      watching.dispose();
    }
    renameSync(join(folder, 'P/main.py'), join(folder, 'P/moved.py'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(seen.filter(({ kind }) => kind === 'projects'), [], 'nothing is told after the end');
  });

  it('is disposed before it began', () => {
    watchTree({ folders: [], workspaces: [] }, () => assert.fail(), (error) => {
      throw error;
    }).dispose();
  });
});
