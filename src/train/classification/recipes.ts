import type { SampleRecipe } from '../../../datasets/sample.js';
import type { Preprocessing } from '../../image/preprocessing.js';
import type { ClassificationConfig } from '../config.js';

/** How images become inputs while training, augmented, and while validating. */
export interface Recipes {
  readonly training: SampleRecipe;
  readonly validation: SampleRecipe;
}

/** Recipes of a run: sizes and augmentation from its configuration, normalisation from the model it starts from. */
export function recipesOf(config: ClassificationConfig, preprocessing: Preprocessing): Recipes {
  const [height, width] = config.imageSize;
  const { mean, std, interpolation } = preprocessing;
  const validation = { height, width, mean, std, interpolation };
  const { horizontalFlip, verticalFlip, rotations, crop, colour, erasing } = config.augment;
  const symmetry = { horizontalFlip, verticalFlip, rotations };
  return { validation, training: { ...validation, augment: { symmetry, crop, colour, erasing } } };
}
