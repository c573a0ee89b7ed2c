import * as vscode from 'vscode';
import type { ExtraDockerOptions, RunLimits } from '../../lean/request';
import { SETTINGS } from '../../manifest/ids';
import { parseExtraDockerOptions, parseMemory } from '../../lean/dockerOptions';

export type ConfigDelivery = 'memory' | 'file';
export type OpenResult = 'start' | 'end' | 'never';

/** The settings with their types. Reads are cheap and always current; a value of a wrong type is an error or its default. */
export class Settings {
  dockerHost(scope?: vscode.Uri): string {
    return text(SETTINGS.dockerHost, scope);
  }

  image(scope: vscode.Uri): string {
    return text(SETTINGS.image, scope);
  }

  projectImages(scope: vscode.Uri): Readonly<Record<string, string>> {
    const value = read(SETTINGS.projectImages, scope);
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].trim() !== ''));
  }

  additionalFolders(scope?: vscode.Uri): readonly string[] {
    const value = read(SETTINGS.workspaceFolders, scope);
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item.trim() !== '') : [];
  }

  /** Seconds. */
  stopTimeout(scope?: vscode.Uri): number {
    const value = read(SETTINGS.stopTimeout, scope);
    return typeof value === 'number' && value >= 1 ? value : 30;
  }

  openResult(scope?: vscode.Uri): OpenResult {
    const value = read(SETTINGS.openResult, scope);
    return value === 'end' || value === 'never' ? value : 'start';
  }

  codeLens(scope?: vscode.Uri): boolean {
    return read(SETTINGS.codeLens, scope) !== false;
  }

  configDelivery(scope?: vscode.Uri): ConfigDelivery {
    return read(SETTINGS.configDelivery, scope) === 'file' ? 'file' : 'memory';
  }

  /** Throws `bad-request` for a memory size that cannot be read: a limit is never dropped silently. */
  limits(scope?: vscode.Uri): RunLimits {
    const cpus = read(SETTINGS.cpus, scope);
    const memoryBytes = parseMemory(text(SETTINGS.memory, scope));
    return { ...(typeof cpus === 'number' && cpus > 0 ? { cpus } : {}), ...(memoryBytes === undefined ? {} : { memoryBytes }) };
  }

  /** Throws `bad-request` that names the option. */
  extraDocker(scope?: vscode.Uri): ExtraDockerOptions {
    const value = read(SETTINGS.extraDocker, scope);
    return value === undefined || value === null ? {} : parseExtraDockerOptions(JSON.parse(JSON.stringify(value)), SETTINGS.extraDocker);
  }

  /** Writes the image of one project into the setting of its workspace folder; an empty image removes it. */
  async setProjectImage(scope: vscode.Uri, project: string, image: string): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(undefined, scope);
    const target = targetFor(scope);
    const own = configuration.inspect<Record<string, string>>(SETTINGS.projectImages);
    const before = target === vscode.ConfigurationTarget.WorkspaceFolder ? own?.workspaceFolderValue : target === vscode.ConfigurationTarget.Workspace ? own?.workspaceValue : own?.globalValue;
    const entries = Object.entries(before ?? {}).filter(([name]) => name !== project);
    const next = image === '' ? entries : [...entries, [project, image] as const];
    await configuration.update(SETTINGS.projectImages, next.length === 0 ? undefined : Object.fromEntries(next), target);
  }

  async setImage(scope: vscode.Uri, image: string): Promise<void> {
    await vscode.workspace.getConfiguration(undefined, scope).update(SETTINGS.image, image === '' ? undefined : image, targetFor(scope));
  }
}

/** A folder of its own only in a multi-root workspace; else the workspace, or the person when there is none around it. */
function targetFor(scope: vscode.Uri): vscode.ConfigurationTarget {
  if (vscode.workspace.getWorkspaceFolder(scope) === undefined) return vscode.ConfigurationTarget.Global;
  return vscode.workspace.workspaceFile === undefined ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.WorkspaceFolder;
}

function read(id: string, scope?: vscode.Uri): unknown {
  return vscode.workspace.getConfiguration(undefined, scope ?? null).get<unknown>(id);
}

function text(id: string, scope?: vscode.Uri): string {
  const value = read(id, scope);
  return typeof value === 'string' ? value.trim() : '';
}
