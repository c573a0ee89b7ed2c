import { randomBytes } from 'node:crypto';
import { isAbsolute, join, resolve } from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/disposable';
import type { RunSnapshot } from '../../lean/run';
import { PANELS } from '../../manifest/ids';
import type { PageAction, ResultHostMessage, ResultPageMessage, ResultPageState } from '../../protocol/results';
import { resultPageHtml } from './resultPage';
import { ResultSession, type ResultSessionSources } from './resultSession';

export interface ResultPanelSources extends Omit<ResultSessionSources, 'translate'> {
  readonly extensionUri: vscode.Uri;
  /** Carries out a button; the run is undefined for a folder that no store knows. */
  readonly actions: (action: PageAction, run: RunSnapshot | undefined, folder: string) => void | Promise<void>;
  /** The host file of a place that a log or outcome names; undefined when it is none of the person's. */
  readonly resolveFile: (file: string, run: RunSnapshot | undefined) => Promise<string | undefined>;
  readonly showError: (error: unknown) => void;
}

interface Open {
  readonly panel: vscode.WebviewPanel;
  readonly session: ResultSession;
}

/** All result pages: one a run folder, opened beside the source, restored after a reload. */
export class ResultPanels implements Disposable, vscode.WebviewPanelSerializer<Partial<ResultPageState>> {
  readonly #sources: ResultPanelSources;
  readonly #open = new Map<string, Open>();
  readonly #disposables = new DisposableStore();

  constructor(sources: ResultPanelSources) {
    this.#sources = sources;
    this.#disposables.add(vscode.window.registerWebviewPanelSerializer(PANELS.result, this));
  }

  /** Shows the result of a run, or of any folder (`runId` = the folder). */
  show(run: { readonly id: string; readonly folder: string; readonly name: string }, options: { readonly column?: vscode.ViewColumn; readonly preserveFocus?: boolean } = {}): void {
    const { column = vscode.ViewColumn.Beside, preserveFocus = true } = options;
    const there = this.#open.get(run.folder);
    if (there !== undefined) {
      there.panel.reveal(undefined, preserveFocus);
      return;
    }
    const panel = vscode.window.createWebviewPanel(PANELS.result, run.name, { viewColumn: column, preserveFocus }, { enableFindWidget: false, retainContextWhenHidden: false });
    this.#attach(panel, run.folder, run.id);
  }

  /** Whether the page of a run folder is in front in its group. */
  isVisible(folder: string): boolean {
    return this.#open.get(folder)?.panel.visible === true;
  }

  /** VS Code gives a panel back after a reload, with what its page remembered. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: Partial<ResultPageState> | undefined): Promise<void> {
    const folder = state?.folder;
    if (typeof folder !== 'string' || !isAbsolute(folder) || this.#open.has(folder)) panel.dispose();
    else this.#attach(panel, folder, state?.runId ?? folder);
    return Promise.resolve();
  }

  dispose(): void {
    this.#disposables.dispose();
    for (const { panel } of [...this.#open.values()]) panel.dispose();
  }

  #attach(panel: vscode.WebviewPanel, folder: string, runId: string): void {
    const { extensionUri } = this.#sources;
    const root = vscode.Uri.joinPath(extensionUri, 'dist', 'webviews');
    const store = new DisposableStore();
    const post = (message: ResultHostMessage): void => {
      if (store.isDisposed) return;
      if (message.type === 'head') panel.title = message.head.title;
      void panel.webview.postMessage(message);
    };
    const session = store.add(new ResultSession(folder, runId, { ...this.#sources, translate: (message, ...args) => vscode.l10n.t(message, ...args) }, post));
    this.#open.set(folder, { panel, session });
    panel.webview.options = { enableScripts: true, localResourceRoots: [root] };
    store.add(panel.webview.onDidReceiveMessage((message: ResultPageMessage) => void this.#receive(message, session)));
    panel.onDidDispose(() => {
      this.#open.delete(folder);
      store.dispose();
    });
    const address = (name: string): string => panel.webview.asWebviewUri(vscode.Uri.joinPath(root, name)).toString();
    panel.webview.html = resultPageHtml({
      cspSource: panel.webview.cspSource,
      nonce: randomBytes(18).toString('base64url'),
      script: address('results.js'),
      styles: [address('codicon.css'), address('results.css')],
      title: panel.title,
      // Without a bundle the page is English, whatever the editor speaks.
      language: vscode.l10n.bundle === undefined ? 'en' : vscode.env.language,
      bundle: vscode.l10n.bundle,
    });
  }

  async #receive(message: ResultPageMessage, session: ResultSession): Promise<void> {
    try {
      await this.#handle(message, session);
    } catch (error) {
      this.#sources.showError(error);
    }
  }

  async #handle(message: ResultPageMessage, session: ResultSession): Promise<void> {
    switch (message.type) {
      case 'ready':
        session.start();
        return;
      case 'action':
        if (message.action === 'reload') session.start();
        else if (message.action === 'open-result-file') await openResultFile(session);
        else await this.#sources.actions(message.action, session.run, session.folder);
        return;
      case 'open-location':
        await this.#openLocation(message.file, message.line, session);
        return;
      case 'save':
        await save(message.suggestedName, message.content, session.folder);
        return;
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        return;
      case 'problem':
        this.#sources.logger.error(`Result page: ${message.message}`);
        return;
    }
  }

  async #openLocation(file: string, line: number | undefined, session: ResultSession): Promise<void> {
    const { run } = session;
    const path = (await this.#sources.resolveFile(file, run)) ?? (run === undefined ? undefined : isAbsolute(file) ? file : resolve(run.projectFolder, file));
    const uri = path === undefined ? undefined : vscode.Uri.file(path);
    if (uri === undefined || !(await exists(uri))) {
      void vscode.window.showInformationMessage(vscode.l10n.t('{0} is not among the files of this project.', file));
      return;
    }
    const position = new vscode.Position(Math.max(0, (line ?? 1) - 1), 0);
    await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One, selection: new vscode.Range(position, position) });
  }
}

async function openResultFile(session: ResultSession): Promise<void> {
  const file = session.result?.file ?? join(session.folder, `${session.run?.algorithmId ?? ''}.json`);
  const uri = vscode.Uri.file(file);
  if (await exists(uri)) await vscode.commands.executeCommand('vscode.open', uri);
  else await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(session.folder));
}

async function save(name: string, content: string | ArrayBuffer, folder: string): Promise<void> {
  const fileName = name.replace(/[\\/:*?"<>|]/g, '-');
  const extension = /\.(\w+)$/.exec(fileName)?.[1] ?? 'txt';
  const uri = await vscode.window.showSaveDialog({ defaultUri: vscode.Uri.file(join(folder, fileName)), filters: { [extension.toUpperCase()]: [extension] } });
  if (uri === undefined) return;
  await vscode.workspace.fs.writeFile(uri, typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content));
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return false;
    throw error;
  }
}
