import { randomStream, StreamPurpose } from '../base/random.js';
import type { Batch } from './engines/engine.js';
import { drawDropPath, drawRandomShift } from './stochastic-depth.js';
import type { TaskBatch } from './task.js';

/** Where in a run a batch is used. */
export interface BatchPlace {
  /** Optimiser step, from 0. */
  readonly step: number;
  /** Index within the step's accumulation. */
  readonly part: number;
}

/** Settings of the random layers in one step. */
export interface RandomLayers {
  readonly seed: number;
  /** Blocks of the model over all stages. */
  readonly blocks: number;
  /** Stochastic depth: drop rate of the last block, 0 to 1. */
  readonly dropPath: number;
  /** Whether this step draws one neighbour chunk a block instead of seeing all. */
  readonly randomShift: boolean;
}

/** Adds the draws of the random layers to a task's batch. */
export function prepareBatch(batch: TaskBatch, layers: RandomLayers, { step, part }: BatchPlace): Batch {
  const { seed, blocks, dropPath, randomShift } = layers;
  const stream = (purpose: number) => randomStream(seed, purpose, step, part);
  return {
    ...batch,
    dropPath:
      dropPath > 0 ? drawDropPath(stream(StreamPurpose.dropPath), blocks, batch.size, dropPath) : undefined,
    randomShift: randomShift ? drawRandomShift(stream(StreamPurpose.shift), blocks) : undefined,
  };
}
