import { makeSampleWorkspace } from '../demo/sampleWorkspace';
import { launchBrowser, Workbench } from '../harness/browser';
import { startCodeServer } from '../harness/codeServer';
import { pause, until } from '../harness/exec';
import { milliseconds, type Section } from './report';
import { summarize } from './stats';

const BUDGET_MS = 50;
const EXTENSION = 'lean-workbench.lean-workbench';

/** What VS Code's own startup report says of an extension; milliseconds. */
interface ActivationTimes {
  readonly load: number;
  /** Until `activate` returned. */
  readonly call: number;
  /** Until what it returned was resolved. */
  readonly finish: number;
}

/** (b) VS Code's own timings of our activation in a real extension host, a new one each time. */
export async function measureActivation(vsix: string, folder: string, dockerHost: string, image: string, repeats: number): Promise<Section> {
  await makeSampleWorkspace(folder, { settings: { 'lean.image': image } });
  const server = await startCodeServer({ open: folder, vsix, settings: { 'lean.docker.host': dockerHost } });
  const browser = await launchBrowser();
  const times: ActivationTimes[] = [];
  try {
    // Not counted: the first window of a server compiles VS Code's own parts.
    for (let window = 0; window <= repeats; window++) {
      const workbench = await Workbench.open(browser, server);
      const time = await activationOf(workbench);
      await workbench.close();
      if (window > 0) times.push(time);
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  const total = summarize(times.map((time) => time.call + time.finish));
  return {
    title: 'Activation',
    how: `Measured by VS Code itself, in the extension host of code-server, with the packed extension and the sample workspace (three projects, six runs): the table "Extension Activation Stats" of its command "Developer: Startup Performance", ${repeats} windows with a new extension host each. \`activate()\` is the time of the call and of what it returned; VS Code gives whole milliseconds.`,
    figures: [{ what: '`activate()`', ours: milliseconds(total), against: '', value: total.median, budget: BUDGET_MS, unit: ' ms' }],
    notes: [
      ['loading the code before that', milliseconds(summarize(times.map((time) => time.load)))],
      ['`activate()`: the call', milliseconds(summarize(times.map((time) => time.call)))],
      ['`activate()`: until its promise', milliseconds(summarize(times.map((time) => time.finish)))],
    ],
  };
}

async function activationOf(workbench: Workbench): Promise<ActivationTimes> {
  const { page } = workbench;
  await page.locator(`.statusbar-item[id^="${EXTENSION}"]`).first().waitFor({ timeout: 60_000 });
  // The extension host goes on starting others; what is measured is over.
  await pause(1500);
  await workbench.runCommand('Developer: Startup Performance');
  const editor = page.locator('.editor-instance .monaco-editor').first();
  await editor.locator('.view-lines').waitFor();
  await editor.click();
  return until(
    'the activation times in the startup report',
    async () => {
      await page.keyboard.press('Control+F');
      const find = page.locator('.find-widget textarea').first();
      await find.waitFor();
      await find.fill(`| ${EXTENSION}`);
      await page.keyboard.press('Enter');
      await pause(300);
      return (await editor.locator('.view-line').allInnerTexts()).map(parseActivation).find((time) => time !== undefined);
    },
    30_000,
    500,
  );
}

/** Reads a row `| extension | eager | load | call | finish | event | by |`; undefined for any other line. */
export function parseActivation(line: string): ActivationTimes | undefined {
  const cells = line.replaceAll('\u00a0', ' ').split('|').map((cell) => cell.trim());
  if (cells[1] !== EXTENSION) return undefined;
  const [load, call, finish] = cells.slice(3, 6).map(Number);
  if (load === undefined || call === undefined || finish === undefined || [load, call, finish].some(Number.isNaN)) return undefined;
  return { load, call, finish };
}
