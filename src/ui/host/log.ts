import * as vscode from 'vscode';
import { WorkbenchError, messageOf } from '../../base/errors';
import type { Logger } from '../../base/logger';
import type { Disposable } from '../../base/disposable';

/** The one log channel of the extension, as a Logger. It is never opened by itself. */
export class ChannelLogger implements Logger, Disposable {
  readonly #channel: vscode.LogOutputChannel;

  constructor() {
    this.#channel = vscode.window.createOutputChannel('LEAN Workbench', { log: true });
  }

  trace(message: string): void {
    this.#channel.trace(message);
  }

  debug(message: string): void {
    this.#channel.debug(message);
  }

  info(message: string): void {
    this.#channel.info(message);
  }

  warn(message: string): void {
    this.#channel.warn(message);
  }

  error(message: string, error?: unknown): void {
    this.#channel.error(error === undefined ? message : `${message}: ${describe(error)}`);
  }

  show(): void {
    this.#channel.show(true);
  }

  dispose(): void {
    this.#channel.dispose();
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error);
  const reason = error instanceof WorkbenchError ? ` [${error.reason}]` : '';
  const cause = error.cause === undefined ? '' : `\n  caused by ${describe(error.cause)}`;
  return `${error.stack ?? error.message}${reason}${cause}`;
}
