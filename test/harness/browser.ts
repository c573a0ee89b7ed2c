import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Frame, type Page } from 'playwright-core';
import type { CodeServer } from './codeServer';
import { until } from './exec';
import { REPOSITORY } from './repository';

/** Debian's Chromium; as root it only runs without its sandbox. The rest keeps it from calling home. */
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Starts the browser: CHROMIUM names it, else the usual places. */
export async function launchBrowser(): Promise<Browser> {
  const places = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const executablePath = places.find((path) => path !== '' && existsSync(path));
  if (executablePath === undefined) throw new Error('No Chromium at /usr/bin/chromium: install it with apt-get install chromium, or name it in CHROMIUM.');
  return chromium.launch({ executablePath, args: FLAGS, headless: true });
}

/** Where pictures and logs of failed tests go; ignored by git. */
export const TEST_RESULTS = join(REPOSITORY, 'test-results');

/** Saves a picture of the page as test-results/<name>.png and gives its path. */
export async function screenshot(page: Page, name: string): Promise<string> {
  mkdirSync(TEST_RESULTS, { recursive: true });
  const file = join(TEST_RESULTS, `${name}.png`);
  await page.screenshot({ path: file });
  return file;
}

export type WorkbenchOptions = { readonly width?: number; readonly height?: number };

/** A window of VS Code in the browser, with the moves that tests make in it. */
export class Workbench {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Opens the window that the server was started for, logs in, and waits until the workbench stands. */
  static async open(browser: Browser, server: CodeServer, options: WorkbenchOptions = {}): Promise<Workbench> {
    const context = await browser.newContext({ viewport: { width: options.width ?? 1440, height: options.height ?? 900 } });
    const page = await context.newPage();
    await page.goto(server.url);
    const password = page.locator('input[type=password]');
    const workbench = page.locator('.monaco-workbench');
    await password.or(workbench).first().waitFor({ timeout: 60_000 });
    if (await password.isVisible()) {
      await password.fill(server.password);
      await password.press('Enter');
    }
    await workbench.waitFor({ timeout: 60_000 });
    await page.locator('.part.statusbar .statusbar-item').first().waitFor({ timeout: 60_000 });
    return new Workbench(page);
  }

  /**
   * Runs a command by its whole title in the palette, such as "Lean: Run Backtest". The palette's list is made when it
   * opens, so it is opened anew until the extension that brings the command has been read.
   */
  async runCommand(title: string, timeoutMs = 30_000): Promise<void> {
    await until(`the command '${title}' in the palette`, () => this.#tryCommand(title), timeoutMs, 100);
  }

  async #tryCommand(title: string): Promise<true | undefined> {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget input[type=text]').first();
    await input.waitFor({ state: 'visible' });
    await input.fill(`>${title}`);
    const row = this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first();
    try {
      await row.waitFor({ timeout: 2000 });
    } catch {
      // Not in this list: closed, to be opened again.
      await this.page.keyboard.press('Escape');
      return undefined;
    }
    await row.click();
    return true;
  }

  /** Types into the open quick input and accepts it. */
  async answer(text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input[type=text]').first();
    await input.waitFor({ state: 'visible' });
    await input.fill(text);
    await input.press('Enter');
  }

  /** Picks the row with that text in the open quick pick. */
  async pick(text: string | RegExp): Promise<void> {
    const row = this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first();
    await row.waitFor({ timeout: 20_000 });
    await row.click();
  }

  /** Clicks the status bar item whose text matches. */
  async clickStatus(text: string | RegExp, timeout = 30_000): Promise<void> {
    await this.page.locator('.part.statusbar .statusbar-item a').filter({ hasText: text }).first().click({ timeout });
  }

  /** The texts of all status bar items. */
  async statusTexts(): Promise<string[]> {
    return this.page.locator('.part.statusbar .statusbar-item').allInnerTexts();
  }

  /** The rows of a tree in the sidebar that can be seen, from top to bottom. */
  async treeRows(): Promise<string[]> {
    return this.page.locator('.part.sidebar .monaco-list-row').allInnerTexts();
  }

  /** A row of a tree in the sidebar by its text. */
  treeRow(text: string | RegExp) {
    return this.page.locator('.part.sidebar .monaco-list-row').filter({ hasText: text }).first();
  }

  /**
   * The inner frame of a webview: the one in which `selector` matches. A webview is a frame (service worker, messages)
   * around a frame (the extension's own page), and VS Code makes both anew when the panel is hidden and shown.
   */
  async webview(selector: string, timeoutMs = 30_000): Promise<Frame> {
    return until(`a webview that holds ${selector}`, () => this.#frameWith(selector), timeoutMs, 100);
  }

  async #frameWith(selector: string): Promise<Frame | undefined> {
    for (const frame of this.page.frames()) {
      if (frame === this.page.mainFrame() || frame.isDetached()) continue;
      try {
        if ((await frame.locator(selector).count()) > 0) return frame;
      } catch {
        // The frame went away while it was asked; the next look finds its successor.
      }
    }
    return undefined;
  }

  /** The notifications that are shown now. */
  async notifications(): Promise<string[]> {
    return this.page.locator('.notifications-toasts .notification-list-item').allInnerTexts();
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
