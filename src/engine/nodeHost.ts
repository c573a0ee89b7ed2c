import { access, readFile, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { errorCode } from '../base/errors';
import type { DiscoveryHost } from './discovery';

/** This machine, for discovery. @param env the environment to look in; tests bring their own. */
export function nodeHost(env: Readonly<Record<string, string | undefined>> = process.env): DiscoveryHost {
  return {
    platform: process.platform,
    env,
    // Git Bash sets a HOME on Windows that Windows programs do not use.
    homedir: process.platform === 'win32' ? homedir() : (env['HOME'] ?? homedir()),
    uid: process.getuid?.(),
    readFile: (path) => readFile(path),
    async list(folder) {
      try {
        return await readdir(folder);
      } catch (error) {
        // A folder that is not there, or not ours to read, holds no sockets for us.
        if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(errorCode(error) ?? '')) return [];
        throw error;
      }
    },
    async exists(path) {
      try {
        await access(path);
        return true;
      } catch (error) {
        const code = errorCode(error);
        return code !== 'ENOENT' && code !== 'ENOTDIR';
      }
    },
  };
}
