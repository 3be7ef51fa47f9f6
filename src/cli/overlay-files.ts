import { existsSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../base/errors.js';
import { explainFileError } from '../base/file-errors.js';
import type { ImageFile } from './image-files.js';

/**
 * Where the image of each file's attention goes.
 *
 * @param target a PNG file for one image, a folder for several
 * @throws UserError when several images would go into one file, or over an image itself
 */
export function overlayPaths(target: string, files: readonly ImageFile[]): string[] {
  const isFolder = existsSync(target) && statSync(target).isDirectory();
  if (files.length === 1 && !isFolder) {
    if (!/\.png$/i.test(target))
      throw new UserError(`--attention writes a PNG: give ${target} a name that ends in .png.`);
    if (resolve(target) === resolve(files[0]!.path))
      throw new UserError(`--attention would overwrite ${target} itself.`);
    return [target];
  }
  if (/\.png$/i.test(target)) {
    throw new UserError(`--attention must be a folder for ${files.length} images, not ${target}.`);
  }
  const taken = new Set<string>();
  return files.map(({ name }) => {
    let path = join(target, `${name}.attention.png`);
    for (let copy = 2; taken.has(path); copy++) path = join(target, `${name}.${copy}.attention.png`);
    taken.add(path);
    return path;
  });
}

/** @throws UserError when it cannot be written */
export async function writeOverlay(path: string, png: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, png);
  } catch (error) {
    throw explainFileError(error, 'write', path);
  }
}
