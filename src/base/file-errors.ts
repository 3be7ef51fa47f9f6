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
