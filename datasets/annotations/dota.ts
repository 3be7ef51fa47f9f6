import { join, parse } from 'node:path';
import { UserError } from '../../src/base/errors.js';
import type { AnnotationSet, Quadrilateral } from '../../src/boxes/annotations.js';
import { boxAround } from '../../src/boxes/annotations.js';
import type { OnProblem } from './label-problems.js';
import { readOrTell } from './label-problems.js';
import { settleLabels } from './labels.js';
import { imagesByName, readSizesOrTell } from './locate-images.js';
import { filesOf, numbersOf, readText } from './read-text.js';

export interface DotaOptions {
  /** Folder of the label files; `labelTxt` within the data by default. */
  readonly labelFolder?: string;
  /** Folder of the images; `images` within the data by default. */
  readonly images?: string;
  /** Class names in the order wanted; all that occur, sorted, by default. */
  readonly labels?: readonly string[];
  /** Told what is wrong and left out; absent: it is an error. */
  readonly onProblem?: OnProblem;
}

/** One line of a DOTA label file. */
export interface DotaObject {
  readonly polygon: Quadrilateral;
  readonly name: string;
  readonly difficult: boolean;
}

/**
 * Parses one DOTA label file: `x1 y1 x2 y2 x3 y3 x4 y4 category difficult` in pixels, after up to two header
 * lines (`imagesource:…`, `gsd:…`). The difficult flag may be missing, as in DOTA_devkit.
 * @param onProblem told of wrong lines, which are then left out
 * @throws UserError naming the file and the line
 */
export function parseDota(text: string, path: string, onProblem?: OnProblem): DotaObject[] {
  const objects: DotaObject[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const isHeader = index < 2 && /^(imagesource|gsd)\s*:/i.test(line.trim());
    if (line.trim() === '' || isHeader) continue;
    const read = () => parseLine(line.trim().split(/\s+/), `${path}, line ${index + 1}`);
    const object = readOrTell(read, onProblem);
    if (object) objects.push(object);
  }
  return objects;
}

function parseLine(fields: readonly string[], place: string): DotaObject {
  if (fields.length !== 9 && fields.length !== 10) {
    throw new UserError(
      `${place}: ${fields.length} fields. Expected eight coordinates, a category and a difficult flag.`,
    );
  }
  const polygon = numbersOf(fields.slice(0, 8), place) as unknown as Quadrilateral;
  const difficult = fields[9] ?? '0';
  if (!/^[012]$/.test(difficult)) {
    throw new UserError(`${place}: the difficult flag is '${difficult}'. Expected 0 or 1.`);
  }
  // 2 marks, in DOTA 1.5, instances of a few pixels: difficult as well.
  return { polygon, name: fields[8]!, difficult: difficult !== '0' };
}

/**
 * Reads a data set in DOTA's layout: `images/<name>.png` and `labelTxt/<name>.txt`.
 *
 * Corners are kept as written: objects cut by the image's border reach beyond it in DOTA.
 * @throws UserError naming the file and the line that is wrong, or the label file without an image
 */
export async function readDota(folder: string, options: DotaOptions = {}): Promise<AnnotationSet> {
  const { labelFolder = join(folder, 'labelTxt'), images = join(folder, 'images'), onProblem } = options;
  const files = await filesOf(labelFolder, /\.txt$/i, 'label files (.txt)');
  const imageOf = await imagesByName(images);
  const placed = files.flatMap((file) => {
    const path = readOrTell(() => imageFor(file, imageOf, labelFolder, images), onProblem);
    return path === undefined ? [] : [{ path, file: join(labelFolder, file) }];
  });
  const parsed = await Promise.all(
    placed.map(async ({ path, file }) => {
      return { path, objects: parseDota(await readText(file), file, onProblem) };
    }),
  );
  const names = parsed.flatMap(({ objects }) => objects.map(({ name }) => name));
  const labels = settleLabels(names, options.labels, labelFolder);
  const sizes = await readSizesOrTell(
    parsed.map(({ path }) => path),
    onProblem,
  );
  return {
    labels,
    notes: notesOn(imageOf, files, labelFolder),
    images: parsed.flatMap(({ path, objects }, index) => {
      const size = sizes[index];
      if (!size) return [];
      const annotated = objects.map(({ polygon, name, difficult }) => {
        return { box: boxAround(polygon), polygon, label: labels.indexOf(name), difficult };
      });
      return [{ path, ...size, objects: annotated }];
    }),
  };
}

function imageFor(
  file: string,
  imageOf: ReadonlyMap<string, string>,
  labelFolder: string,
  images: string,
): string {
  const path = imageOf.get(parse(file).name);
  if (path) return path;
  throw new UserError(`${join(labelFolder, file)} has no image in ${images}.`);
}

/**
 * DOTA has a file for every image; images without one may belong to a test split whose labels are not
 * published.
 */
function notesOn(
  imageOf: ReadonlyMap<string, string>,
  files: readonly string[],
  labelFolder: string,
): string[] {
  const labelled = new Set(files.map((file) => parse(file).name));
  const bare = [...imageOf].filter(([name]) => !labelled.has(name)).map(([, path]) => path);
  if (bare.length === 0) return [];
  return [`${bare.length} images have no file in ${labelFolder} and are left out, e.g. ${bare[0]}.`];
}
