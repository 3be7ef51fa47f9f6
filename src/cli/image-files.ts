import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { UserError } from '../base/errors.js';

const imageName = /\.(jpe?g|png|webp|tiff?|avif|heif|gif|svg)$/i;

export interface ImageFile {
  readonly path: string;
  /** Where it lies in the folder given, or its own name: unique enough to name results after. */
  readonly name: string;
}

/**
 * The image files that a command line names: files as they are, folders by what lies in them, however deep.
 *
 * Files named one by one are taken whatever their name, so that a wrong one is reported instead of passed over.
 * @throws UserError when a folder holds no image
 */
export async function imageFiles(paths: readonly string[]): Promise<ImageFile[]> {
  const lists = await Promise.all(
    paths.map(async (path) => ((await isFolder(path)) ? inFolder(path) : [named(path)])),
  );
  return lists.flat();
}

function named(path: string): ImageFile {
  return { path, name: basename(path) };
}

async function isFolder(path: string): Promise<boolean> {
  // What does not exist is reported when its turn comes, after the results of the others.
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

async function inFolder(folder: string): Promise<ImageFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && imageName.test(entry.name) && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name));
  if (paths.length === 0) {
    throw new UserError(`The folder ${folder} holds no image (JPEG, PNG, WebP, TIFF, AVIF, GIF, SVG).`);
  }
  return paths.sort().map((path) => ({ path, name: relative(folder, path) }));
}
