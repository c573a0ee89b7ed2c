import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Page } from 'playwright-core';
import { expectShown, launchBrowser, openFile, openLeanView, openWorkbench, resultPage, statusItem } from './browser';
import { DemoError } from './options';
import { SAMPLE_PROJECTS } from './sampleWorkspace';

export interface ScreenshotOptions {
  readonly chromium: string;
  readonly url: string;
  readonly password: string;
  /** PNG, absolute. */
  readonly file: string;
  readonly say: (text: string) => void;
}

/** Does by mouse and keyboard what a newcomer would: open an algorithm, press run, look at the result. Then takes a picture. */
export async function takeScreenshot(options: ScreenshotOptions): Promise<void> {
  const browser = await launchBrowser(options.chromium);
  try {
    const page = await openWorkbench(browser, options.url, options.password);
    try {
      await runABacktest(page, options.say);
    } catch (error) {
      const evidence = options.file.replace(/\.png$/i, '') + '.failed.png';
      await mkdir(dirname(options.file), { recursive: true });
      await page.screenshot({ path: evidence });
      throw new DemoError(`${error instanceof Error ? error.message : String(error)}\nWhat the browser showed is in ${evidence}`, { cause: error });
    }
    await mkdir(dirname(options.file), { recursive: true });
    await page.screenshot({ path: options.file });
  } finally {
    await browser.close();
  }
}

async function runABacktest(page: Page, say: (text: string) => void): Promise<void> {
  const project = SAMPLE_PROJECTS.python;
  say('opening the LEAN view');
  const tree = await openLeanView(page);
  await expectShown(`'${project}' in the tree`, tree.getByRole('treeitem', { name: new RegExp(project) }), 30_000);
  await openFile(page, `${project}/main.py`);

  say(`pressing run in the status bar for ${project}`);
  const item = statusItem(page);
  await expectShown(`the status bar item to name ${project}`, item.filter({ hasText: project }), 30_000);
  await item.click();

  const result = resultPage(page);
  await expectShown('the result page', result.locator('body'), 60_000);
  await expectShown('the finished backtest on the result page', result.getByText(/completed/i), 120_000);
  await expectShown('a chart on the result page', result.locator('canvas'), 30_000);
  await expectShown('the words that the result is replayed', result.getByText(/stand-in/i), 10_000);
  // What the chart and the tree still have to draw: two quiet frames after the last message.
  await page.waitForTimeout(1500);
  const errors = await page.locator('.notifications-toasts .codicon-error').count();
  if (errors > 0) throw new DemoError(`VS Code shows ${errors} error notification${errors === 1 ? '' : 's'} after the backtest.`);
}
