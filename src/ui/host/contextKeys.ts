import * as vscode from 'vscode';
import type { Catalog, Runs } from './ports';
import { CONTEXT_KEYS } from '../../manifest/ids';

interface ContextValues {
  workspaces: 'searching' | 'none' | 'found';
  hasProjects: boolean;
  engine: string;
  running: boolean;
  algorithmFiles: readonly string[];
}

/** Sets context keys, each only when its value changed. */
export class ContextKeys {
  readonly #last = new Map<string, string>();

  set<K extends keyof ContextValues>(key: K, value: ContextValues[K]): void {
    const text = JSON.stringify(value);
    if (this.#last.get(key) === text) return;
    this.#last.set(key, text);
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS[key], value);
  }

  /** What menus need to know of workspaces and projects. */
  ofCatalog(catalog: Catalog): void {
    const projects = catalog.allProjects();
    this.set('workspaces', catalog.state === 'unknown' ? 'searching' : catalog.state);
    this.set('hasProjects', projects.length > 0);
    this.set('algorithmFiles', projects.filter((project) => !project.isLibrary).map((project) => project.mainFile).sort());
  }

  ofRuns(runs: Runs): void {
    this.set('running', runs.active().length > 0);
  }
}
