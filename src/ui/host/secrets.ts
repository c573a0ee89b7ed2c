import type * as vscode from 'vscode';
import { Emitter } from '../../base/emitter';
import type { SecretPort } from '../../lean/ports';
import type { Disposable } from '../../base/disposable';

const PREFIX = 'lean-workbench.';

/** Secrets in VS Code's store, which the operating system keeps. */
export class StoredSecrets implements SecretPort, Disposable {
  readonly #storage: vscode.SecretStorage;
  readonly #changed = new Emitter<string>();
  readonly #subscription: Disposable;
  readonly onDidChange = this.#changed.event;

  constructor(storage: vscode.SecretStorage) {
    this.#storage = storage;
    this.#subscription = storage.onDidChange(({ key }) => {
      if (key.startsWith(PREFIX)) this.#changed.fire(key.slice(PREFIX.length));
    });
  }

  async get(name: string): Promise<string | undefined> {
    return this.#storage.get(PREFIX + name);
  }

  async set(name: string, value: string): Promise<void> {
    await this.#storage.store(PREFIX + name, value);
  }

  async delete(name: string): Promise<void> {
    await this.#storage.delete(PREFIX + name);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}
