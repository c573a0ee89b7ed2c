import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeSampleWorkspace } from '../demo/sampleWorkspace';
import { STANDIN_IMAGE } from '../harness/standin';
import { noRowSays, openLeanView, rowSays, startSession, step, type Session } from './session';

const BROKEN = '{\n  "data-folder": "data",\n  "environment" "x"\n}\n';

describe('a window with two folders, a workspace deep inside one, and a broken lean.json', () => {
  let session: Session;
  let root = '';

  before(async () => {
    session = await startSession({
      lay: async (folder) => {
        root = folder;
        await makeSampleWorkspace(join(folder, 'one'), { marketData: false });
        await makeSampleWorkspace(join(folder, 'two', 'deep', 'second'), { marketData: false, pastRuns: [] });
        await mkdir(join(folder, 'two', 'broken'), { recursive: true });
        await writeFile(join(folder, 'two', 'broken', 'lean.json'), BROKEN);
        await writeFile(join(folder, 'my.code-workspace'), JSON.stringify({ folders: [{ path: 'one' }, { path: 'two' }], settings: { 'lean.image': STANDIN_IMAGE } }));
      },
      server: {
        // Known once the workspace was laid.
        get open() {
          return join(root, 'my.code-workspace');
        },
      },
    });
  });
  after(async () => {
    await session.close();
  });

  it('shows both workspaces, and the broken file with its line', async () => {
    await step(session, 'several folders', async () => {
      await openLeanView(session.workbench);
      await rowSays(session, /^Workspace one/);
      await rowSays(session, /^Workspace second/);
      assert.match(await rowSays(session, /lean\.json is not valid/), /line 3.*broken\/lean\.json/);
      assert.deepEqual(await session.workbench.notifications(), [], 'what the tree shows is not told');
    });
  });

  it('opens the broken file at its line, and leaves it as it is', async () => {
    await step(session, 'broken lean.json', async () => {
      const { page } = session.workbench;
      await session.workbench.treeRow(/lean\.json is not valid/).click();
      await page.locator('.tab.active').filter({ hasText: 'lean.json' }).waitFor({ timeout: 15_000 });
      await page.locator('.part.statusbar').getByText(/Ln 3, Col/).waitFor({ timeout: 15_000 });
      assert.equal(await readFile(join(root, 'two', 'broken', 'lean.json'), 'utf8'), BROKEN);
    });
  });

  it('follows what others do on the disk: a new project, a new run, a renamed run, a mended file', async () => {
    await step(session, 'changes on disk', async () => {
      const one = join(root, 'one');
      const runs = join(one, 'Trend Following', 'backtests');
      await mkdir(join(one, 'Fresh'));
      await cp(join(one, 'Trend Following', 'main.py'), join(one, 'Fresh', 'main.py'));
      await writeFile(join(one, 'Fresh', 'config.json'), '{ "algorithm-language": "Python", "parameters": {} }');
      await rowSays(session, /^Project Fresh, Python/);

      await session.workbench.treeRow('Trend Following').locator('.monaco-tl-twistie').click();
      await rowSays(session, /^Backtest, .*completed, \+601\.6 %/);
      const [name] = await readdir(runs);
      assert.ok(name !== undefined);
      await cp(join(runs, name), join(runs, 'made by someone else'), { recursive: true });
      await rowSays(session, /^Backtest, .*made by someone else, completed, \+601\.6 %/);
      await rename(join(runs, 'made by someone else'), join(runs, 'called otherwise'));
      await rowSays(session, /^Backtest, .*called otherwise/);
      await noRowSays(session, /made by someone else/);

      await writeFile(join(root, 'two', 'broken', 'lean.json'), '{ "data-folder": "data" }');
      await noRowSays(session, /not valid/);
    });
  });
});
