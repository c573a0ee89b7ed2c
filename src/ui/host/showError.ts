import * as vscode from 'vscode';
import { asWorkbenchError, type WorkbenchError } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { COMMANDS } from '../../manifest/ids';
import { actionButton, type ActionButton } from './errorAction';

/** Tells a person of an error: its message and the one button that helps. Cancellation is not told; all is logged. */
export async function showError(error: unknown, log: Logger): Promise<void> {
  const known = asWorkbenchError(error);
  if (known.reason === 'cancelled' || !known.visible) {
    log.debug(known.message);
    return;
  }
  log.error(known.message, error);
  const t = vscode.l10n.t;
  const button = actionButton(known, process.platform, t);
  const openLog = t('Open Log');
  const titles = [button?.title, button?.title === openLog ? undefined : openLog].filter((title) => title !== undefined);
  const chosen = await vscode.window.showErrorMessage(withPlace(known), ...titles);
  if (chosen === undefined) return;
  if (chosen === button?.title) await runButton(button);
  else await vscode.commands.executeCommand(COMMANDS.showLog);
}

/** Does what a button promises. */
export async function runButton(button: ActionButton): Promise<void> {
  if ('command' in button) {
    await vscode.commands.executeCommand(button.command, ...(button.args ?? []));
  } else if ('url' in button) {
    await vscode.env.openExternal(vscode.Uri.parse(button.url));
  } else if ('openFile' in button) {
    await openAt(button.openFile.file, button.openFile.line, button.openFile.column);
  } else {
    await showAdvice(button.advice, button.copy);
  }
}

/** Shows a text that helps, with a button that copies its command: nothing is run for the person. */
export async function showAdvice(advice: string, copy?: string): Promise<void> {
  const copyTitle = vscode.l10n.t('Copy Command');
  const chosen = await vscode.window.showInformationMessage(advice, { modal: true }, ...(copy === undefined ? [] : [copyTitle]));
  if (chosen === copyTitle && copy !== undefined) await vscode.env.clipboard.writeText(copy);
}

/** Opens a file at a place; 1-based. */
export async function openAt(file: string, line?: number, column?: number): Promise<void> {
  const position = new vscode.Position(Math.max(0, (line ?? 1) - 1), Math.max(0, (column ?? 1) - 1));
  const options: vscode.TextDocumentShowOptions = line === undefined ? {} : { selection: new vscode.Range(position, position) };
  await vscode.window.showTextDocument(vscode.Uri.file(file), options);
}

/** The message with file and line, unless it names the line itself. */
function withPlace(error: WorkbenchError): string {
  const { line, file } = error.location ?? {};
  if (line === undefined || file === undefined || new RegExp(`(?:line |:)${line}\\b`).test(error.message)) return error.message;
  return `${error.message} (${file.split(/[\\/]/).at(-1) ?? file}:${line})`;
}
