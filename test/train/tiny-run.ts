import type { ClassificationConfig } from '../../src/train/config.js';
import { classificationConfigSchema } from '../../src/train/config.js';

/** Settings of a run that takes a second: images of 2 x 2 pixels, every kind of augmentation. */
export function tinyConfig(data: string, out: string): ClassificationConfig {
  return classificationConfigSchema.parse({
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
