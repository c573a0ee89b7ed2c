import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openFile } from '../demo/screenshot';
import { screenshot } from '../harness/browser';
import { until } from '../harness/exec';
import { newRunFolder, openLeanView, resultPage, runFolders, showLeanView, startSession, statusItem, statusText, step, type Session } from './session';

const PYTHON = 'Trend Following';
const LIBRARY_USER = 'Mean Reversion';
const CSHARP = 'Opening Breakout';

describe('from an open workspace to results', () => {
  let session: Session;
  let configBefore: string;
  let leanBefore: string;

  before(async () => {
    session = await startSession();
    configBefore = await readFile(join(session.folder, PYTHON, 'config.json'), 'utf8');
    leanBefore = await readFile(join(session.folder, 'lean.json'), 'utf8');
  });
  after(async () => {
    await session.close();
  });

  it('shows workspaces, projects, libraries and past runs in the tree', async () => {
    await step(session, 'tree', async () => {
      await openLeanView(session.workbench);
      for (const name of [PYTHON, LIBRARY_USER, CSHARP, 'Signals']) await session.workbench.treeRow(name).waitFor({ timeout: 60_000 });
      await session.workbench.treeRow(PYTHON).click();
      const rows = await until('the runs of the project', async () => {
        const texts = (await session.workbench.treeRows()).join('\n');
        return texts.includes('SR') ? texts : undefined;
      }, 20_000);
      assert.match(rows, /Trend Following/);
    });
  });

  it('runs by the status bar, shows progress and the result beside the source', async () => {
    await step(session, 'run by status bar', async () => {
      const earlier = await runFolders(session, PYTHON);
      await openFile(session.workbench, `${PYTHON}/main.py`);
      await statusItem(session.workbench).filter({ hasText: PYTHON }).waitFor({ timeout: 30_000 });
      await statusItem(session.workbench).click();
      const folder = await newRunFolder(session, PYTHON, earlier);
      const page = await resultPage(session, folder, /completed/i);
      assert.match(await page.locator('body').innerText(), /stand-in/i, 'the page says that results are replayed');
      await page.locator('canvas').first().waitFor({ timeout: 10_000 });
      const id = await algorithmIdOf(folder);
      const result = JSON.parse(await readFile(join(folder, `${id}.json`), 'utf8')) as { statistics: Record<string, string> };
      const sharpe = result.statistics['Sharpe Ratio'];
      assert.ok(sharpe !== undefined);
      assert.ok((await page.locator('body').innerText()).includes(sharpe), `the page shows LEAN's Sharpe ratio ${sharpe}`);
      await screenshot(session.workbench.page, 'e2e-status-bar-run');
    });
  });

  it('leaves the files of the person as they were, and no __pycache__', async () => {
    assert.equal(await readFile(join(session.folder, PYTHON, 'config.json'), 'utf8'), configBefore);
    assert.equal(await readFile(join(session.folder, 'lean.json'), 'utf8'), leanBefore);
    const left = (await readdir(join(session.folder, PYTHON), { recursive: true })).filter((name) => name.includes('__pycache__'));
    assert.deepEqual(left, []);
  });

  it('writes the run as lean would, and our record beside it', async () => {
    const newest = (await runFolders(session, PYTHON)).at(-1);
    assert.ok(newest !== undefined);
    const folder = join(session.folder, PYTHON, 'backtests', newest);
    const config = JSON.parse(await readFile(join(folder, 'config'), 'utf8')) as { id: number; container: string };
    assert.ok(Number.isInteger(config.id));
    assert.ok(existsSync(join(folder, 'code', 'main.py')));
    assert.ok(existsSync(join(folder, 'log.txt')));
    const plan = await readFile(join(folder, '.lean-workbench', 'plan.json'), 'utf8');
    assert.match(plan, /\$secret|algorithm-id/);
    assert.match(await readFile(join(folder, '.lean-workbench', 'console.log'), 'utf8'), /stand-in/);
  });

  it('runs by the tree', async () => {
    await step(session, 'run by tree', async () => {
      const earlier = await runFolders(session, LIBRARY_USER);
      await showLeanView(session);
      const row = session.workbench.treeRow(LIBRARY_USER);
      await row.hover();
      await row.locator('.action-label[aria-label*="Run Backtest"]').first().click();
      const folder = await newRunFolder(session, LIBRARY_USER, earlier);
      await resultPage(session, folder, /completed/i);
    });
  });

  it('runs by the palette with other parameters, without touching config.json', async () => {
    await step(session, 'run by palette', async () => {
      const earlier = await runFolders(session, PYTHON);
      await openFile(session.workbench, `${PYTHON}/main.py`);
      await session.workbench.runCommand('LEAN: Run Backtest With');
      await session.workbench.answer('tuned');
      const input = session.workbench.page.locator('.quick-input-widget input[type=text]').first();
      await input.waitFor();
      await session.workbench.page.waitForTimeout(500);
      await screenshot(session.workbench.page, 'e2e-parameters');
      await input.press('Enter');
      const folder = await newRunFolder(session, PYTHON, earlier);
      await resultPage(session, folder, /completed/i);
      const config = JSON.parse(await readFile(join(folder, 'config'), 'utf8')) as Record<string, unknown>;
      assert.equal(config['backtest-name'], 'tuned');
      assert.equal(await readFile(join(session.folder, PYTHON, 'config.json'), 'utf8'), configBefore);
    });
  });

  it('runs by tasks.json, its log in the terminal', async () => {
    await step(session, 'run by tasks.json', async () => {
      const earlier = await runFolders(session, PYTHON);
      await mkdir(join(session.folder, '.vscode'), { recursive: true });
      const task = { type: 'lean', command: 'backtest', project: PYTHON, name: 'from tasks.json', label: 'nightly', parameters: { 'standin-speed': '0' } };
      await writeFile(join(session.folder, '.vscode', 'tasks.json'), JSON.stringify({ version: '2.0.0', tasks: [task] }, undefined, 2));
      await session.workbench.page.waitForTimeout(1500);
      await session.workbench.runCommand('Tasks: Run Task');
      await session.workbench.answer('nightly');
      const folder = await newRunFolder(session, PYTHON, earlier);
      await resultPage(session, folder, /completed/i);
      await session.workbench.page.locator('.terminal-wrapper, .xterm').first().waitFor();
      const config = JSON.parse(await readFile(join(folder, 'config'), 'utf8')) as Record<string, unknown>;
      assert.equal(config['backtest-name'], 'from tasks.json');
    });
  });

  it('stops gracefully: results are kept and the run says stopped', async () => {
    await step(session, 'stop', async () => {
      const earlier = await runFolders(session, CSHARP);
      await openFile(session.workbench, `${CSHARP}/Main.cs`);
      await statusItem(session.workbench).filter({ hasText: CSHARP }).waitFor({ timeout: 30_000 });
      await statusItem(session.workbench).click();
      const folder = await newRunFolder(session, CSHARP, earlier);
      await until('progress in the status bar', async () => (/\d+ %/.test(await statusText(session)) ? true : undefined), 60_000, 200);
      await screenshot(session.workbench.page, 'e2e-running');
      await session.workbench.runCommand('LEAN: Stop Run');
      const page = await resultPage(session, folder, /stopped/i);
      assert.doesNotMatch(await page.locator('header').first().innerText(), /failed/i);
      assert.ok(existsSync(join(folder, `${await algorithmIdOf(folder)}.json`)), 'a stopped run keeps its results');
      await screenshot(session.workbench.page, 'e2e-stopped');
    });
  });

  it('puts a runtime error on its line in Problems, and keeps the failed run with its reason', async () => {
    await step(session, 'runtime error', async () => {
      const earlier = await runFolders(session, LIBRARY_USER);
      await writeFile(join(session.folder, '.vscode', 'tasks.json'), JSON.stringify({ version: '2.0.0', tasks: [{ type: 'lean', command: 'backtest', project: LIBRARY_USER, label: 'failing', parameters: { 'standin-recording': 'py-pythrow', 'standin-speed': '0' } }] }));
      await session.workbench.page.waitForTimeout(1500);
      await session.workbench.runCommand('Tasks: Run Task');
      await session.workbench.answer('failing');
      const folder = await newRunFolder(session, LIBRARY_USER, earlier);
      const page = await resultPage(session, folder, /failed/i);
      assert.match(await page.locator('body').innerText(), /missing_key/);
      await session.workbench.runCommand('View: Focus Problems');
      const problems = session.workbench.page.locator('.markers-panel');
      await problems.getByText(/missing_key/).first().waitFor({ timeout: 20_000 });
      await showLeanView(session);
      await screenshot(session.workbench.page, 'e2e-failed');
    });
  });

  it('survives a reload of the window while a backtest runs, and shows its page again', async () => {
    await step(session, 'reload', async () => {
      const settingsFile = join(session.folder, '.vscode', 'settings.json');
      const settings = JSON.parse(await readFile(settingsFile, 'utf8')) as Record<string, unknown>;
      await writeFile(settingsFile, JSON.stringify({ ...settings, 'lean.results.open': 'start' }));
      const earlier = await runFolders(session, CSHARP);
      await openFile(session.workbench, `${CSHARP}/Main.cs`);
      await statusItem(session.workbench).filter({ hasText: CSHARP }).waitFor({ timeout: 30_000 });
      await statusItem(session.workbench).click();
      const folder = await newRunFolder(session, CSHARP, earlier);
      await resultPage(session, folder, /running · \d+ %/i, 60_000);
      // VS Code in a browser saves its layout every few seconds; a desktop window does when it closes.
      await session.workbench.page.waitForTimeout(6000);
      await session.workbench.page.reload();
      await session.workbench.page.locator('.part.statusbar .statusbar-item').first().waitFor({ timeout: 60_000 });
      await resultPage(session, folder, /running|loading|%/i, 60_000);
      await resultPage(session, folder, /completed/i, 120_000);
    });
  });

  it('opens the launch plan as a readable document, secrets masked', async () => {
    await step(session, 'launch plan', async () => {
      await openFile(session.workbench, `${PYTHON}/main.py`);
      await session.workbench.runCommand('LEAN: Show Launch Plan');
      await session.workbench.page.locator('.tab.active').filter({ hasText: /plan/i }).waitFor({ timeout: 20_000 });
      const text = await session.workbench.page.locator('.part.editor').innerText();
      assert.match(text, /LeanCLI/);
      await screenshot(session.workbench.page, 'e2e-plan');
    });
  });
});

async function algorithmIdOf(folder: string): Promise<string> {
  const config = JSON.parse(await readFile(join(folder, 'config'), 'utf8')) as { id: number | string };
  return String(config.id);
}
