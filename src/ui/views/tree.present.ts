import type { WorkbenchError } from '../../base/errors';
import type { LeanProject, LeanWorkspace } from '../../lean/model';
import type { EngineInfo, ImageInfo } from '../../lean/ports';
import { isFinal, type RunSnapshot } from '../../lean/run';
import { age, count, duration, escapeMarkdown, isoDate, clockTime, moment, money, percent, ratio } from '../host/format';
import type { Translate } from '../host/translate';
import type { RunGroup } from './treeModel';
import { endWord, figuresText, progressText, runSeconds, runTime, shortFigures, stateWord } from './runText';

/** What a row looks like, without vscode. Icons and colours are theme ids. */
export interface RowView {
  readonly label: string;
  readonly description?: string;
  readonly icon: string;
  readonly color?: string;
  readonly contextValue: string;
  /** Markdown; everything that comes from files is escaped. */
  readonly tooltip?: string;
  readonly accessibility: string;
  readonly collapsible: 'none' | 'collapsed' | 'expanded';
}

/** What is known about the engine, for the row of a workspace. */
export interface EngineView {
  readonly info?: EngineInfo;
  readonly error?: WorkbenchError;
  readonly image?: { readonly name: string; readonly info?: ImageInfo };
}

/** The last part of an image name: `quantconnect/lean:latest` → `lean:latest`. */
export function shortImage(name: string): string {
  const withoutDigest = name.split('@')[0] ?? name;
  return withoutDigest.slice(withoutDigest.lastIndexOf('/') + 1);
}

/** Row of a workspace: its folder, the engine and how old the image is, as far as known. */
export function presentWorkspace(workspace: LeanWorkspace, engine: EngineView, nowMs: number, t: Translate): RowView {
  const parts: string[] = [];
  if (engine.error !== undefined) parts.push(engineProblemTitle(engine.error, t));
  else if (engine.info !== undefined) parts.push(engine.info.product);
  const image = engine.image;
  if (image !== undefined && engine.error === undefined) {
    const known = image.info;
    parts.push(known === undefined ? t('{0} not pulled', shortImage(image.name)) : t('{0} {1} old', shortImage(image.name), age(known.createdAt, nowMs)));
  }
  const description = parts.join(' · ');
  const lines = [`**${escapeMarkdown(workspace.name)}**`, escapeMarkdown(workspace.folder), `${t('Data')}: ${escapeMarkdown(workspace.dataFolder)}`];
  if (engine.info !== undefined) lines.push(`${t('Engine')}: ${escapeMarkdown(engine.info.product)}, ${escapeMarkdown(engine.info.foundBy)}`);
  if (engine.error !== undefined) lines.push(escapeMarkdown(engine.error.message));
  return {
    label: workspace.name,
    ...(description === '' ? {} : { description }),
    icon: 'root-folder',
    contextValue: 'workspace',
    tooltip: lines.join('\n\n'),
    accessibility: [t('Workspace {0}', workspace.name), description].filter((part) => part !== '').join(', '),
    collapsible: 'expanded',
  };
}

/** States whose figures speak for the project: a run that failed half-way earned nothing that counts. */
const COUNTS: ReadonlySet<RunSnapshot['state']> = new Set(['completed', 'stopped']);

/** Row of a project: language and the figures of its last finished run. */
export function presentProject(project: LeanProject, runs: readonly RunSnapshot[], expanded: boolean, t: Translate): RowView {
  const language = project.language === 'Python' ? 'py' : 'c#';
  const active = runs.filter((run) => !isFinal(run.state));
  const last = runs.filter((run) => run.kind === 'backtest' && run.figures?.netProfit !== undefined && COUNTS.has(run.state)).sort((a, b) => runTime(b) - runTime(a))[0];
  const parts = [language];
  if (active.length > 0) parts.push(active.length === 1 ? t('running') : t('{0} running', active.length));
  if (last !== undefined) parts.push(`${shortFigures(last)}  ${t('(last)')}`);
  const runnable = project.isLibrary ? '' : 'runnable;';
  // The row of its folder says Library already.
  const shortName = project.name.startsWith('Library/') ? project.name.slice('Library/'.length) : project.name;
  return {
    label: shortName,
    description: parts.join('  '),
    icon: project.isLibrary ? 'library' : 'symbol-class',
    contextValue: `project;${runnable}${project.language === 'Python' ? 'python' : 'csharp'}`,
    tooltip: [`**${escapeMarkdown(project.name)}**`, project.isLibrary ? t('Library') : t('Project'), escapeMarkdown(project.mainFile), t('Runs: {0}', runs.length)].join('\n\n'),
    accessibility: [project.isLibrary ? t('Library {0}', shortName) : t('Project {0}', project.name), project.language === 'Python' ? 'Python' : 'C#', ...parts.slice(1)].join(', '),
    collapsible: runs.length === 0 ? 'none' : expanded ? 'expanded' : 'collapsed',
  };
}

/** So many libraries are shown at once; more stay folded. */
const FEW_LIBRARIES = 5;

/** Row that holds the libraries of a workspace. */
export function presentLibrary(projects: readonly LeanProject[], t: Translate): RowView {
  return { label: t('Library'), description: String(projects.length), icon: 'library', contextValue: 'library', accessibility: projects.length === 1 ? t('Library, 1 project') : t('Library, {0} projects', projects.length), collapsible: projects.length <= FEW_LIBRARIES ? 'expanded' : 'collapsed' };
}

/** Row that holds runs of a time. */
export function presentGroup(group: RunGroup, size: number, t: Translate): RowView {
  const label = group === 'week' ? t('this week ({0})', size) : t('older ({0})', size);
  return { label, icon: 'history', contextValue: 'runGroup', accessibility: `${group === 'week' ? t('this week') : t('older')}, ${size === 1 ? t('1 run') : t('{0} runs', size)}`, collapsible: 'collapsed' };
}

const RUN_ICONS: Readonly<Record<RunSnapshot['state'], { readonly icon: string; readonly color?: string }>> = {
  queued: { icon: 'watch' },
  preparing: { icon: 'loading~spin' },
  running: { icon: 'sync~spin', color: 'charts.blue' },
  stopping: { icon: 'loading~spin' },
  completed: { icon: 'pass', color: 'testing.iconPassed' },
  failed: { icon: 'error', color: 'testing.iconFailed' },
  stopped: { icon: 'circle-slash' },
  lost: { icon: 'warning', color: 'charts.yellow' },
  unknown: { icon: 'circle-outline' },
};

/** Row of a run: when, what it gave or why it failed. */
export function presentRun(run: RunSnapshot, nowMs: number, t: Translate): RowView {
  const when = moment(runTime(run), nowMs, t);
  const ownName = /^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d/.test(run.name) ? '' : run.name;
  const text = runText(run, nowMs, t);
  const description = [kindWord(run, t), ownName, text].filter((part) => part !== '').join('  ');
  const active = !isFinal(run.state);
  const icon = run.kind === 'optimization' && !active ? { icon: 'beaker' } : run.kind === 'live' && run.state === 'running' ? { icon: 'circle-large-filled', color: 'charts.green' } : RUN_ICONS[run.state];
  const marks = ['run', run.kind, active ? 'active' : 'final'];
  if (run.kind === 'backtest' || run.figures !== undefined) marks.push('result');
  if (run.origin === 'workbench') marks.push('plan');
  return {
    label: when,
    description,
    icon: icon.icon,
    ...(icon.color === undefined ? {} : { color: icon.color }),
    contextValue: marks.join(';'),
    tooltip: runTooltip(run, nowMs, t),
    accessibility: [kindName(run, t), when, ownName, endWord(run, t), isFinal(run.state) ? endText(run, nowMs, t) : text === endWord(run, t) ? '' : text].filter((part) => part !== '').join(', '),
    collapsible: 'none',
  };
}

function kindWord(run: RunSnapshot, t: Translate): string {
  return run.kind === 'live' ? t('live') : run.kind === 'optimization' ? t('optimization') : '';
}

function kindName(run: RunSnapshot, t: Translate): string {
  return run.kind === 'live' ? t('Live deployment') : run.kind === 'optimization' ? t('Optimization') : t('Backtest');
}

function runText(run: RunSnapshot, nowMs: number, t: Translate): string {
  if (!isFinal(run.state)) return progressText(run, t);
  const word = run.state === 'stopped' ? endWord(run, t) : '';
  return [word, endText(run, nowMs, t)].filter((part) => part !== '').join('  ');
}

/** What a run that is over gave, or why it failed; its state's word is not repeated. */
function endText(run: RunSnapshot, nowMs: number, t: Translate): string {
  const figures = figuresText(run);
  const seconds = runSeconds(run, nowMs);
  const tail = [run.figures?.totalOrders === undefined ? '' : t('{0} orders', count(run.figures.totalOrders)), seconds === undefined ? '' : duration(seconds)];
  if (run.state === 'failed' || run.state === 'lost') {
    return failureText(run, t);
  }
  const note = run.outcome?.kind === 'quit' ? t('quit') : '';
  return [note, figures, ...tail].filter((part) => part !== '').join('  ');
}

/** The line first, then the bare reason: a narrow sidebar shows the beginning only. */
function failureText(run: RunSnapshot, t: Translate): string {
  const location = run.outcome?.location;
  const problem = run.problems.find((item) => item.severity === 'error' && item.location.file === location?.file && item.location.line === location.line);
  const reason = (problem?.message ?? run.outcome?.message ?? stateWord(run.state, t)).split('\n')[0] ?? '';
  if (location === undefined) return reason;
  const where = `${location.file.split(/[\\/]/).at(-1) ?? ''}${location.line === undefined ? '' : `:${location.line}`}`;
  // A message that ends with its place says it once.
  const bare = reason.endsWith(` (${where})`) ? reason.slice(0, -` (${where})`.length) : reason;
  return `${where}  ${bare}`;
}

/** Hover of a run: state, eight statistics, parameters. */
export function runTooltip(run: RunSnapshot, nowMs: number, t: Translate): string {
  const figures = run.figures ?? {};
  const started = runTime(run);
  const head = `**${escapeMarkdown(run.projectName)}** · ${escapeMarkdown(run.name)}`;
  const state = [endWord(run, t), `${isoDate(started)} ${clockTime(started)}`, duration(runSeconds(run, nowMs))].filter((part) => part !== '—').map(escapeMarkdown).join(' · ');
  const rows: readonly (readonly [string, string])[] = [
    [t('Return'), percent(figures.netProfit, 2)],
    [t('Annual return'), percent(figures.compoundingAnnualReturn, 2)],
    [t('Sharpe ratio'), ratio(figures.sharpeRatio, 3)],
    [t('Drawdown'), percent(figures.drawdown === undefined ? undefined : Math.abs(figures.drawdown), 2, false)],
    [t('Orders'), count(figures.totalOrders)],
    [t('Fees'), money(figures.totalFees)],
    [t('End equity'), money(figures.endEquity)],
    [t('Capacity'), money(figures.capacity)],
  ];
  const table = [`| | |`, '|:--|--:|', ...rows.map(([name, value]) => `| ${name} | ${escapeMarkdown(value)} |`)].join('\n');
  const parts = [head, state];
  if (run.outcome !== undefined && (run.state === 'failed' || run.state === 'lost')) parts.push(escapeMarkdown(run.outcome.message));
  parts.push(table);
  // LEAN's own configuration lists some that nobody set.
  const parameters = Object.entries(run.parameters).filter(([, value]) => value !== '');
  if (parameters.length > 0) parts.push(`${t('Parameters')}: ${parameters.map(([name, value]) => `${escapeMarkdown(name)} = ${SECRET_NAME.test(name) ? '•••' : escapeMarkdown(value)}`).join(', ')}`);
  if (run.image !== undefined) parts.push(escapeMarkdown(run.image));
  return parts.join('\n\n');
}

/** Names whose values no hover shows. */
const SECRET_NAME = /password|secret|token|api-?key/i;

/** An engine's trouble in a few words. */
export function engineProblemTitle(error: WorkbenchError, t: Translate): string {
  switch (error.reason) {
    case 'engine-not-installed':
      return t('Docker is not installed');
    case 'engine-not-running':
      return t('Docker is not running');
    case 'engine-permission':
      return t('No permission for Docker');
    case 'engine-not-linux':
      return t('Docker runs Windows containers');
    case 'engine-too-old':
      return t('Docker is too old');
    case 'engine-no-space':
      return t('Docker is out of disk space');
    case 'engine-unreachable':
      return t('Docker does not answer');
    default:
      return t('Docker is not usable');
  }
}

/** Row that says what is wrong with the engine, or that nothing runs here; choosing it helps. */
export function presentNotice(notice: 'engine' | 'untrusted' | 'problem', error: WorkbenchError | undefined, t: Translate): RowView {
  if (notice === 'untrusted') {
    const label = t('Not trusted: nothing is run');
    return { label, description: t('Manage Trust'), icon: 'workspace-untrusted', contextValue: 'untrusted', accessibility: label, collapsible: 'none' };
  }
  const file = notice === 'problem' ? error?.location?.file : undefined;
  const label = notice === 'engine' && error !== undefined ? engineProblemTitle(error, t) : (error?.message ?? t('Something could not be read'));
  return {
    label,
    // Several files of a window may bear the same name: the folder tells them apart.
    ...(notice === 'engine' ? { description: t('What helps') } : file === undefined ? {} : { description: file.split(/[\\/]/).at(-2) ?? '' }),
    icon: 'warning',
    color: 'charts.yellow',
    contextValue: notice,
    ...(error === undefined ? {} : { tooltip: [error.message, ...(file === undefined ? [] : [file])].map(escapeMarkdown).join('\n\n') }),
    accessibility: error === undefined || error.message === label ? [label, ...(file === undefined ? [] : [file])].join(' ') : `${label}. ${error.message}`,
    collapsible: 'none',
  };
}
