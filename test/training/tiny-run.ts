import { join } from 'node:path';
import type { BatchSource } from '../../datasets/batches.js';
import { UnreadableImages } from '../../datasets/batches.js';
import { readImageFolder } from '../../datasets/image-folder.js';
import type { SamplePool } from '../../datasets/sample-pool.js';
import { centreCrop } from '../../src/checkpoint/preprocessing.js';
import type { TrainingConfig } from '../../src/training/config.js';
import { trainingConfigSchema } from '../../src/training/config.js';
import { recipesOf } from '../../src/training/recipes.js';

/** Settings of a run that takes a second: pictures of 2 x 2 pixels, every kind of augmentation. */
export function tinyConfig(data: string, out: string): TrainingConfig {
  return trainingConfigSchema.parse({
    data,
    out,
    model: 'none',
    imageSize: [2, 2],
    epochs: 3,
    batchSize: 4,
    accumulation: 2,
    engine: 'eager',
    backend: 'cpu',
    seed: 5,
    augment: {
      verticalFlip: true,
      rotations: true,
      crop: { scale: [0.5, 1] },
      colour: { brightness: 0.1, contrast: 0.1, saturation: 0.1 },
      mixup: 0.2,
      cutmix: 1,
      mixProbability: 0.5,
    },
    optimiser: { learningRate: 0.03, warmupEpochs: 0.5, averageDecay: 0.8, layerDecay: 0.9 },
  });
}

const folders = { training: 'train', validation: 'val' };

/** The batches of one split as the training command sets them up. */
export async function splitSource(
  config: TrainingConfig,
  pool: SamplePool,
  split: 'training' | 'validation',
): Promise<BatchSource> {
  const recipe = recipesOf(config, centreCrop(config.imageSize, 1, 'half'))[split];
  const folder = await readImageFolder(join(config.data, folders[split]));
  const unreadable = new UnreadableImages(folder.images.length, () => undefined);
  return { folder, pool, recipe, batchSize: config.batchSize, seed: config.seed, unreadable };
}
