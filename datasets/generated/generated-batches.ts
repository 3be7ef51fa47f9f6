import { prefetched } from '../batches.js';
import type { DataSplit } from '../digits/mnist.js';
import type { GeneratorSettings } from './generator.js';
import type { GeneratorPool } from './generator-pool.js';
import type { GeneratedBatch } from './generator-worker.js';
import type { InputForm } from './image-input.js';

/** Seed of all validation and test images: they are the same for every run, whatever its own seed. */
export const evaluationSeed = 0;

/** Where generated batches come from and what they look like. */
export interface GeneratedSource {
  readonly pool: GeneratorPool;
  readonly settings: GeneratorSettings;
  readonly form: InputForm;
  readonly batchSize: number;
}

/**
 * Batches of the images `first` to `first + count - 1` of a split, drawn ahead of their use; the last batch
 * may be smaller. What is in an image does not depend on the batch it comes in.
 */
export async function* generatedBatches(
  { pool, settings, form, batchSize }: GeneratedSource,
  split: DataSplit,
  { seed, first, count }: { seed: number; first: number; count: number },
): AsyncGenerator<GeneratedBatch> {
  yield* prefetched(Math.ceil(count / batchSize), (batch) => {
    const from = first + batch * batchSize;
    const size = Math.min(batchSize, first + count - from);
    const indices = Array.from({ length: size }, (_, offset) => from + offset);
    return pool.generate({ settings, seed, split, indices, form });
  });
}
