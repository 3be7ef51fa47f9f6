import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { UserError } from '../base/errors.js';
import { imageNames, isImageName } from '../image/formats/image-names.js';
import { hasEnviHeader } from '../image/formats/open-other-format.js';
import { isSentinel2Product } from '../image/formats/sentinel2.js';
import { plural } from './plural.js';

/** Names of skipped files that a note has at most. */
const namesInNote = 5;

/** What libvips draws or reads beside images of cameras and satellites. */
const drawn = /\.(heif|svg)$/i;

export interface ImageFile {
  readonly path: string;
  /** Where it lies in the folder given, or its own name: unique enough to name results after. */
  readonly name: string;
}

/**
 * The image files that a command line names: files as they are, folders by what lies in them, however deep.
 *
 * Files named one by one are taken whatever their name, so that a wrong one is reported instead of passed over. Of a
 * folder only those with the ending of an image are; a note says which are not. The folder of a Sentinel-2 product is one image.
 * @param note told what is skipped, a line a folder
 * @throws UserError when a folder holds no image
 */
export async function imageFiles(
  paths: readonly string[],
  note: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Promise<ImageFile[]> {
  const lists = await Promise.all(
    paths.map(async (path) =>
      (await isFolder(path)) && !isSentinel2Product(path) ? inFolder(path, note) : [named(path)],
    ),
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

async function inFolder(folder: string, note: (line: string) => void): Promise<ImageFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const isProduct = (entry: Dirent) => entry.isDirectory() && isSentinel2Product(entry.name);
  const products = entries.filter(isProduct).map((entry) => `${join(entry.parentPath, entry.name)}${sep}`);
  const all = entries
    .filter((entry) => (entry.isFile() || isProduct(entry)) && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !products.some((product) => path.startsWith(product)))
    .sort();
  const headers = new Set(all.filter((path) => /\.hdr$/i.test(path)));
  const isImage = async (path: string) =>
    isImageName(path) ||
    drawn.test(path) ||
    products.includes(`${path}${sep}`) ||
    (headers.has(path.replace(/(\.\w+)?$/, '.hdr')) && !headers.has(path) && (await hasEnviHeader(path)));
  const areImages = await Promise.all(all.map(isImage));
  const paths = all.filter((_, index) => areImages[index]);
  const skipped = all.filter((_, index) => !areImages[index]).map((path) => relative(folder, path));
  if (skipped.length > 0) note(skippedNote(folder, skipped));
  if (paths.length === 0) {
    throw new UserError(`The folder ${folder} holds no image (${imageNames}).`);
  }
  return paths.map((path) => ({ path, name: relative(folder, path) }));
}

function skippedNote(folder: string, skipped: readonly string[]): string {
  const more = skipped.length - namesInNote;
  const names = skipped.slice(0, namesInNote).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `Skipped ${plural(skipped.length, 'file')} in ${folder} without the ending of an image: ${names}.`;
}
