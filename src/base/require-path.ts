import { access } from 'node:fs/promises';
import { explainFileError } from './file-errors.js';

/**
 * Names an input that does not exist before any work is done for it.
 * @param path of a file or a folder
 * @throws UserError naming it
 */
export async function requirePath(path: string): Promise<void> {
  await access(path).catch((error: unknown) => {
    throw explainFileError(error, 'read', path);
  });
}
