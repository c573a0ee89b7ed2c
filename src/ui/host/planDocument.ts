import * as vscode from 'vscode';
import type { Disposable } from '../../base/disposable';

export const PLAN_SCHEME = 'lean-plan';

/** Read-only documents with launch plans, secrets masked. A document lives as long as somebody shows it. */
export class PlanDocuments implements vscode.TextDocumentContentProvider, Disposable {
  readonly #texts = new Map<string, string>();
  readonly #subscriptions: vscode.Disposable;

  constructor() {
    this.#subscriptions = vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(PLAN_SCHEME, this),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (document.uri.scheme === PLAN_SCHEME) this.#texts.delete(document.uri.toString());
      }),
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? vscode.l10n.t('This plan is no longer known. Run “LEAN: Show Launch Plan” again.');
  }

  async open(title: string, runId: string, markdown: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: PLAN_SCHEME, path: `/${title}.md`, query: runId });
    this.#texts.set(uri.toString(), markdown);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }
}
