import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { UserError } from '../base/errors.js';
import { plural } from './plural.js';

/** Names of skipped files that a note has at most. */
const namesInNote = 5;

const imageName = /\.(jpe?g|png|webp|tiff?|avif|heif|gif|svg)$/i;

export interface ImageFile {
  readonly path: string;
  /** Where it lies in the folder given, or its own name: unique enough to name results after. */
  readonly name: string;
}

/**
 * The image files that a command line names: files as they are, folders by what lies in them, however deep.
 *
 * Files named one by one are taken whatever their name, so that a wrong one is reported instead of passed over. Of a
 * folder only those with the ending of an image are; a note says which are not.
 * @param note told what is skipped, a line a folder
 * @throws UserError when a folder holds no image
 */
export async function imageFiles(
  paths: readonly string[],
  note: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Promise<ImageFile[]> {
  const lists = await Promise.all(
    paths.map(async (path) => ((await isFolder(path)) ? inFolder(path, note) : [named(path)])),
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
  const all = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const paths = all.filter((path) => imageName.test(path));
  const skipped = all.filter((path) => !imageName.test(path)).map((path) => relative(folder, path));
  if (skipped.length > 0) note(skippedNote(folder, skipped));
  if (paths.length === 0) {
    throw new UserError(`The folder ${folder} holds no image (JPEG, PNG, WebP, TIFF, AVIF, GIF, SVG).`);
  }
  return paths.map((path) => ({ path, name: relative(folder, path) }));
}

function skippedNote(folder: string, skipped: readonly string[]): string {
  const more = skipped.length - namesInNote;
  const names = skipped.slice(0, namesInNote).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return `Skipped ${plural(skipped.length, 'file')} in ${folder} without the ending of an image: ${names}.`;
}
