import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { UserError } from '../base/errors.js';
import { explainFileError } from '../base/file-errors.js';

/** An encoded image: the path of a file, or its bytes. */
export type ImageSource = string | Uint8Array;

/** How messages call an image. */
export function nameOf(source: ImageSource): string {
  return typeof source === 'string' ? source : 'The input';
}

/**
 * Checks that an image has bytes to decode, without reading them.
 *
 * Only ordinary files are let through: opening a pipe or a device could wait for ever.
 * @throws UserError naming the file and what is wrong with it
 */
export async function checkReadable(source: ImageSource): Promise<void> {
  const name = nameOf(source);
  if (typeof source !== 'string') {
    if (source.byteLength === 0) throw new UserError(`${name} is empty: it has no bytes.`);
    return;
  }
  const file = await stat(source).catch((error: unknown) => {
    throw explainFileError(error, 'read', source);
  });
  if (file.isDirectory()) throw new UserError(`${name} is a folder, not an image file.`);
  if (!file.isFile()) throw new UserError(`${name} is not an ordinary file, so it is not read.`);
  if (file.size === 0) throw new UserError(`${name} is empty: the file has no bytes.`);
  await access(source, constants.R_OK).catch((error: unknown) => {
    throw explainFileError(error, 'read', source);
  });
}
