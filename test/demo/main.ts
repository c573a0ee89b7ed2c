import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCodeServer } from '../harness/codeServer';
import { startDaemon } from '../harness/dockerd';
import { loadStandin } from '../harness/standin';
import { THEMES, type DemoOptions } from './options';
import { makeSampleWorkspace } from './sampleWorkspace';
import { takeScreenshot } from './screenshot';

/** Does what needs tools that demo.mjs made sure of: packs the extension into a folder and gives the .vsix file. */
type Pack = (folder: string) => Promise<string>;

type Say = (text: string) => void;

/** Runs the demo until the person ends it, or until its picture is taken; throws a DemoError that says what is missing. */
export async function demo(options: DemoOptions, pack: Pack, say: Say): Promise<void> {
  const cleanUp = new CleanUp();
  const ended = waitForEnd();
  try {
    await Promise.race([show(options, pack, say, cleanUp, ended), ended]);
  } finally {
    await cleanUp.run();
  }
}

async function show(options: DemoOptions, pack: Pack, say: Say, cleanUp: CleanUp, ended: Promise<void>): Promise<void> {
  const temporary = await mkdtemp(join(tmpdir(), 'lean-workbench-demo-'));
  cleanUp.add('temporary folder', () => rm(temporary, { recursive: true, force: true }));

  const settings: Record<string, unknown> = {};
  const workspaceSettings: Record<string, unknown> = {};
  if (!options.realDocker) {
    say('starting a Docker daemon of its own on a private socket');
    const daemon = await startDaemon();
    cleanUp.add('Docker daemon', () => daemon.stop());
    settings['lean.docker.host'] = daemon.dockerHost;
    say('building the stand-in engine image from local files');
    workspaceSettings['lean.image'] = await loadStandin(daemon.dockerHost);
  }

  const vsix = await pack(temporary);

  say('laying a copy of the sample workspace, with market data and past runs');
  const workspace = join(temporary, 'quant');
  await makeSampleWorkspace(workspace, { settings: workspaceSettings });

  const server = await startCodeServer({ open: workspace, vsix, settings: { ...settings, 'workbench.colorTheme': THEMES[options.theme] }, ...(options.port === undefined ? {} : { port: options.port }) });
  cleanUp.add('code-server', () => server.stop());

  if (options.screenshot !== undefined) {
    await takeScreenshot({ server, file: options.screenshot, say });
    say(`the picture is in ${options.screenshot}`);
    return;
  }
  process.stdout.write(welcome(server.url, server.password, options.realDocker));
  await ended;
}

function welcome(url: string, password: string, realDocker: boolean): string {
  const engine = realDocker
    ? 'Backtests run on your own Docker, with the LEAN image that your settings name.'
    : 'Backtests are replayed recordings of real LEAN runs: the engine here is a stand-in (test/demo/README.md).';
  return `
Lean Workbench is ready.

  Open      ${url}
  Password  ${password}

  1. Click the LEAN icon at the left: projects and their runs.
  2. Open "Trend Following" and press ▶ in the status bar, below.
  3. The result page opens beside the source when the backtest ends.
  "Opening Breakout" takes most of a minute: watch its progress, stop it.

${engine}
Press Ctrl+C to end the demo; it removes what it made.
`;
}

/** Resolves when the person, or the system, ends the demo; asked a second time, it does not wait for the cleaning up. */
function waitForEnd(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // `exit` still ends code-server, and the daemon's keeper follows this process.
        if (asked) process.exit(130);
        asked = true;
        process.stdout.write('\nEnding what was started …\n');
        resolve();
      });
    }
  });
}

/** Undoes in the opposite order; one step that fails does not keep the others from being done. */
class CleanUp {
  readonly #steps: { readonly what: string; readonly undo: () => Promise<void> }[] = [];
  #done = false;

  add(what: string, undo: () => Promise<void>): void {
    // Something that started while the demo was being ended already: it is undone at once.
    if (this.#done) void this.#undo(what, undo);
    else this.#steps.push({ what, undo });
  }

  async run(): Promise<void> {
    this.#done = true;
    for (const { what, undo } of this.#steps.reverse()) await this.#undo(what, undo);
  }

  async #undo(what: string, undo: () => Promise<void>): Promise<void> {
    try {
      await undo();
    } catch (error) {
      process.stderr.write(`Could not end or remove the ${what}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}
