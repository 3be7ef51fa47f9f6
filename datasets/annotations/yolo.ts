import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../src/base/errors.js';
import type { AnnotatedObject, AnnotationSet, Quadrilateral } from '../../src/boxes/annotations.js';
import { boxAround, intersectBoxes } from '../../src/boxes/annotations.js';
import type { Size } from '../../src/boxes/box.js';
import { imagesByName, readSizes } from './locate-images.js';
import { numbersOf, readText } from './read-text.js';

export interface YoloOptions {
  /** Folder of the label files; `labels` within the data by default. */
  readonly labelFolder?: string;
  /** Folder of the images; `images` within the data by default. */
  readonly images?: string;
  /** Class names by index; by default those of `data.yaml`, `dataset.yaml`, `classes.txt` or `obj.names` in the data. */
  readonly labels?: readonly string[];
}

const namesSchema = z.object({
  names: z.union([z.array(z.string()), z.record(z.string().regex(/^\d+$/), z.string())]),
});

/**
 * Parses one YOLO label file. A line is `class cx cy w h`, or `class x1 y1 … x4 y4` (oriented box), or `class` and the
 * corners of a polygon, of which the box around is taken; all relative to the image's sides.
 *
 * As in the usual trainers, coordinates outside [0, 1] are refused, and what of a box lies beyond the border is cut off.
 * @throws UserError naming the file and the line
 */
export function parseYolo(text: string, path: string, size: Size, classes: number): AnnotatedObject[] {
  const objects: AnnotatedObject[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const place = `${path}, line ${index + 1}`;
    const [label, ...coordinates] = numbersOf(line.trim().split(/\s+/), place);
    if (!Number.isInteger(label) || label! < 0 || label! >= classes) {
      throw new UserError(
        `${place}: class ${label}, but the names are those of classes 0 to ${classes - 1}.`,
      );
    }
    const outside = coordinates.find((value) => value < 0 || value > 1);
    if (outside !== undefined) {
      throw new UserError(`${place}: coordinate ${outside}. YOLO's are relative to the image: 0 to 1.`);
    }
    objects.push({ label: label!, ...shapeOf(coordinates, size, place) });
  }
  return objects;
}

function shapeOf(
  relative: readonly number[],
  { width, height }: Size,
  place: string,
): Pick<AnnotatedObject, 'box' | 'polygon'> {
  const pixels = relative.map((value, index) => value * (index % 2 === 0 ? width : height));
  if (pixels.length === 4) {
    const [x, y, w, h] = pixels as [number, number, number, number];
    const box = [x - w / 2, y - h / 2, x + w / 2, y + h / 2] as const;
    return { box: intersectBoxes(box, [0, 0, width, height]) };
  }
  if (pixels.length < 6 || pixels.length % 2 === 1) {
    throw new UserError(
      `${place}: ${pixels.length + 1} numbers. Expected 5 (class cx cy w h), 9 (class and four corners) or a polygon.`,
    );
  }
  const box = boxAround(pixels);
  return pixels.length === 8 ? { box, polygon: pixels as unknown as Quadrilateral } : { box };
}

/**
 * Reads a data set in YOLO's layout: `images/<name>.jpg` and `labels/<name>.txt`. An image without a label file has
 * no objects.
 * @throws UserError naming the file and the line that is wrong, or telling how to give the class names
 */
export async function readYolo(folder: string, options: YoloOptions = {}): Promise<AnnotationSet> {
  const { labelFolder = join(folder, 'labels'), images = join(folder, 'images') } = options;
  const labels = options.labels ?? (await readNames(folder));
  const imageOf = await imagesByName(images);
  if (imageOf.size === 0) throw new UserError(`${images} has no images.`);
  const sizes = await readSizes([...imageOf.values()]);
  const annotated = [...imageOf].map(async ([name, path], index) => {
    const file = join(labelFolder, `${name}.txt`);
    const size = sizes[index]!;
    const text = existsSync(file) ? await readText(file) : '';
    return { path, ...size, objects: parseYolo(text, file, size, labels.length) };
  });
  return { labels, images: await Promise.all(annotated) };
}

async function readNames(folder: string): Promise<readonly string[]> {
  for (const file of ['data.yaml', 'dataset.yaml']) {
    const path = join(folder, file);
    if (existsSync(path)) return namesOfYaml(await readText(path), path);
  }
  for (const file of ['classes.txt', 'obj.names']) {
    const path = join(folder, file);
    if (existsSync(path)) return (await readText(path)).trim().split(/\r?\n/);
  }
  throw new UserError(
    `${folder} does not say what its classes are called. Add a classes.txt with one name a line, or a data.yaml with 'names'.`,
  );
}

function namesOfYaml(text: string, path: string): readonly string[] {
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (error) {
    throw new UserError(`${path} is not YAML: ${(error as Error).message}`, { cause: error });
  }
  const parsed = namesSchema.safeParse(content);
  if (!parsed.success) throw new UserError(`${path} has no 'names', a list of class names.`);
  const { names } = parsed.data;
  if (Array.isArray(names)) return names;
  const indices = Object.keys(names).map(Number);
  if (indices.some((index) => index >= indices.length)) {
    throw new UserError(`${path}: 'names' must number its classes from 0 without a gap.`);
  }
  return indices.toSorted((a, b) => a - b).map((index) => names[index]!);
}
