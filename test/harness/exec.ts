import { spawn } from 'node:child_process';

/** What a finished command said: its exit code (null after a signal), output and error output. */
export type Finished = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stdout: string; readonly stderr: string };

export type ExecOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Written to the command's standard input, which is closed afterwards. */
  readonly input?: string | Uint8Array;
  /** Killed (SIGKILL) after this many milliseconds; default two minutes. */
  readonly timeoutMs?: number;
};

/** Runs a command to its end, whatever its exit code. Rejects only when it cannot be started. */
export function exec(command: string, args: readonly string[], options: ExecOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 120_000,
      killSignal: 'SIGKILL',
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout: Buffer.concat(stdout).toString('utf8'), stderr: Buffer.concat(stderr).toString('utf8') });
    });
    // A command that ends without reading its input is not an error of the test.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input);
  });
}

/** Like exec, but a failure rejects with the command and its output. */
export async function mustExec(command: string, args: readonly string[], options: ExecOptions = {}): Promise<Finished> {
  const finished = await exec(command, args, options);
  if (finished.code !== 0) {
    throw new Error(`${[command, ...args].join(' ')} ended with ${finished.signal ?? `exit code ${finished.code ?? '?'}`}:\n${finished.stdout}${finished.stderr}`);
  }
  return finished;
}

/** Resolves after the given milliseconds. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks again until the answer is not undefined; rejects with `what` after `timeoutMs`. */
export async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined, timeoutMs: number, everyMs = 50): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`Waited ${(timeoutMs / 1000).toFixed(0)} s in vain for ${what}.`);
    await pause(everyMs);
  }
}
