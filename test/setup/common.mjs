// What every set-up script shares: saying what happens, running commands, the cache folder outside the repository.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A set-up step that cannot be done here; its message says what a person can do about it. */
export class SetupError extends Error {
  name = 'SetupError';
}

/** Tells the person what the set-up does (standard output; the last line of a run is never ours). */
export function say(text) {
  process.stdout.write(`[setup] ${text}\n`);
}

/** Where installed tools are kept between runs, outside the repository. */
export function cacheRoot() {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'lean-workbench-test');
}

/** The full path of a command on PATH (and the usual sbin folders), or undefined. */
export function which(command) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  for (const folder of folders) {
    const file = join(folder, command);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder: the next one is asked.
    }
  }
  return undefined;
}

/**
 * Runs a command to its end and gives its combined output; a failure throws a SetupError with the output's last lines.
 * `shell`: through the shell, which Windows needs for npm.cmd.
 */
export function run(command, args, { cwd, env, what, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], shell });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-200_000);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => reject(new SetupError(`${what ?? command} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const tail = output.trim().split('\n').slice(-25).join('\n');
      reject(new SetupError(`${what ?? [command, ...args].join(' ')} failed (${signal ?? `exit code ${code}`}):\n${tail}`));
    });
  });
}
