import { dirname } from 'node:path';
import { errorCode, messageOf, WorkbenchError } from '../base/errors';

/** Turns what the file system threw into a WorkbenchError that names the path and what can be done. */
export function fileError(error: unknown, path: string, doing: 'read' | 'write'): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  const options = { cause: error, location: { file: path } };
  const code = errorCode(error);
  if (doing === 'write') {
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      const why = code === 'EROFS' ? 'it is on a read-only file system' : 'it is read-only, or belongs to another user';
      return new WorkbenchError('folder-read-only', `Cannot write to ${dirname(path)}: ${why}.`, { ...options, actionArgument: dirname(path) });
    }
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      return new WorkbenchError('engine-no-space', `No space left to write ${path}.`, { ...options, action: 'free-space' });
    }
    if (code === 'ENOTDIR' || code === 'EEXIST' || code === 'EISDIR') {
      return new WorkbenchError('name-in-use', `Cannot make ${path}: something else stands in its place.`, options);
    }
    if (code === 'ENAMETOOLONG') return new WorkbenchError('bad-request', `The path is too long for this file system: ${path}.`, options);
  }
  if (code === 'ENOENT') return new WorkbenchError('file-missing', `${path} does not exist.`, options);
  if (code === 'EACCES' || code === 'EPERM') return new WorkbenchError('file-unreadable', `No permission to read ${path}.`, options);
  return new WorkbenchError('file-unreadable', `Cannot ${doing} ${path}: ${messageOf(error)}`, options);
}
