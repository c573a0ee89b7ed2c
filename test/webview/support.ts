import { build } from 'esbuild';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { english, type Bundle, type Translate } from '../../src/base/l10n';
import { readResultFolder } from '../../src/files/resultFolder';
import { readRunLog } from '../../src/files/resultLog';
import type { BacktestResult } from '../../src/lean/result';
import type { ResultHead, ResultHostMessage, ResultPageMessage } from '../../src/protocol/results';
import { resultPageHtml } from '../../src/ui/webviews/resultPage';
import { buildCharts, buildHead, buildLogLines } from '../../src/ui/webviews/resultPresenter';
import { launchBrowser } from '../harness/browser';
import { REPOSITORY } from '../harness/repository';
import { THEMES, type ThemeName } from './themes';

export const RECORDINGS = join(REPOSITORY, 'test/fixtures/recordings/engine');

/** The built page on a server of its own, with the panel's document and policy, and a browser to look at it. */
export class PageStage {
  readonly #folder: string;
  readonly #server: Server;
  readonly #browser: Browser;
  readonly origin: string;

  private constructor(folder: string, server: Server, browser: Browser, origin: string) {
    this.#folder = folder;
    this.#server = server;
    this.#browser = browser;
    this.origin = origin;
  }

  static async open(): Promise<PageStage> {
    const folder = await mkdtemp(join(tmpdir(), 'lwt-page-'));
    await build({ entryPoints: { results: join(REPOSITORY, 'webviews/results/index.ts') }, bundle: true, format: 'esm', target: 'es2022', minify: true, outdir: folder, logLevel: 'error' });
    for (const file of ['codicon.css', 'codicon.ttf']) await cp(join(REPOSITORY, 'node_modules/@vscode/codicons/dist', file), join(folder, file));
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://x').pathname;
      void serve(folder, path, origin).then(
        ({ type, body }) => response.writeHead(200, { 'content-type': type }).end(body),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    return new PageStage(folder, server, await launchBrowser(), origin);
  }

  /** A fresh page in a theme, waiting for its first message. */
  async page(options: { theme?: ThemeName; width?: number; height?: number; state?: object; bundle?: Bundle } = {}): Promise<ResultPage> {
    const { theme = 'dark', width = 1000, height = 900, state, bundle } = options;
    const context = await this.#browser.newContext({ viewport: { width, height } });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    await page.addInitScript({ content: fakeHost(theme, state) });
    if (bundle !== undefined) await page.route(`${this.origin}/`, (route) => route.fulfill({ contentType: 'text/html', body: pageHtml(this.origin, bundle) }));
    await page.goto(this.origin);
    const result = new ResultPage(page, faults);
    await result.until((messages) => messages.some((message) => message.type === 'ready'), 'the page says that it is ready');
    return result;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function pageHtml(origin: string, bundle: Bundle | undefined): string {
  return resultPageHtml({ cspSource: origin, nonce: 'bm9uY2U', script: `${origin}/results.js`, styles: [`${origin}/codicon.css`, `${origin}/results.css`], title: 'Result', language: bundle === undefined ? 'en' : 'de', bundle });
}

async function serve(folder: string, path: string, origin: string): Promise<{ type: string; body: string | Buffer }> {
  if (path === '/') {
    return { type: 'text/html', body: pageHtml(origin, undefined) };
  }
  if (path === '/favicon.ico') return { type: 'image/x-icon', body: '' };
  const types: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };
  return { type: types[extname(path)] ?? 'application/octet-stream', body: await readFile(join(folder, path.slice(1).replaceAll('..', ''))) };
}

/** What VS Code does before a page's script: its API, the theme's variables on the root, the kind on the body. */
function fakeHost(theme: ThemeName, state: object | undefined): string {
  const { bodyClass, tokens } = THEMES[theme];
  const fonts = { 'font-family': '"DejaVu Sans", sans-serif', 'font-size': '13px', 'font-weight': 'normal', 'editor-font-family': '"DejaVu Sans Mono", monospace', 'editor-font-size': '14px' };
  return `
    window.sent = []; window.faces = []; window.state = ${JSON.stringify(state ?? null)} ?? undefined; window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));
    window.acquireVsCodeApi = () => ({ postMessage: (message) => window.sent.push(message), getState: () => window.state, setState: (value) => { window.state = value; } });
    new MutationObserver(() => { const face = document.body && document.body.dataset.face; if (face && window.faces.at(-1)?.face !== face) window.faces.push({ face, at: performance.now() }); }).observe(document, { attributes: true, subtree: true });
    const tokens = ${JSON.stringify({ ...tokens, ...fonts })};
    const dress = () => { for (const [name, value] of Object.entries(tokens)) document.documentElement.style.setProperty('--vscode-' + name, value); };
    if (document.documentElement) dress();
    document.addEventListener('DOMContentLoaded', () => { dress(); document.body.classList.add('${bodyClass}'); });
    new MutationObserver((_, observer) => { if (document.body) { document.body.classList.add('${bodyClass}'); dress(); observer.disconnect(); } }).observe(document, { childList: true, subtree: true });
  `;
}

/** A page under test: posts host messages, reads what it sent back. */
export class ResultPage {
  readonly page: Page;
  /** Script errors and console errors; a sound page has none. */
  readonly faults: string[];

  constructor(page: Page, faults: string[]) {
    this.page = page;
    this.faults = faults;
  }

  /** Posts a message as the panel would; array buffers arrive as array buffers. */
  async post(message: ResultHostMessage): Promise<void> {
    const text = JSON.stringify(message, (_key, value: unknown) => (value instanceof ArrayBuffer ? { $buffer: Buffer.from(value).toString('base64') } : value));
    await this.page.evaluate(`(() => {
      const revive = (key, value) => value && typeof value === 'object' && '$buffer' in value ? Uint8Array.from(atob(value.$buffer), (char) => char.charCodeAt(0)).buffer : value;
      window.dispatchEvent(new MessageEvent('message', { data: JSON.parse(${JSON.stringify(text)}, revive) }));
    })()`);
  }

  async sent(): Promise<ResultPageMessage[]> {
    return this.page.evaluate<ResultPageMessage[]>('window.sent');
  }

  async state(): Promise<Record<string, unknown>> {
    return this.page.evaluate<Record<string, unknown>>('window.state ?? {}');
  }

  async violations(): Promise<string[]> {
    return this.page.evaluate<string[]>('window.violations');
  }

  /** Waits until the messages sent so far satisfy a test. */
  async until(holds: (messages: ResultPageMessage[]) => boolean, what: string): Promise<ResultPageMessage[]> {
    const end = Date.now() + 10_000;
    for (;;) {
      const messages = await this.sent();
      if (holds(messages)) return messages;
      if (Date.now() > end) throw new Error(`Waited in vain: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** The time range that the page remembers, null when it shows all. */
  async zoom(): Promise<[number, number] | null> {
    const { zoom } = await this.state();
    return (zoom ?? null) as [number, number] | null;
  }

  /** How many pixels of a pane's canvas are close to a colour. */
  async pixels(pane: string, rgb: readonly [number, number, number]): Promise<number> {
    return this.page.evaluate<number>(`(() => {
      const canvas = document.querySelector('[data-pane="${pane}"] canvas');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let index = 0; index < data.length; index += 4) {
        if (data[index + 3] > 100 && Math.abs(data[index] - ${rgb[0]}) + Math.abs(data[index + 1] - ${rgb[1]}) + Math.abs(data[index + 2] - ${rgb[2]}) < 60) count++;
      }
      return count;
    })()`);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

/** A recording as the panel would send it. */
export interface Recorded {
  readonly result: BacktestResult;
  readonly head: ResultHead;
  readonly messages: readonly ResultHostMessage[];
}

/** Reads a recording of the engine and makes the panel's messages of it, with changes to the head. */
export async function recorded(name: string, change: Partial<ResultHead> = {}, translate: Translate = english): Promise<Recorded> {
  const folder = join(RECORDINGS, name);
  const result = await readResultFolder(folder);
  if (result === undefined) throw new Error(`No result in ${folder}`);
  const log = await readRunLog(folder);
  const head = { ...buildHead({ folder, run: undefined, result, hasCodeSnapshot: true, hasPlan: true }, translate), canRunAgain: true, ...change };
  return {
    result,
    head,
    messages: [
      { type: 'head', head },
      { type: 'charts', revision: 1, charts: buildCharts(result) },
      { type: 'orders', revision: 1, orders: result.orders },
      { type: 'log', reset: true, lines: buildLogLines(log?.lines ?? []) },
    ],
  };
}
