import { UserError } from './errors.js';

const explanations: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder, not a file',
  EEXIST: 'it is a file, not a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
};

/**
 * Turns the system errors a person can cause by a wrong path into a UserError; any other error is returned as it is.
 * @param action what was tried, e.g. 'read' or 'write'
 */
export function explainFileError(error: unknown, action: string, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const explanation = explanations[code];
  if (!explanation) return error;
  return new UserError(`cannot ${action} ${path}: ${explanation}`, { cause: error });
}

/**
 * Whether an error, or what caused it, is that the disk is full or a quota used up. Errors that come from another thread,
 * another process or a native library have no code: theirs is known by its words.
 */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return true;
  if (
    /\b(ENOSPC|EDQUOT)\b|no space left on device|disk quota exceeded|the disk is full/i.test(error.message)
  ) {
    return true;
  }
  return isDiskFull(error.cause);
}
