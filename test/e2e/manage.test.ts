import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openFile } from '../demo/screenshot';
import { until } from '../harness/exec';
import { newRunFolder, noRowSays, openLeanView, resultPage, rowLabels, rowSays, runFolders, showLeanView, startSession, statusItem, statusText, step, type Session } from './session';

const PYTHON = 'Trend Following';
const CSHARP = 'Opening Breakout';
const KEPT = 'baseline for the paper';

async function toastSays({ workbench }: Session, words: RegExp): Promise<string> {
  return until(`a notification to say ${String(words)}`, async () => (await workbench.notifications()).find((text) => words.test(text)), 30_000, 200);
}

async function pressToast({ workbench }: Session, button: string): Promise<void> {
  await workbench.page.locator('.notifications-toasts .monaco-button').filter({ hasText: button }).first().click();
}

async function pressDialog({ workbench }: Session, button: string): Promise<void> {
  await workbench.page.locator('.monaco-dialog-box .monaco-button').filter({ hasText: button }).click();
}

async function runTask(session: Session, task: Readonly<Record<string, unknown>>): Promise<void> {
  await writeFile(join(session.folder, '.vscode', 'tasks.json'), JSON.stringify({ version: '2.0.0', tasks: [{ type: 'lean', command: 'backtest', ...task }] }));
  await session.workbench.page.waitForTimeout(1500);
  await session.workbench.runCommand('Tasks: Run Task');
  await session.workbench.pick(String(task['label']));
}

describe('what goes wrong, and what a person does about it', () => {
  let session: Session;

  before(async () => {
    session = await startSession({ server: { settings: { 'lean.stopTimeout': 2, 'lean.results.open': 'end' } } });
    await openLeanView(session.workbench);
    await session.workbench.treeRow(PYTHON).waitFor({ timeout: 60_000 });
  });
  after(async () => {
    await session.close();
  });

  it('starts quietly: one status item, no notification, figures of runs that count only', async () => {
    await step(session, 'quiet start', async () => {
      await rowSays(session, /^Project Trend Following, Python, \+601\.6 %/);
      assert.equal(await session.workbench.page.locator('.statusbar-item[id^="lean-workbench.lean-workbench"]').count(), 1);
      assert.deepEqual(await session.workbench.notifications(), []);
      // The newest run of this project failed: the one before speaks for it.
      await rowSays(session, /^Project Mean Reversion, Python, \+16\.0 %/);
      for (const label of await rowLabels(session)) assert.match(label, /^(Workspace|Project|Library)/);
    });
  });

  it('says of a local image that there is nothing to pull, and lists it to be chosen', async () => {
    await step(session, 'images', async () => {
      await openFile(session.workbench, `${PYTHON}/main.py`);
      await statusItem(session.workbench).filter({ hasText: PYTHON }).waitFor({ timeout: 30_000 });
      await session.workbench.runCommand('LEAN: Update Engine Image');
      await toastSays(session, /exists only on this machine \(made .* ago\)/);
      await session.workbench.runCommand('Notifications: Clear All Notifications');
      await session.workbench.runCommand('LEAN: Choose Engine Image');
      const rows = session.workbench.page.locator('.quick-input-list .monaco-list-row');
      await rows.filter({ hasText: /standin.*current/ }).waitFor({ timeout: 20_000 });
      await session.workbench.pick(/Other image/);
      await session.workbench.page.waitForTimeout(300);
      await session.workbench.answer('lean-nowhere.invalid/none:1');
      const settingsFile = join(session.folder, '.vscode', 'settings.json');
      await until('the choice in the settings', async () => ((await readFile(settingsFile, 'utf8')).includes('lean-nowhere.invalid/none:1') ? true : undefined), 10_000);
    });
  });

  it('names an image that cannot be pulled, with what helps; nothing is left behind', async () => {
    await step(session, 'missing image', async () => {
      const earlier = await runFolders(session, PYTHON);
      await statusItem(session.workbench).click();
      const said = await toastSays(session, /lean-nowhere\.invalid/);
      assert.match(said, /Pull Again|Choose Image/);
      assert.deepEqual(await runFolders(session, PYTHON), earlier);
      await session.workbench.runCommand('Notifications: Clear All Notifications');
    });
  });

  it('says in the terminal of a task that its project is not there', async () => {
    await step(session, 'unknown project', async () => {
      await runTask(session, { project: 'Nowhere', label: 'astray' });
      assert.match(await toastSays(session, /There is no LEAN project 'Nowhere'/), /Open Tasks/);
      await session.workbench.runCommand('Notifications: Clear All Notifications');
    });
  });

  it('asks before it kills a run that does not stop, as often as it is told to wait', async () => {
    await step(session, 'kill', async () => {
      const earlier = await runFolders(session, CSHARP);
      await runTask(session, { project: CSHARP, label: 'stubborn', parameters: { 'standin-fault': 'ignore-sigint' } });
      await newRunFolder(session, CSHARP, earlier);
      await until('progress in the status bar', async () => (/\d+ %/.test(await statusText(session)) ? true : undefined), 60_000, 200);
      await session.workbench.runCommand('LEAN: Stop Run');
      await until('the status bar to say that it stops', async () => ((await statusText(session)).includes('stopping') ? true : undefined), 5000, 100);
      await toastSays(session, /has not stopped after 2 seconds/);
      await pressToast(session, 'Wait');
      await session.workbench.page.waitForTimeout(1000);
      await toastSays(session, /has not stopped after 2 seconds/);
      await pressToast(session, 'Kill');
      await showLeanView(session);
      await session.workbench.treeRow(CSHARP).locator('.monaco-tl-twistie').click();
      await rowSays(session, /^Backtest, today .*, killed, /);
    });
  });

  it('puts a compiler error on its line in Problems', async () => {
    await step(session, 'build error', async () => {
      const source = join(session.folder, CSHARP, 'Main.cs');
      const before = await readFile(source, 'utf8');
      await writeFile(source, `${before}\n// standin-build-error\n`);
      const line = before.split('\n').length + 1;
      const earlier = await runFolders(session, CSHARP);
      await openFile(session.workbench, `${CSHARP}/Main.cs`);
      await session.workbench.runCommand('LEAN: Run Backtest');
      const folder = await newRunFolder(session, CSHARP, earlier);
      await resultPage(session, folder, /failed/i);
      assert.deepEqual(await session.workbench.notifications(), [], 'the page says it: it is not told again');
      await session.workbench.runCommand('View: Focus Problems');
      const problem = session.workbench.page.locator('.markers-panel .monaco-list-row[aria-label*="LEAN C#"]');
      await problem.waitFor({ timeout: 20_000 });
      assert.match((await problem.getAttribute('aria-label')) ?? '', new RegExp(`at line ${line} `));
      await writeFile(source, before);
    });
  });

  it('runs, opens the result and stops by the keyboard alone', async () => {
    await step(session, 'keyboard', async () => {
      const { page } = session.workbench;
      const earlier = await runFolders(session, CSHARP);
      await openFile(session.workbench, `${CSHARP}/Main.cs`);
      await page.keyboard.press('Control+;');
      await page.keyboard.press('b');
      const folder = await newRunFolder(session, CSHARP, earlier);
      await until('progress in the status bar', async () => (/\d+ %/.test(await statusText(session)) ? true : undefined), 60_000, 200);
      const type = async (title: string): Promise<void> => {
        await page.keyboard.press('F1');
        await page.locator('.quick-input-widget input[type=text]').first().waitFor();
        await page.keyboard.type(title);
        await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first().waitFor();
        await page.keyboard.press('Enter');
      };
      await type('LEAN: Stop Run');
      await resultPage(session, folder, /stopped/i);
      await type('LEAN: Open Result');
      await page.locator('.quick-input-list .monaco-list-row[aria-label*="Opening Breakout"]').first().waitFor();
      await page.keyboard.press('Enter');
      await page.locator('.tab.active').filter({ hasText: CSHARP }).first().waitFor({ timeout: 10_000 });
    });
  });

  it('deletes a run after asking; without a trash it asks again', async () => {
    await step(session, 'delete', async () => {
      const folder = join(session.folder, 'Mean Reversion', 'backtests', KEPT);
      await showLeanView(session);
      await session.workbench.treeRow('Mean Reversion').locator('.monaco-tl-twistie').click();
      await session.workbench.treeRow(KEPT).click({ button: 'right' });
      const item = session.workbench.page.locator('.monaco-menu .action-item').filter({ hasText: 'Delete Run' }).first();
      await item.waitFor();
      // The menu is drawn twice while it opens.
      await session.workbench.page.waitForTimeout(800);
      await item.click();
      await session.workbench.page.locator('.monaco-dialog-box').filter({ hasText: `Delete the run ${KEPT}` }).waitFor({ timeout: 10_000 });
      assert.ok(existsSync(folder));
      await pressDialog(session, 'Move to Trash');
      await session.workbench.page.locator('.monaco-dialog-box').filter({ hasText: 'no trash' }).waitFor({ timeout: 10_000 });
      assert.ok(existsSync(folder), 'nothing is gone before the answer');
      await pressDialog(session, 'Delete for Good');
      await noRowSays(session, new RegExp(KEPT));
      assert.ok(!existsSync(folder));
    });
  });
});
