import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { launchBrowser, Workbench } from '../harness/browser';
import type { CodeServer } from '../harness/codeServer';
import { DemoError } from './options';
import { SAMPLE_PROJECTS } from './sampleWorkspace';

export interface ScreenshotOptions {
  readonly server: CodeServer;
  /** PNG, absolute. */
  readonly file: string;
  readonly say: (text: string) => void;
}

/** Does by mouse and keyboard what a newcomer would: open an algorithm, press run, look at the result. Then takes a picture. */
export async function takeScreenshot({ server, file, say }: ScreenshotOptions): Promise<void> {
  const browser = await launchBrowser();
  try {
    const workbench = await Workbench.open(browser, server, { width: 1720, height: 1180 });
    await mkdir(dirname(file), { recursive: true });
    try {
      await runABacktest(workbench, say);
    } catch (error) {
      const evidence = `${file.replace(/\.png$/i, '')}.failed.png`;
      await workbench.page.screenshot({ path: evidence });
      const shown = await workbench.notifications();
      const words = shown.length === 0 ? '' : `\nVS Code's notifications: ${shown.join(' | ')}`;
      throw new DemoError(`${error instanceof Error ? error.message : String(error)}${words}\nWhat the browser showed is in ${evidence}`, { cause: error });
    }
    await workbench.page.screenshot({ path: file });
  } finally {
    await browser.close();
  }
}

async function runABacktest(workbench: Workbench, say: (text: string) => void): Promise<void> {
  const { page } = workbench;
  const project = SAMPLE_PROJECTS.python;
  say('opening the LEAN view');
  await openLeanView(workbench);
  await expectShown(`'${project}' in the tree`, workbench.treeRow(project), 60_000);
  await widenSidebar(workbench);
  await workbench.treeRow(project).locator('.monaco-tl-twistie').click();
  await openFile(workbench, `${project}/main.py`);

  say(`pressing run in the status bar for '${project}'`);
  const run = statusItem(workbench);
  await expectShown(`the status bar item to name '${project}'`, run.filter({ hasText: project }), 30_000);
  await run.click();

  const result = await resultPage(workbench);
  await expectShown('the finished backtest on the result page', result.getByText(/completed/i), 120_000);
  await expectShown('a chart on the result page', result.locator('canvas'), 30_000);
  await expectShown('the words that the result is replayed', result.getByText(/stand-in/i), 10_000);
  // The pointer on the run button would leave its tooltip in the picture; the last drawing of charts and tree takes a moment.
  await page.mouse.move(860, 4);
  await page.waitForTimeout(2000);
  const errors = await page.locator('.notifications-toasts .codicon-error').count();
  if (errors > 0) throw new DemoError(`VS Code shows ${errors === 1 ? 'an error notification' : `${errors} error notifications`} after the backtest.`);
}

/** Rows end with their figures: the sidebar is drawn a little wider, as a person would. */
async function widenSidebar({ page }: Workbench): Promise<void> {
  const sidebar = await page.locator('.part.sidebar').boundingBox();
  if (sidebar === null) throw new DemoError('The sidebar is not shown.');
  const edge = { x: sidebar.x + sidebar.width, y: sidebar.y + 400 };
  await page.mouse.move(edge.x, edge.y);
  await page.mouse.down();
  await page.mouse.move(edge.x + 60, edge.y, { steps: 5 });
  await page.mouse.up();
}

/** Our sidebar, by its icon in the activity bar. */
export async function openLeanView(workbench: Workbench): Promise<void> {
  const icon = workbench.page.locator('.activitybar .action-item').filter({ has: workbench.page.locator('[aria-label="LEAN"], [aria-label^="LEAN "]') });
  await expectShown('the LEAN icon in the activity bar', icon, 60_000);
  await icon.first().click();
}

/** Opens a file by VS Code's quick open; `path` as a person would type it. */
export async function openFile(workbench: Workbench, path: string): Promise<void> {
  await workbench.page.keyboard.press('Control+P');
  const input = workbench.page.locator('.quick-input-widget input[type=text]').first();
  await input.waitFor();
  await input.fill(path);
  await workbench.pick(path.split('/').at(-1) ?? path);
  await expectShown(`${path} in an editor`, workbench.page.locator('.editor-container .view-lines'), 30_000);
}

/** Our item in the status bar: VS Code names it after the extension. */
export function statusItem(workbench: Workbench): Locator {
  return workbench.page.locator('.statusbar-item[id^="lean-workbench.lean-workbench"]').first();
}

async function resultPage(workbench: Workbench): Promise<Frame> {
  try {
    return await workbench.webview('body[data-page="results"], [data-state], main', 90_000);
  } catch (error) {
    throw new DemoError('The demo waited 90 s in vain for the result page.', { cause: error });
  }
}

/** Waits for something and says in a person's words what did not come. */
async function expectShown(what: string, locator: Locator, timeout: number): Promise<void> {
  try {
    await locator.first().waitFor({ timeout });
  } catch (error) {
    throw new DemoError(`The demo waited ${Math.round(timeout / 1000)} s in vain for ${what}.`, { cause: error });
  }
}
