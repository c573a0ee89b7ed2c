import { findAlgorithmClass } from '../../lean/algorithm';
import type { AlgorithmLanguage, LeanProject } from '../../lean/model';
import { isFinal, type RunSnapshot } from '../../lean/run';
import { COMMANDS } from '../../manifest/ids';
import { clockTime, isSameDay, isoDate, percent } from '../host/format';
import type { Translate } from '../host/translate';
import { byNewest, runTime, shortFigures, stateWord } from '../views/runText';

/** A lens above the algorithm class: a 0-based line, words and a command. */
export interface LensView {
  readonly line: number;
  readonly title: string;
  readonly command: string;
  readonly argument: { readonly projectFolder: string } | { readonly runId: string };
}

/** The lenses of an algorithm's source: run, run with…, and the last run. None when it has no algorithm class. */
export function presentLenses(language: AlgorithmLanguage, source: string, project: LeanProject, runs: readonly RunSnapshot[], nowMs: number, t: Translate): readonly LensView[] {
  const found = findAlgorithmClass(language, source);
  if (found === undefined) return [];
  const line = found.line - 1;
  const target = { projectFolder: project.folder };
  const lenses: LensView[] = [
    { line, title: `$(play) ${t('Backtest')}`, command: COMMANDS.backtest, argument: target },
    { line, title: t('Backtest with…'), command: COMMANDS.backtestWith, argument: target },
  ];
  const backtests = runs.filter((run) => run.kind === 'backtest').sort(byNewest);
  const active = backtests.find((run) => !isFinal(run.state));
  if (active !== undefined) {
    const progress = active.progress.fraction === undefined ? stateWord(active.state, t) : percent(active.progress.fraction, 0, false);
    lenses.push({ line, title: `$(debug-stop) ${t('Stop')} (${progress})`, command: COMMANDS.stop, argument: { runId: active.id } });
    return lenses;
  }
  const last = backtests[0];
  if (last !== undefined) {
    const at = runTime(last);
    const when = isSameDay(at, nowMs) ? clockTime(at) : isoDate(at);
    const text = last.state === 'completed' || last.state === 'stopped' ? shortFigures(last).replace('  ', ' ') || stateWord(last.state, t) : stateWord(last.state, t);
    lenses.push({ line, title: t('last: {0} ({1})', text, when), command: COMMANDS.openResult, argument: { runId: last.id } });
  }
  return lenses;
}
