import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchPlan } from '../../src/lean/plan';
import type { SourceContext } from '../../src/lean/sourcePaths';

/** Recordings of the real engine (test/fixtures/recordings/engine). */
export const RECORDINGS = join(import.meta.dirname, '../fixtures/recordings/engine');
export const PROJECT = '/home/me/ws/My Project';
export const SOURCES: SourceContext = {
  pathMap: [
    { container: '/LeanCLI', host: PROJECT },
    { container: '/Lean/Data', host: '/home/me/ws/data' },
    { container: '/Results', host: `${PROJECT}/backtests/one` },
  ],
  projectFolder: PROJECT,
};

/** A console line with the seconds since the start at which it came. */
export interface TimedLine {
  readonly seconds: number;
  readonly text: string;
}

export interface Recording {
  readonly name: string;
  readonly folder: string;
  readonly lines: readonly TimedLine[];
  /** As a container would give it. */
  readonly exitCode: number | undefined;
}

/** Names of the recordings that hold a console of one run. */
export function recordingNames(): readonly string[] {
  return readdirSync(RECORDINGS).filter((name) => name !== 'optimizer' && existsSync(join(RECORDINGS, name, 'stdout.txt')));
}

export function readRecording(name: string): Recording {
  const folder = join(RECORDINGS, name);
  const timed = join(folder, 'console.timed.txt');
  return { name, folder, lines: existsSync(timed) ? readTimed(timed) : readPlain(folder), exitCode: exitCodeOf(folder) };
}

export function linesOf(recording: Recording): readonly string[] {
  return recording.lines.map((line) => line.text);
}

function readTimed(file: string): readonly TimedLine[] {
  return splitLines(readFileSync(file, 'utf8')).map((line) => {
    const found = /^\s*([\d.]+) [OE] ?(.*)$/.exec(line);
    if (found === null) throw new Error(`${file}: ${line}`);
    return { seconds: Number(found[1]), text: found[2] ?? '' };
  });
}

function readPlain(folder: string): readonly TimedLine[] {
  const both = ['stdout.txt', 'stderr.txt'].flatMap((name) => splitLines(readFileSync(join(folder, name), 'utf8')));
  return both.map((text, index) => ({ seconds: index / 1000, text }));
}

function splitLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Signals are 128 + number in a container, negative in the recording. */
function exitCodeOf(folder: string): number | undefined {
  const file = join(folder, 'run.json');
  if (!existsSync(file)) return undefined;
  const { exit_code: code } = JSON.parse(readFileSync(file, 'utf8')) as { exit_code: number };
  return code < 0 ? 128 - code : code;
}

/** A plan that is good enough for everything but an engine. */
export function planFor(change: Partial<LaunchPlan> = {}): LaunchPlan {
  return {
    version: 1,
    runId: 'run-1',
    kind: 'backtest',
    language: 'CSharp',
    workspaceFolder: '/home/me/ws',
    projectFolder: PROJECT,
    projectName: 'My Project',
    createdAt: 1_000_000,
    algorithmId: '1234567890',
    parameters: { fast: '10' },
    image: 'quantconnect/lean:latest',
    container: {
      name: 'lean_workbench_1', hostname: 'h', labels: {}, entrypoint: ['bash'], workingDirectory: '/', environment: {}, mounts: [], ports: [],
      network: 'lean_cli', extraHosts: [], stopSignal: 'SIGINT', limits: {}, deviceRequests: [],
    },
    user: { mode: 'container' },
    leanConfig: {},
    files: [],
    output: { folder: `${PROJECT}/backtests/one`, configFile: {}, code: { from: PROJECT, to: `${PROJECT}/backtests/one/code` } },
    pathMap: SOURCES.pathMap,
    ...change,
  };
}
