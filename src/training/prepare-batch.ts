import { applyMixing, drawMixing } from '../../datasets/augment/mixing.js';
import type { ImageBatch } from '../../datasets/batches.js';
import type { TrainingConfig } from './config.js';
import type { Batch } from './engine.js';
import { smoothedTargets } from './loss.js';
import { randomStream, StreamPurpose } from './random.js';
import { drawDropPath, drawRandomShift } from './stochastic-depth.js';

/** Where in a run a batch is used. */
export interface BatchPlace {
  /** Optimiser step, from 0. */
  readonly step: number;
  /** Index within the step's accumulation. */
  readonly part: number;
  /** Whether this step draws one neighbour chunk a block instead of seeing all. */
  readonly randomShift: boolean;
}

/** Adds what a training step needs to the images: soft targets, mixing, and the draws of the random layers. */
export function prepareBatch(
  images: ImageBatch,
  config: TrainingConfig,
  classes: number,
  blocks: number,
  place: BatchPlace,
): Batch {
  const stream = (purpose: number) => randomStream(config.seed, purpose, place.step, place.part);
  const [height, width] = config.imageSize;
  const target = smoothedTargets(images.labels, classes, config.labelSmoothing);
  const { mixup, cutmix, mixProbability: probability } = config.augment;
  const mixing = drawMixing(stream(StreamPurpose.mix), { mixup, cutmix, probability }, width, height);
  const mixed = applyMixing({ size: images.size, width, height, image: images.image, target }, mixing);
  return {
    size: images.size,
    image: mixed.image,
    target: mixed.target,
    dropPath:
      config.dropPath > 0
        ? drawDropPath(stream(StreamPurpose.dropPath), blocks, images.size, config.dropPath)
        : undefined,
    randomShift: place.randomShift ? drawRandomShift(stream(StreamPurpose.shift), blocks) : undefined,
  };
}
