import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeSampleWorkspace } from '../demo/sampleWorkspace';
import { openFile } from '../demo/screenshot';
import { screenshot } from '../harness/browser';
import { until } from '../harness/exec';
import { STANDIN_IMAGE } from '../harness/standin';
import { openLeanView, runFolders, startSession, statusItem, step, type Session } from './session';

const PROJECT = 'Trend Following';

/** Text of the sidebar, welcome views included. */
async function sidebar(session: Session): Promise<string> {
  return session.workbench.page.locator('.part.sidebar').innerText();
}

async function sidebarSays(session: Session, words: RegExp): Promise<void> {
  await until(`the sidebar to say ${String(words)}`, async () => (words.test(await sidebar(session)) ? true : undefined), 30_000, 200);
}

describe('without a lean.json', () => {
  let session: Session;
  before(async () => {
    session = await startSession({
      lay: (folder) => {
        mkdirSync(folder, { recursive: true });
        return Promise.resolve();
      },
    });
  });
  after(() => session.close());

  it('does not wake the extension', async () => {
    // The host tells which extensions it activates; git is one that always is.
    const said = await until('the extension host to have started', async () => {
      const logs = (await readdir(join(session.server.userData, 'logs'), { recursive: true })).filter((name) => name.endsWith('remoteexthost.log'));
      const text = (await Promise.all(logs.map((name) => readFile(join(session.server.userData, 'logs', name), 'utf8')))).join('');
      return text.includes('_doActivateExtension vscode.git,') || text.includes('Eager extensions activated') ? text : undefined;
    }, 60_000);
    assert.doesNotMatch(said, /_doActivateExtension lean-workbench/);
    assert.equal(await statusItem(session.workbench).count(), 0);
  });

  it('says what makes a workspace and what to do', async () => {
    await step(session, 'no workspace', async () => {
      await session.workbench.runCommand('View: Show LEAN');
      await sidebarSays(session, /No lean\.json/);
      await screenshot(session.workbench.page, 'e2e-no-workspace');
    });
  });
});

describe('without Docker', () => {
  let session: Session;
  before(async () => {
    session = await startSession({ server: { settings: { 'lean.docker.host': 'unix:///tmp/no-such-folder/docker.sock' } } });
  });
  after(() => session.close());

  it('shows projects and results all the same, and says what is wrong when a backtest is asked for', async () => {
    await step(session, 'no docker', async () => {
      await openLeanView(session.workbench);
      await session.workbench.treeRow(PROJECT).waitFor({ timeout: 60_000 });
      assert.deepEqual(await session.workbench.notifications(), [], 'the view says it: nothing is told at the start');
      const earlier = await runFolders(session, PROJECT);
      await openFile(session.workbench, `${PROJECT}/main.py`);
      await statusItem(session.workbench).filter({ hasText: PROJECT }).waitFor({ timeout: 30_000 });
      await statusItem(session.workbench).click();
      const said = await until('a message', async () => {
        const all = (await session.workbench.notifications()).join('\n');
        return all.includes('no-such-folder') ? all : undefined;
      }, 30_000);
      assert.match(said, /Settings|Docker/);
      assert.deepEqual(await runFolders(session, PROJECT), earlier, 'a start that failed leaves nothing behind');
      await screenshot(session.workbench.page, 'e2e-no-docker');
    });
  });
});

describe('in a workspace that is not trusted', () => {
  let session: Session;
  before(async () => {
    session = await startSession({ server: { trust: true, settings: { 'security.workspace.trust.startupPrompt': 'never' } } });
  });
  after(() => session.close());

  it('lets results be read and runs nothing', async () => {
    await step(session, 'untrusted', async () => {
      await openLeanView(session.workbench);
      await sidebarSays(session, /not trusted/i);
      await session.workbench.treeRow(PROJECT).waitFor({ timeout: 60_000 });
      assert.deepEqual(await session.workbench.notifications(), [], 'the view says it: nothing is told at the start');
      const earlier = await runFolders(session, PROJECT);
      await openFile(session.workbench, `${PROJECT}/main.py`);
      await statusItem(session.workbench).filter({ hasText: PROJECT }).waitFor({ timeout: 30_000 });
      await statusItem(session.workbench).click();
      await session.workbench.page.waitForTimeout(3000);
      assert.deepEqual(await runFolders(session, PROJECT), earlier);
      await screenshot(session.workbench.page, 'e2e-untrusted');
    });
  });
});

describe('with broken files', () => {
  let session: Session;
  const broken = '{\n  "algorithm-language": "Python",\n  "parameters": { "fast": "1" \n  "description": ""\n}\n';
  before(async () => {
    session = await startSession({
      lay: async (folder) => {
        await makeSampleWorkspace(folder, { settings: { 'lean.image': STANDIN_IMAGE } });
        await writeFile(join(folder, PROJECT, 'config.json'), broken);
      },
    });
  });
  after(() => session.close());

  it('names file and line, and leaves the file as it is', async () => {
    await step(session, 'broken config.json', async () => {
      await openLeanView(session.workbench);
      await session.workbench.treeRow(PROJECT).waitFor({ timeout: 60_000 });
      const earlier = await runFolders(session, PROJECT);
      await openFile(session.workbench, `${PROJECT}/main.py`);
      await statusItem(session.workbench).filter({ hasText: PROJECT }).waitFor({ timeout: 30_000 });
      await statusItem(session.workbench).click();
      const said = await until('a message', async () => {
        const all = (await session.workbench.notifications()).join('\n');
        return all.includes('config.json') ? all : undefined;
      }, 30_000);
      assert.match(said, /config\.json:4|line 4/);
      assert.match(said, /Open/);
      assert.equal(await readFile(join(session.folder, PROJECT, 'config.json'), 'utf8'), broken);
      assert.deepEqual(await runFolders(session, PROJECT), earlier);
      await screenshot(session.workbench.page, 'e2e-broken-config');
    });
  });
});
