import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../src/base/errors.js';
import { explainFileError } from '../../src/base/file-errors.js';
import type { AnnotationSet } from '../../src/boxes/annotations.js';
import { readCoco } from './coco.js';
import { readDota } from './dota.js';
import type { OnProblem } from './label-problems.js';
import { pickSplit } from './splits.js';
import { readVoc } from './voc.js';
import { readYolo } from './yolo.js';
import { isYolo } from './yolo-layout.js';

export interface AnnotationOptions {
  /** Folder of the images, where it is not the format's usual one. */
  readonly images?: string;
  /** Class names in the order wanted (DOTA, Pascal VOC) or by index (YOLO). A COCO file has its own. */
  readonly labels?: readonly string[];
  /** Only the images of this split, e.g. `val`, of a YOLO or Pascal VOC set that has some; all by default. */
  readonly split?: string;
  /**
   * Told of each object with an unknown id, a wrong line or an image that cannot be read, which is then left out. Absent: the
   * first of them is an error.
   */
  readonly onProblem?: OnProblem;
}

/**
 * Reads a labelled set in whichever format it is: a COCO `.json` file, a YOLO `data.yaml`, or a folder with
 * `labelTxt/` (DOTA), `Annotations/` (Pascal VOC), or `labels/` or a `data.yaml` (YOLO).
 * @throws UserError when it is none of them, or naming what is wrong within
 */
export async function readAnnotations(path: string, options: AnnotationOptions = {}): Promise<AnnotationSet> {
  const entry = await stat(path).catch((error: unknown) => {
    throw explainFileError(error, 'read', path);
  });
  const isFile = !entry.isDirectory();
  if (!isFile && existsSync(join(path, 'labelTxt')))
    return wholeSet(await readDota(path, options), path, options);
  if (!isFile && existsSync(join(path, 'Annotations'))) return readVoc(path, options);
  if (await isYolo(path)) return readYolo(path, options);
  if (isFile) return wholeSet(await readCoco(path, options), path, options);
  throw new UserError(
    `${path} holds no labels of a known format. Expected a COCO .json file, or a folder with labelTxt/ (DOTA),` +
      ' Annotations/ (Pascal VOC) or labels/ (YOLO).',
  );
}

/** A set of a format without splits. @throws UserError when one is asked for */
function wholeSet(set: AnnotationSet, path: string, { split }: AnnotationOptions): AnnotationSet {
  pickSplit(set.images, split, path);
  return set;
}
