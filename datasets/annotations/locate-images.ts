import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { UserError } from '../../src/base/errors.js';
import { explainFileError } from '../../src/base/file-errors.js';
import type { Size } from '../../src/boxes/box.js';
import { isImageName } from '../../src/image/formats/image-names.js';
import { readHeader } from '../../src/image/header.js';
import type { OnProblem } from './label-problems.js';

/**
 * The images of a folder by their names without extension, sorted.
 * @throws UserError when it cannot be read or two files share a name
 */
export async function imagesByName(folder: string): Promise<Map<string, string>> {
  const files = await readdir(folder).catch((error: unknown) => {
    throw explainFileError(error, 'read', folder);
  });
  const byName = new Map<string, string>();
  for (const file of files.filter((name) => isImageName(name) && !name.startsWith('.')).sort()) {
    const { name } = parse(file);
    if (byName.has(name)) {
      throw new UserError(
        `${folder} has two images called ${name}: which one do the labels belong to? Remove one of them.`,
      );
    }
    byName.set(name, join(folder, file));
  }
  return byName;
}

/**
 * Sizes of images from their headers, a few files at a time.
 * @throws UserError naming the image that is none
 */
export async function readSizes(paths: readonly string[]): Promise<Size[]> {
  const sizes: Size[] = new Array(paths.length);
  let next = 0;
  const readSome = async () => {
    while (next < paths.length) {
      const index = next++;
      const { width, height } = await readHeader(paths[index]!);
      sizes[index] = { width, height };
    }
  };
  await Promise.all(Array.from({ length: 4 }, readSome));
  return sizes;
}

/**
 * Sizes of images as `readSizes`, of those that can be read; the others are told.
 * @returns undefined for an image that cannot be read
 * @throws UserError naming it where there is nobody to tell
 */
export async function readSizesOrTell(
  paths: readonly string[],
  onProblem: OnProblem | undefined,
): Promise<readonly (Size | undefined)[]> {
  if (!onProblem) return readSizes(paths);
  const sizes: (Size | undefined)[] = [];
  for (const path of paths) {
    const size = await readSizes([path]).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      onProblem(error.message);
      return [undefined];
    });
    sizes.push(size[0]);
  }
  return sizes;
}
