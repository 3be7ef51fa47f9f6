import { existsSync } from 'node:fs';
import { UserError } from '../../src/base/errors.js';
import type {
  AnnotatedImage,
  AnnotatedObject,
  AnnotationSet,
  Quadrilateral,
} from '../../src/boxes/annotations.js';
import { boxAround, intersectBoxes } from '../../src/boxes/annotations.js';
import type { Size } from '../../src/boxes/box.js';
import type { OnProblem } from './label-problems.js';
import { readOrTell } from './label-problems.js';
import { readSizesOrTell } from './locate-images.js';
import { numbersOf, readText } from './read-text.js';
import type { YoloImage, YoloOptions } from './yolo-layout.js';
import { findYoloImages } from './yolo-layout.js';
import { readYoloNames } from './yolo-names.js';

/** What ultralytics allows centre and sides of an object to lie outside of 0 to 1. */
const tolerance = 0.01;

/**
 * Parses one YOLO label file. A line is `class cx cy w h`, or `class x1 y1 … x4 y4` (oriented box), or
 * `class` and the corners of a polygon, of which the box around is taken; all relative to the image's sides.
 *
 * Objects may reach across the border, as in ultralytics: centre and sides of the box around must lie within
 * 0 and 1, or a hundredth beyond. Upright boxes are cut at the border; corners of oriented ones stay as
 * written, since the part of a turned rectangle within the image is none. Lines that occur twice count once.
 * @param onProblem told of wrong lines, which are then left out
 * @throws UserError naming the file and the line
 */
export function parseYolo(
  text: string,
  path: string,
  size: Size,
  classes: number,
  onProblem?: OnProblem,
): AnnotatedObject[] {
  const objects: AnnotatedObject[] = [];
  const seen = new Set<string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || seen.has(keyOf(line))) continue;
    seen.add(keyOf(line));
    const object = readOrTell(() => parseLine(line, `${path}, line ${index + 1}`, size, classes), onProblem);
    if (object) objects.push(object);
  }
  return objects;
}

/** The same for lines that say the same. */
function keyOf(line: string): string {
  return line.trim().split(/\s+/).map(Number).join(' ');
}

function parseLine(line: string, place: string, size: Size, classes: number): AnnotatedObject {
  const [label, ...coordinates] = numbersOf(line.trim().split(/\s+/), place);
  if (!Number.isInteger(label) || label! < 0 || label! >= classes) {
    throw new UserError(`${place}: class ${label}, but the names are those of classes 0 to ${classes - 1}.`);
  }
  return { label: label!, ...shapeOf(coordinates, size, place) };
}

function shapeOf(
  relative: readonly number[],
  size: Size,
  place: string,
): Pick<AnnotatedObject, 'box' | 'polygon'> {
  const { width, height } = size;
  const frame = [0, 0, width, height] as const;
  const toPixels = (values: readonly number[]) =>
    values.map((value, index) => value * (index % 2 === 0 ? width : height));
  if (relative.length === 4) {
    checkRelative(relative, relative, place);
    const [x, y, w, h] = toPixels(relative) as [number, number, number, number];
    return { box: intersectBoxes([x - w / 2, y - h / 2, x + w / 2, y + h / 2], frame) };
  }
  if (relative.length < 6 || relative.length % 2 === 1) {
    throw new UserError(
      `${place}: ${relative.length + 1} numbers. Expected 5 (class cx cy w h), 9 (class and four corners) or a polygon.`,
    );
  }
  const [left, top, right, bottom] = boxAround(relative);
  checkRelative([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top], relative, place);
  const corners = toPixels(relative);
  const box = boxAround(corners);
  return relative.length === 8
    ? { box, polygon: corners as unknown as Quadrilateral }
    : { box: intersectBoxes(box, frame) };
}

/** @param box centre and sides */
function checkRelative(box: readonly number[], written: readonly number[], place: string): void {
  const [, , width, height] = box as [number, number, number, number];
  const isInside = box.every((value) => value >= -tolerance && value <= 1 + tolerance);
  if (isInside && width >= 0 && height >= 0) return;
  const outside = written.find((value) => value < 0 || value > 1);
  throw new UserError(
    `${place}: coordinate ${outside}. YOLO's are relative to the image, 0 to 1, and the centre of an object lies within.`,
  );
}

/**
 * Reads a data set in YOLO's layout: a `data.yaml`, or a folder with `images/` and `labels/`, or with those
 * in a folder for each split; see `findYoloImages`. An image without a label file has no objects.
 * @throws UserError naming the file and the line that is wrong, or telling how to give the class names
 */
export async function readYolo(path: string, options: YoloOptions = {}): Promise<AnnotationSet> {
  const { images, yaml, folder, notes } = await findYoloImages(path, options);
  const labels = options.labels ?? (await readYoloNames(folder, yaml));
  const { onProblem } = options;
  const sizes = await readSizesOrTell(
    images.map((image) => image.path),
    onProblem,
  );
  const readable = images.flatMap((image, index) => (sizes[index] ? [{ image, size: sizes[index] }] : []));
  const annotated = await Promise.all(
    readable.map(({ image, size }) => annotatedImage(image, size, labels.length, onProblem)),
  );
  return { labels, images: annotated, notes };
}

async function annotatedImage(
  { path, labels, split }: YoloImage,
  size: Size,
  classes: number,
  onProblem: OnProblem | undefined,
): Promise<AnnotatedImage> {
  const text = existsSync(labels) ? await readText(labels) : '';
  return { path, ...size, split, objects: parseYolo(text, labels, size, classes, onProblem) };
}
