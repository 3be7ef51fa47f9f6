import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../src/base/errors.js';
import { explainFileError } from '../../src/base/file-errors.js';
import type { AnnotationSet } from '../../src/boxes/annotations.js';
import { readCoco } from './coco.js';
import { readDota } from './dota.js';
import { readVoc } from './voc.js';
import { readYolo } from './yolo.js';

export interface AnnotationOptions {
  /** Folder of the images, where it is not the format's usual one. */
  readonly images?: string;
  /** Class names in the order wanted (DOTA, Pascal VOC) or by index (YOLO). A COCO file has its own. */
  readonly labels?: readonly string[];
}

/**
 * Reads a labelled set in whichever format it is: a COCO `.json` file, or a folder with `labelTxt/` (DOTA),
 * `Annotations/` (Pascal VOC) or `labels/` (YOLO).
 * @throws UserError when it is none of them, or naming what is wrong within
 */
export async function readAnnotations(path: string, options: AnnotationOptions = {}): Promise<AnnotationSet> {
  const entry = await stat(path).catch((error: unknown) => {
    throw explainFileError(error, 'read', path);
  });
  if (!entry.isDirectory()) return readCoco(path, options);
  if (existsSync(join(path, 'labelTxt'))) return readDota(path, options);
  if (existsSync(join(path, 'Annotations'))) return readVoc(path, options);
  if (existsSync(join(path, 'labels'))) return readYolo(path, options);
  throw new UserError(
    `${path} holds no labels of a known format. Expected a COCO .json file, or a folder with labelTxt/ (DOTA),` +
      ' Annotations/ (Pascal VOC) or labels/ (YOLO).',
  );
}
