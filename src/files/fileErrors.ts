import { dirname } from 'node:path';
import { errorCode, messageOf, WorkbenchError } from '../base/errors';
import { t } from '../base/l10n';

/** Turns what the file system threw into a WorkbenchError that names the path and what can be done. */
export function fileError(error: unknown, path: string, doing: 'read' | 'write'): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  const options = { cause: error, location: { file: path } };
  const code = errorCode(error);
  if (doing === 'write') {
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      const why = code === 'EROFS' ? t('it is on a read-only file system') : t('it is read-only, or belongs to another user');
      return new WorkbenchError('folder-read-only', t('Cannot write to {0}: {1}.', dirname(path), why), { ...options, actionArgument: dirname(path) });
    }
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      return new WorkbenchError('engine-no-space', t('No space left to write {0}.', path), { ...options, action: 'free-space' });
    }
    if (code === 'ENOTDIR' || code === 'EEXIST' || code === 'EISDIR') {
      return new WorkbenchError('name-in-use', t('Cannot make {0}: something else stands in its place.', path), options);
    }
    if (code === 'ENAMETOOLONG') return new WorkbenchError('bad-request', t('The path is too long for this file system: {0}.', path), options);
  }
  if (code === 'ENOENT') return new WorkbenchError('file-missing', t('{0} does not exist.', path), options);
  if (code === 'EACCES' || code === 'EPERM') return new WorkbenchError('file-unreadable', t('No permission to read {0}.', path), options);
  const said = doing === 'read' ? t('Cannot read {0}: {1}', path, messageOf(error)) : t('Cannot write {0}: {1}', path, messageOf(error));
  return new WorkbenchError('file-unreadable', said, options);
}
