import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDaemon } from '../harness/dockerd';
import { mustExec } from '../harness/exec';
import { REPOSITORY } from '../harness/repository';
import { loadStandin } from '../harness/standin';
import { startCodeServer, type CodeServerPlace } from './codeServer';
import { DemoError, THEMES, type DemoOptions } from './options';
import { makeSampleWorkspace } from './sampleWorkspace';
import { takeScreenshot } from './screenshot';

/** What demo.mjs made sure of. */
export interface DemoTools {
  readonly codeServer: CodeServerPlace;
  /** Only needed, and only made sure of, for a screenshot. */
  readonly chromium: string | undefined;
}

type Say = (text: string) => void;

/** Runs the demo until the person ends it, or until its picture is taken; throws a DemoError that says what is missing. */
export async function demo(options: DemoOptions, tools: DemoTools, say: Say): Promise<void> {
  const cleanUp = new CleanUp();
  const ended = waitForEnd();
  try {
    await Promise.race([show(options, tools, say, cleanUp, ended), ended]);
  } finally {
    await cleanUp.run();
  }
}

async function show(options: DemoOptions, tools: DemoTools, say: Say, cleanUp: CleanUp, ended: Promise<void>): Promise<void> {
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

  say('building and packaging the extension');
  const vsix = join(temporary, 'lean-workbench.vsix');
  await mustExec('npm', ['run', 'package', '--', '--out', vsix], { cwd: REPOSITORY });

  say('laying a copy of the sample workspace, with market data and past runs');
  const workspace = join(temporary, 'quant');
  await makeSampleWorkspace(workspace, { settings: workspaceSettings });

  const password = randomBytes(9).toString('base64url');
  const server = await startCodeServer({ place: tools.codeServer, profile: join(temporary, 'profile'), vsix, folder: workspace, port: options.port, password, settings: { ...userSettings(options), ...settings } });
  cleanUp.add('code-server', () => server.stop());

  if (options.screenshot !== undefined) {
    if (tools.chromium === undefined) throw new DemoError('The screenshot needs Chromium, which is not on the PATH. Install it with:\n  apt-get install chromium');
    await takeScreenshot({ chromium: tools.chromium, url: server.url, password, file: options.screenshot, say });
    say(`the picture is in ${options.screenshot}`);
    return;
  }
  process.stdout.write(welcome(server.url, password, options.realDocker));
  await ended;
}

function userSettings(options: DemoOptions): Record<string, unknown> {
  return {
    'workbench.colorTheme': THEMES[options.theme],
    'workbench.startupEditor': 'none',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'workbench.tips.enabled': false,
    'chat.commandCenter.enabled': false,
    'telemetry.telemetryLevel': 'off',
    'extensions.ignoreRecommendations': true,
    // The folder was just made by the demo from this repository: there is nobody else's code to ask about.
    'security.workspace.trust.enabled': false,
    'files.simpleDialog.enable': true,
  };
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

/** Resolves when the person, or the system, ends the demo. */
function waitForEnd(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.stdout.write('\n');
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
