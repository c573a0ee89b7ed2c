import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable';
import { isFinal, type RunSnapshot } from '../../lean/run';
import { COMMANDS } from '../../manifest/ids';
import type { CurrentProject } from '../host/currentProject';
import type { Catalog, Runs } from '../host/ports';
import { byNewest } from '../views/runText';
import { presentStatus } from './status.present';

/** The one status bar item: the current project, its run's progress, its result for a while. */
export class StatusBar implements vscode.Disposable {
  readonly #catalog: Catalog;
  readonly #runs: Runs;
  readonly #current: CurrentProject;
  readonly #store = new DisposableStore();
  readonly #item: vscode.StatusBarItem;
  /** Only runs of this session leave a result behind; one that ended long ago is no news. */
  readonly #seen = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(catalog: Catalog, runs: Runs, current: CurrentProject) {
    this.#catalog = catalog;
    this.#runs = runs;
    this.#current = current;
    this.#item = this.#store.add(vscode.window.createStatusBarItem('lean.status', vscode.StatusBarAlignment.Left, 90));
    this.#item.name = vscode.l10n.t('LEAN Backtest');
    this.#store.add(catalog.onDidChange(() => this.#draw()));
    this.#store.add(current.onDidChange(() => this.#draw()));
    this.#store.add(runs.onDidChange(() => this.#draw()));
    this.#store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#draw()));
    this.#draw();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#store.dispose();
  }

  /** The run that the item speaks of. */
  run(): RunSnapshot | undefined {
    const project = this.#current.get();
    if (project === undefined) return undefined;
    const own = [...this.#runs.ofProject(project.folder)].filter((run) => run.kind === 'backtest').sort(byNewest);
    const active = own.find((run) => !isFinal(run.state));
    if (active !== undefined) this.#seen.add(active.id);
    return active ?? own.find((run) => this.#seen.has(run.id));
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const runnable = this.#catalog.allProjects().some((project) => !project.isLibrary);
    const project = this.#current.get();
    const view = presentStatus(project, this.run(), { hasProjects: runnable, trusted: vscode.workspace.isTrusted }, Date.now(), vscode.l10n.t);
    if (!view.visible) {
      this.#item.hide();
      return;
    }
    this.#item.text = view.text;
    // The project that the item names is the one that runs, whatever editor is in front.
    this.#item.command = { command: CLICKS[view.click], title: view.text, arguments: project === undefined ? [] : [{ projectFolder: project.folder }] };
    this.#item.tooltip = tooltipWithLinks(view.tooltip, view.click);
    this.#item.accessibilityInformation = { label: view.accessibility, role: 'button' };
    this.#item.backgroundColor = view.mood === 'error' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
    this.#item.show();
    if (view.ticking) this.#timer = setTimeout(() => this.#draw(), 1000);
  }
}

const CLICKS = { run: COMMANDS.backtest, menu: COMMANDS.runMenu, pick: COMMANDS.pickProject } as const;

/** The hover names what else there is, so that the click may run at once. Only these commands are allowed in it. */
function tooltipWithLinks(text: string, click: keyof typeof CLICKS): vscode.MarkdownString {
  const t = vscode.l10n.t;
  const links = [
    [t('Run with…'), COMMANDS.backtestWith],
    [t('Pick project'), COMMANDS.pickProject],
    [t('More…'), COMMANDS.runMenu],
  ] as const;
  const tooltip = new vscode.MarkdownString(click === 'run' ? `${text}\n\n${links.map(([title, command]) => `[${title}](command:${command})`).join(' · ')}` : text);
  tooltip.isTrusted = { enabledCommands: links.map(([, command]) => command) };
  return tooltip;
}
