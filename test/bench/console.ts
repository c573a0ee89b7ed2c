import type { LeanProject } from '../../src/lean/model';
import type { Section } from './report';
import { summarize } from './stats';
import type { BenchWorkbench } from './workbench';

const LINES = 200_000;
/** As fast as the stand-in can write; only the console is wanted. */
const FLOOD = { 'standin-fault': 'log-200000', 'standin-speed': '0' };

/** (d) How fast a flood of log lines gets through the daemon, the engine, the grammar and the run store. */
export async function measureConsole(workbench: BenchWorkbench, project: LeanProject, repeats: number): Promise<Section> {
  const rates: number[] = [];
  for (let round = 0; round < repeats; round++) {
    const { lines, ms } = await workbench.consoleOf(project, FLOOD);
    if (lines < LINES) throw new Error(`Of ${LINES} lines only ${lines} arrived.`);
    rates.push(lines / (ms / 1000));
  }
  const { median, low, high, count } = summarize(rates);
  const thousands = (value: number): string => (value / 1000).toFixed(0);
  return {
    title: 'Console',
    how: `Measured: ${LINES.toLocaleString('en')} log lines that the stand-in writes as fast as it can, through the daemon, the attached stream, the log grammar, the run store and \`console.log\`, all counted at the end. The writing is part of it, so this is what gets through, not what we could take.`,
    figures: [],
    notes: [['lines a second', `${thousands(median)},000 (${thousands(low)},000–${thousands(high)},000, n ${count})`]],
  };
}
