import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../src/base/errors.js';
import { isImageName } from '../src/image/formats/image-names.js';

export interface LabelledImage {
  readonly path: string;
  /** Index into the classes. */
  readonly label: number;
}

/** One split of an image-folder data set: `<folder>/<class>/<image>`. */
export interface ImageFolder {
  readonly folder: string;
  readonly classes: readonly string[];
  /** Sorted by class, then by file name. */
  readonly images: readonly LabelledImage[];
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new UserError(`Cannot read the image folder ${folder}: does it exist?`, { cause });
  }
}

// Comparison by code unit, so that the order does not depend on the machine's locale.
function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function classNames(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  return names.map((entry) => entry.name).sort(byName);
}

async function imagesOf(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  const files = entries.filter((entry) => entry.isFile() && isImageName(entry.name));
  return files.map((entry) => join(folder, entry.name)).sort(byName);
}

function checkClasses(
  folder: string,
  found: readonly string[],
  expected: readonly string[] | undefined,
): void {
  if (found.length === 0) {
    throw new UserError(`${folder} has no class folders. Expected ${folder}/<class>/<image>.jpg.`);
  }
  const unknown = expected && found.find((name) => !expected.includes(name));
  if (unknown !== undefined) {
    throw new UserError(
      `${folder} has a class folder '${unknown}' that the model does not know. Its classes: ${expected!.join(', ')}.`,
    );
  }
}

/**
 * Lists one split of an image-folder data set.
 *
 * @param folder holds one folder a class, each with images
 * @param expected classes in the model's order; without it the folder names in alphabetical order are the
 * classes
 * @throws UserError when the folder is missing, has no class folders, a class unknown to the model, or an
 * empty class
 */
export async function readImageFolder(folder: string, expected?: readonly string[]): Promise<ImageFolder> {
  const found = await classNames(folder);
  checkClasses(folder, found, expected);
  const classes = expected ?? found;
  const images: LabelledImage[] = [];
  for (const name of found) {
    const paths = await imagesOf(join(folder, name));
    if (paths.length === 0) {
      throw new UserError(
        `The class folder ${join(folder, name)} has no images. Add some or remove the folder.`,
      );
    }
    const label = classes.indexOf(name);
    for (const path of paths) images.push({ path, label });
  }
  return { folder, classes, images };
}
