import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Frame } from 'playwright-core';
import { openLeanView, statusItem } from '../demo/screenshot';
import { makeSampleWorkspace, type SampleOptions } from '../demo/sampleWorkspace';
import { launchBrowser, screenshot, Workbench } from '../harness/browser';
import { startCodeServer, type CodeServer, type CodeServerOptions } from '../harness/codeServer';
import { until } from '../harness/exec';
import { STANDIN_IMAGE } from '../harness/standin';

export interface Session {
  /** Absolute folder of the workspace that is open. */
  readonly folder: string;
  readonly workbench: Workbench;
  readonly server: CodeServer;
  readonly browser: Browser;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly sample?: SampleOptions;
  /** Lays the workspace; default: the sample workspace with the stand-in as its image. */
  readonly lay?: (folder: string) => Promise<void>;
  readonly server?: CodeServerOptions;
}

/** The daemon that test/run.mjs started for the tier. */
export function dockerHost(): string {
  const host = process.env['LEAN_TEST_DOCKER_HOST'];
  if (host === undefined) throw new Error('LEAN_TEST_DOCKER_HOST is not set: run the tier with node test/run.mjs e2e.');
  return host;
}

/** A window of VS Code with the packed extension on a fresh copy of the sample workspace. */
export async function startSession(options: SessionOptions = {}): Promise<Session> {
  const root = mkdtempSync(join(tmpdir(), 'lwt-e2e-'));
  const folder = join(root, 'quant');
  if (options.lay === undefined) await makeSampleWorkspace(folder, { settings: { 'lean.image': STANDIN_IMAGE }, ...options.sample });
  else await options.lay(folder);
  const server = await startCodeServer({ open: folder, ...options.server, settings: { 'lean.docker.host': dockerHost(), ...options.server?.settings } });
  const browser = await launchBrowser();
  const workbench = await Workbench.open(browser, server, { width: 1600, height: 1000 });
  return {
    folder,
    workbench,
    server,
    browser,
    async close() {
      await browser.close();
      await server.stop();
      rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Runs a step and, when it fails, keeps a picture and what VS Code said. */
export async function step<T>(session: Session, name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const slug = name.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase();
    const picture = await screenshot(session.workbench.page, `failed-${slug}`);
    const said = (await session.workbench.notifications()).join(' | ');
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}\nNotifications: ${said}\nPicture: ${picture}`, { cause: error });
  }
}

/** Folder names below a project's backtests/, sorted. */
export async function runFolders(session: Session, project: string): Promise<string[]> {
  return (await readdir(join(session.folder, project, 'backtests'))).sort();
}

/** Waits for the run folder that was not there before. */
export async function newRunFolder(session: Session, project: string, before: readonly string[]): Promise<string> {
  const name = await until(
    `a new run of ${project}`,
    async () => (await runFolders(session, project)).find((entry) => !before.includes(entry)),
    60_000,
    100,
  );
  return join(session.folder, project, 'backtests', name);
}

/** The result page that shows the run of a folder, once its header says one of these states. */
export async function resultPage(session: Session, folder: string, state: RegExp, timeoutMs = 90_000): Promise<Frame> {
  const name = folder.split('/').at(-1) ?? folder;
  let last = '';
  try {
    return await until(
      `the result page of ${name} to say ${String(state)}`,
      async () => {
        for (const frame of session.workbench.page.frames()) {
          if (frame === session.workbench.page.mainFrame() || frame.isDetached()) continue;
          try {
            const header = frame.locator(`header[data-run="${name}"]`).first();
            if ((await header.count()) === 0) continue;
            last = await header.innerText();
            if (state.test(last)) return frame;
          } catch {
            // Frames come and go while panels are made; the next look finds the present one.
          }
        }
        return undefined;
      },
      timeoutMs,
      200,
    );
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)} Its header said: ${last}`, { cause: error });
  }
}

/** Text of our status bar item. */
export async function statusText(session: Session): Promise<string> {
  return statusItem(session.workbench).innerText();
}

/** What a screen reader hears of the rows of our tree, from top to bottom. */
export async function rowLabels({ workbench }: Session): Promise<string[]> {
  const rows = await workbench.page.locator('.part.sidebar .monaco-list-row').all();
  // A row that went away meanwhile says nothing.
  return Promise.all(rows.map(async (row) => (await row.getAttribute('aria-label', { timeout: 1000 }).catch(() => null)) ?? ''));
}

/** Waits for a row of the tree that says these words to a screen reader; gives all it says. */
export async function rowSays(session: Session, words: RegExp): Promise<string> {
  return until(`a row to say ${String(words)}`, async () => (await rowLabels(session)).find((label) => words.test(label)), 30_000, 200);
}

/** Waits until no row says these words. */
export async function noRowSays(session: Session, words: RegExp): Promise<void> {
  await until(`no row to say ${String(words)}`, async () => ((await rowLabels(session)).some((label) => words.test(label)) ? undefined : true), 20_000, 200);
}

/** Shows the LEAN view; its icon would hide it when it is there already. */
export async function showLeanView(session: Session): Promise<void> {
  const shown = session.workbench.page.locator('.part.sidebar .composite.title h2').filter({ hasText: /LEAN/ });
  if (!(await shown.isVisible())) await openLeanView(session.workbench);
}

export { openLeanView, statusItem };
