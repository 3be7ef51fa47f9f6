import { statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { UserError } from '../src/base/errors.js';
import { readJson } from './annotations/read-text.js';

const paths = z.array(z.string().min(1));

/** Which images of a set are learned from and which are validated on; those in neither list are left out. */
export const splitFileSchema = z.strictObject({ training: paths.min(1), validation: paths });
export type SplitFile = z.infer<typeof splitFileSchema>;

/** @throws UserError when it is missing or malformed */
export function readSplitFile(path: string): Promise<SplitFile> {
  return readJson(path, splitFileSchema, 'split of a data set');
}

/**
 * How a split file names an image: relative to the data, with slashes.
 * @param data folder of a data set, or its file of labels
 */
export function nameInSplit(data: string, image: string): string {
  const folder = statSync(data).isDirectory() ? data : dirname(data);
  const name = relative(resolve(folder), resolve(image));
  return isAbsolute(name) ? name : name.split(sep).join('/');
}

/**
 * The images of both sides, in the order of the set.
 * @throws UserError naming an image of the file that the set does not have
 */
export function divide<Image extends { readonly path: string }>(
  images: readonly Image[],
  split: SplitFile,
  { file, data }: { readonly file: string; readonly data: string },
): { training: Image[]; validation: Image[] } {
  const named = new Map(images.map((image) => [nameInSplit(data, image.path), image]));
  const unknown = [...split.training, ...split.validation].find((name) => !named.has(name));
  if (unknown !== undefined) throw new UserError(`${file} names ${unknown}, which ${data} does not have.`);
  const side = (names: readonly string[]) => {
    const wanted = new Set(names);
    return [...named].filter(([name]) => wanted.has(name)).map(([, image]) => image);
  };
  return { training: side(split.training), validation: side(split.validation) };
}
