import type { LeanProject } from '../../lean/model';
import { isFinal, type RunSnapshot } from '../../lean/run';
import { duration, escapeMarkdown, percent } from '../host/format';
import type { Translate } from '../host/translate';
import { endWord, phaseText, runSeconds, shortFigures, stateWord } from '../views/runText';
import { runTooltip } from '../views/tree.present';

/** How long a result stays in the status bar. Milliseconds. */
export const RESULT_SHOWN_MS = 10_000;

/** What the one status bar item says. */
export interface StatusView {
  readonly visible: boolean;
  readonly text: string;
  /** Markdown. */
  readonly tooltip: string;
  readonly accessibility: string;
  readonly mood: 'plain' | 'error';
  /** What a click does: runs at once when there is nothing to choose, else the menu. */
  readonly click: 'run' | 'menu' | 'pick';
  /** Whether the text changes with time alone, so that it must be drawn again each second. */
  readonly ticking: boolean;
}

/** The item for the current project and its newest run. Without projects there is nothing to say. */
export function presentStatus(
  project: LeanProject | undefined,
  run: RunSnapshot | undefined,
  options: { readonly hasProjects: boolean; readonly trusted: boolean },
  nowMs: number,
  t: Translate,
): StatusView {
  if (project === undefined) {
    const text = t('LEAN: pick a project');
    return { visible: options.hasProjects, text: `$(play) ${text}`, tooltip: t('Pick the project that runs from here'), accessibility: text, mood: 'plain', click: 'pick', ticking: false };
  }
  const name = shortName(project.name);
  if (run !== undefined && !isFinal(run.state)) {
    const progress = run.state === 'stopping' ? stateWord(run.state, t) : run.progress.fraction === undefined ? phaseText(run.phase, t) : percent(run.progress.fraction, 0, false);
    const elapsed = duration(Math.floor(runSeconds(run, nowMs) ?? 0));
    const text = `${escapeIcons(name)} ${progress} · ${elapsed}`;
    return { visible: true, text: `$(sync~spin) ${text}`, tooltip: runTooltip(run, nowMs, t), accessibility: t('{0}, backtest {1}, {2}', name, progress, elapsed), mood: 'plain', click: 'menu', ticking: true };
  }
  if (run?.endedAt !== undefined && nowMs - run.endedAt < RESULT_SHOWN_MS) {
    const view = ended(run, t);
    return { visible: true, text: `${view.icon} ${view.text}`, tooltip: runTooltip(run, nowMs, t), accessibility: `${name}, ${view.text}`, mood: run.state === 'failed' ? 'error' : 'plain', click: 'menu', ticking: true };
  }
  if (!options.trusted) {
    return { visible: true, text: `$(workspace-untrusted) ${escapeIcons(name)}`, tooltip: t('This workspace is not trusted: nothing is run.'), accessibility: t('LEAN project {0}, not trusted', name), mood: 'plain', click: 'run', ticking: false };
  }
  return { visible: true, text: `$(play) ${escapeIcons(name)}`, tooltip: t('Run a backtest of {0}', `**${escapeMarkdown(project.name)}**`), accessibility: t('LEAN: run a backtest of {0}', name), mood: 'plain', click: 'run', ticking: false };
}

function ended(run: RunSnapshot, t: Translate): { readonly icon: string; readonly text: string } {
  const figures = shortFigures(run).replace('  ', ' · ');
  switch (run.state) {
    case 'completed':
      return { icon: '$(pass)', text: figures === '' ? stateWord(run.state, t) : figures };
    case 'failed':
      return { icon: '$(error)', text: t('{0} failed', escapeIcons(run.projectName)) };
    default:
      return { icon: '$(circle-slash)', text: [endWord(run, t), figures].filter((part) => part !== '').join(' · ') };
  }
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** A project called `$(zap)` must not become an icon. */
export function escapeIcons(text: string): string {
  return text.replaceAll('$(', '\\$(');
}
