import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { readText } from './read-text.js';

/** Lists of several splits. */
const unions = /^(trainval|default)$/;

/**
 * Splits by the name of the image, from the lists in `ImageSets/Main`: a name a line, in lists of a class
 * followed by whether the image shows it. Empty where there are none.
 */
export async function readImageSets(folder: string): Promise<Map<string, string>> {
  const lists = join(folder, 'ImageSets', 'Main');
  const splits = new Map<string, string>();
  if (!existsSync(lists)) return splits;
  const files = (await readdir(lists)).filter((file) => /\.txt$/i.test(file) && !file.startsWith('.')).sort();
  // The lists of single splits first; an image keeps the first that names it.
  for (const file of files.toSorted((a, b) => rank(a) - rank(b))) {
    const { split, isOfClass } = describe(parse(file).name);
    for (const line of (await readText(join(lists, file))).split(/\r?\n/)) {
      const name = isOfClass ? line.trim().replace(/\s+-?[01]$/, '') : line.trim();
      if (name !== '' && !splits.has(name)) splits.set(name, split);
    }
  }
  return splits;
}

function rank(file: string): number {
  const { name } = parse(file);
  if (unions.test(name)) return 1;
  return describe(name).isOfClass ? 2 : 0;
}

/** `aeroplane_train` lists images of `train`, each with a flag. */
function describe(list: string): { split: string; isOfClass: boolean } {
  const split = /_(train|val|trainval|test)$/.exec(list)?.[1];
  return { split: split ?? list, isOfClass: split !== undefined };
}
