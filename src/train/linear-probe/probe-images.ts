import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageFolder, LabelledImage } from '../../../datasets/image-folder.js';
import { readImageFolder } from '../../../datasets/image-folder.js';

/** Images to learn from and to validate on, with one list of classes. */
export interface ProbeImages {
  readonly classes: readonly string[];
  readonly training: readonly LabelledImage[];
  readonly validation: readonly LabelledImage[];
  /** How they were divided. */
  readonly note: string;
}

/** Of a folder without splits, every so many images of a class are validated on. */
const everyNth = 5;

/**
 * The images of a folder with `train` and `val`, each with one folder a class, or with one folder a class itself: then every
 * fifth image of each class is kept for validation.
 * @throws UserError when there are no classes, or images of classes that are not trained
 */
export async function readProbeImages(data: string): Promise<ProbeImages> {
  const [train, val] = ['train', 'val'].map((split) => join(data, split)) as [string, string];
  if (existsSync(train) && existsSync(val)) {
    const training = await readImageFolder(train);
    const { images } = await readImageFolder(val, training.classes);
    return { ...training, training: training.images, validation: images, note: 'train and val' };
  }
  const folder = await readImageFolder(data);
  const isValidation = (image: LabelledImage) => numberInClass(folder, image) % everyNth === everyNth - 1;
  return {
    classes: folder.classes,
    training: folder.images.filter((image) => !isValidation(image)),
    validation: folder.images.filter(isValidation),
    note: `every ${everyNth}th image of each class is validated on`,
  };
}

function numberInClass({ images }: ImageFolder, image: LabelledImage): number {
  return images.indexOf(image) - images.findIndex(({ label }) => label === image.label);
}
