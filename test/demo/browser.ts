import { chromium, type Browser, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { DemoError } from './options';

const WORKBENCH_MS = 90_000;

/** Opens VS Code in a headless browser, past the password, and waits for the workbench. */
export async function openWorkbench(browser: Browser, url: string, password: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
  await page.goto(url);
  await page.locator('input[name="password"]').fill(password);
  await page.locator('input[type="submit"]').click();
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: WORKBENCH_MS });
  return page;
}

/** Starts Debian's Chromium without a display. */
export function launchBrowser(executable: string): Promise<Browser> {
  // Root has no user namespaces to sandbox with; the only page it opens is ours, on 127.0.0.1.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: executable, headless: true, args });
}

/** Opens a file by VS Code's quick open; `path` as a person would type it. */
export async function openFile(page: Page, path: string): Promise<void> {
  await page.keyboard.press('Control+P');
  const input = page.locator('.quick-input-widget input').first();
  await input.waitFor();
  await input.fill(path);
  await page.locator('.quick-input-list .monaco-list-row').first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.editor-container .view-lines').first().waitFor();
}

/** Opens our sidebar and gives the tree. */
export async function openLeanView(page: Page): Promise<Locator> {
  const entry = page.locator('.activitybar .action-item').filter({ has: page.locator('[aria-label="LEAN"], [aria-label^="LEAN "]') });
  await entry.first().click();
  const tree = page.locator('.part.sidebar .monaco-list');
  await tree.getByRole('treeitem').first().waitFor({ timeout: 30_000 });
  return tree;
}

/** Our item in the status bar: VS Code names it after the extension. */
export function statusItem(page: Page): Locator {
  return page.locator('.statusbar-item[id^="lean-workbench.lean-workbench"]').first();
}

/** The document inside the webview that is shown: VS Code puts it two frames deep. */
export function resultPage(page: Page): FrameLocator {
  return page.locator('iframe.webview.ready').last().contentFrame().locator('iframe#active-frame').contentFrame();
}

/** Waits for something and says in a person's words what did not come. */
export async function expectShown(what: string, locator: Locator, timeout: number): Promise<void> {
  try {
    await locator.first().waitFor({ timeout });
  } catch (error) {
    throw new DemoError(`The demo waited ${Math.round(timeout / 1000)} s in vain for ${what}.`, { cause: error });
  }
}
