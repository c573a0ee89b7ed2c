import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { WorkbenchError } from '../../src/base/errors';
import { gatherLaunchFiles, readProjectConfig } from '../../src/files/launchInputs';
import { readLeanAccount, readLeanCliImage, readLeanCredential } from '../../src/files/leanHome';
import { planLaunch } from '../../src/lean/planLaunch';
import type { LaunchFiles } from '../../src/lean/planInput';
import type { JsonObject } from '../../src/base/json';
import { grow, tree } from './files-support';
import { CSPROJ, inputOf, projectOf, workspaceOf } from './plan-support';

const NOW = new Date(2026, 10, 21, 12).getTime();
const python = (root: string, config: JsonObject = { 'data-folder': 'data' }): Promise<LaunchFiles> => gatherLaunchFiles(workspaceOf(config, root), projectOf('P', 'Python', root), NOW);
const csharp = async (root: string, name = 'C'): Promise<NonNullable<LaunchFiles['csharp']>> => {
  const { csharp: facts } = await gatherLaunchFiles(workspaceOf({}, root), projectOf(name, 'CSharp', root), NOW);
  assert.ok(facts);
  return facts;
};

describe('what a Python launch reads', () => {
  it('merges requirements of the project and of all libraries', async () => {
    const root = tree({ 'data/equity/': '', 'P/main.py': '', 'P/requirements.txt': 'b==1\r\n# x\n', 'Library/L/requirements.txt': 'a==1\nb==1', 'Library/deep/er/requirements.txt': 'c', 'Library/L/venv/pyvenv.cfg': '', 'Library/L/venv/requirements.txt': 'no', 'Other/requirements.txt': 'no' });
    const files = await python(root);
    assert.equal(files.requirements, 'a==1\nb==1\nc');
    assert.equal(files.libraryFolder, join(root, 'Library'));
  });

  it('lists sources, taken names, and the data folder’s state', async () => {
    const root = tree({ 'data/market-hours/': '', 'data/equity/': '', 'data/.DS_Store': '', 'P/main.py': '', 'P/pkg/x.py': '', 'P/env/pyvenv.cfg': '', 'P/env/y.py': '', 'P/backtests/one/': '', 'P/notes.ipynb': '' });
    const files = await python(root);
    assert.deepEqual(files.pythonSources, ['main.py', 'pkg/x.py']);
    assert.deepEqual(files.takenOutputNames, ['one']);
    assert.deepEqual([files.dataFolder, files.dataProbe], ['filled', 'equity']);
    assert.equal(files.libraryFolder, undefined);
    const bare = tree({ 'P/main.py': '' });
    assert.equal((await python(bare)).dataFolder, 'missing');
    grow(bare, { 'data/': '' });
    assert.equal((await python(bare)).dataFolder, 'empty');
  });

  it('looks for recent zips of map and factor files only where lean.json asks for them', async () => {
    const root = tree({ 'P/main.py': '', 'data/equity/usa/map_files/map_files_20261120.zip': '', 'data/future/cme/factor_files/factor_files_20261101.zip': '' });
    const zip = { 'map-file-provider': 'QuantConnect.Data.Auxiliary.LocalZipMapFileProvider', 'factor-file-provider': 'QuantConnect.Data.Auxiliary.LocalZipFactorFileProvider' };
    const asked = await python(root, zip);
    assert.deepEqual([asked.recentMapZip, asked.recentFactorZip], [true, false]);
    assert.equal((await python(root)).recentMapZip, false);
  });

  it('finds the files that lean.json names', async () => {
    const root = tree({ 'P/main.py': '', 'data/symbol-properties/map.json': '' });
    const files = await python(root, { 'terminal-link-symbol-map-file': 'map.json', 'transaction-log': 'gone.csv' });
    assert.deepEqual(files.configFiles, { 'terminal-link-symbol-map-file': join(root, 'data/symbol-properties/map.json') });
  });
});

describe('what a C# launch reads', () => {
  const PROJECT = { 'data/x/': '', 'C/Main.cs': 'class MyCs : QCAlgorithm {}', 'C/C.csproj': CSPROJ, 'C/Sub/Helper.cs': 'class Helper {}' };

  it('finds the class, the solution above and the projects referred to, in circles too', async () => {
    const root = tree({
      'S/all.sln': '',
      'S/C/Main.cs': 'class X {}',
      'S/C/Algo.cs': 'class Mine : QuantConnect.Algorithm.QCAlgorithm {}',
      'S/C/C.csproj': CSPROJ.replace('</Project>', '<ItemGroup><ProjectReference Include="..\\L\\L.csproj"/><ProjectReference Include="..\\Gone\\G.csproj"/></ItemGroup></Project>'),
      'S/L/L.csproj': '<Project><ItemGroup><ProjectReference Include="../C/C.csproj"/></ItemGroup></Project>',
    });
    const facts = await csharp(root, 'S/C');
    assert.equal(facts.algorithmClass, 'Mine');
    assert.equal(facts.solutionFolder, join(root, 'S'));
    assert.deepEqual(facts.referenced.map(({ name }) => name), ['L']);
    assert.equal((await csharp(tree(PROJECT))).solutionFolder, undefined);
  });

  it('has an equal hash for equal inputs, also when only times changed, and another for any change', async () => {
    const root = tree(PROJECT);
    const { sourcesHash: first, restoreHash } = await csharp(root);
    assert.equal((await csharp(root)).sourcesHash, first);
    utimesSync(join(root, 'C/Main.cs'), new Date(), new Date());
    assert.equal((await csharp(root)).sourcesHash, first);
    grow(root, { 'C/backtests/x/code/Main.cs': 'old', 'C/bin/Debug/x.dll': '', 'C/obj/x.cs': '' });
    assert.equal((await csharp(root)).sourcesHash, first, 'results and build output do not count');
    const changes: readonly (readonly [string, string, boolean])[] = [
      ['C/Sub/Helper.cs', 'class Helper { int x; }', false],
      ['C/New.cs', '', false],
      ['C/data.json', '{}', false],
      ['Directory.Build.props', '<Project/>', true],
      ['C/C.csproj', CSPROJ.replace('CS0618', 'CS0619'), true],
    ];
    let before = first;
    let restored = restoreHash;
    for (const [path, text, restores] of changes) {
      grow(root, { [path]: text });
      const now = await csharp(root);
      assert.notEqual(now.sourcesHash, before, path);
      assert.equal(now.restoreHash !== restored, restores, path);
      before = now.sourcesHash;
      restored = now.restoreHash;
    }
  });

  it('says which .csproj cannot be read', async () => {
    const root = tree({ ...PROJECT, 'C/C.csproj': '' });
    await assert.rejects(csharp(root), (error) => error instanceof WorkbenchError && error.reason === 'file-empty' && error.location?.file === join(root, 'C/C.csproj'));
  });

  it('is planned from, and a change of code, image or configuration is built again', async () => {
    const root = tree(PROJECT);
    const project = projectOf('C', 'CSharp', root);
    const workspace = workspaceOf({}, root);
    const inputs = async (change: { release?: boolean; image?: string } = {}): Promise<string | undefined> => {
      const files = await gatherLaunchFiles(workspace, project, NOW);
      const plan = planLaunch(inputOf('CSharp', { project, workspace, files, request: { command: 'backtest', projectFolder: project.folder, release: change.release === true }, image: { ...inputOf().image, id: change.image ?? 'i' } }));
      const start = plan.files.at(-1)?.content;
      return start !== undefined && 'text' in start ? /^inputs='(.*)'$/m.exec(start.text)?.[1] : undefined;
    };
    const first = await inputs();
    assert.match(first ?? '', /^[0-9a-f]{64} i net10\.0 Debug /);
    assert.equal(await inputs(), first);
    assert.notEqual(await inputs({ release: true }), first);
    assert.notEqual(await inputs({ image: 'j' }), first);
    writeFileSync(join(root, 'C/Main.cs'), 'class MyCs : QCAlgorithm { int x; }');
    assert.notEqual(await inputs(), first);
  });

  it('takes few milliseconds', async () => {
    const root = tree({ ...PROJECT, ...Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`C/F${index}.cs`, `class F${index} { }`.repeat(100)])) });
    const times: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const begin = performance.now();
      await csharp(root);
      times.push(performance.now() - begin);
    }
    // 100 files of 2 kB; the best of five, for other work goes on on this machine.
    assert.ok(Math.min(...times) < 150, times.join());
  });
});

describe('config.json and the files of lean', () => {
  it('are read, and missing ones say nothing', async () => {
    const root = tree({ 'P/config.json': '{"parameters": {"a": 1,}} // c', '.lean/config': '{"engine-image": "a/b:c"}', '.lean/credentials': '{"user-id": "12", "api-token": "T"}' });
    assert.deepEqual((await readProjectConfig({ configPath: join(root, 'P/config.json') })).parameters, { a: '1' });
    assert.deepEqual((await readProjectConfig({ configPath: join(root, 'Q/config.json') })).parameters, {});
    assert.equal(await readLeanCliImage(root), 'a/b:c');
    assert.deepEqual(await readLeanAccount(root), { userId: '12', hasToken: true });
    assert.equal(await readLeanCredential(root, 'api-token'), 'T');
    const nobody = tree({});
    assert.equal(await readLeanCliImage(nobody), undefined);
    assert.deepEqual(await readLeanAccount(nobody), { hasToken: false });
    assert.equal(await readLeanCredential(nobody, 'api-token'), undefined);
  });

  it('are refused with their place when broken', async () => {
    const root = tree({ 'P/config.json': '{\n"parameters": [] }', '.lean/config': '{' });
    await assert.rejects(readProjectConfig({ configPath: join(root, 'P/config.json') }), (error) => error instanceof WorkbenchError && error.location?.line === 2);
    await assert.rejects(readLeanCliImage(root), (error) => error instanceof WorkbenchError && error.reason === 'file-invalid' && error.message.includes('~/.lean/config'));
    await assert.rejects(readProjectConfig({ configPath: root }), (error) => error instanceof WorkbenchError && error.reason === 'file-unreadable');
  });
});
