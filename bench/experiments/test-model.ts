import type { DataSplit } from '../../datasets/digits/mnist.js';
import { GeneratorPool } from '../../datasets/generated/generator-pool.js';
import { createModel } from '../../models/model-config.js';
import { readModelFolder } from '../../src/checkpoint/model-folder.js';
import { TracedModel } from '../../src/runtime/traced-model.js';
import type { GeneratedScores } from '../../src/train/generated/score.js';
import { scoreGenerated } from '../../src/train/generated/score.js';
import type { Stage } from './experiment.js';

export interface TestOptions {
  readonly inputSize: number;
  readonly images: number;
  readonly threads: number;
  readonly split?: Exclude<DataSplit, 'train'>;
  readonly signal: AbortSignal;
}

/**
 * Measures a model folder on the test images of a generator, in the form that serves it: an inference graph.
 */
export async function testModel(
  path: string,
  data: Stage['data'],
  { inputSize, images, threads, split = 'test', signal }: TestOptions,
): Promise<GeneratedScores> {
  const { config, weights, preprocessing } = await readModelFolder(path);
  const traced = await TracedModel.open(createModel(config), weights, { threads });
  const pool = new GeneratorPool(1);
  const size = { height: inputSize, width: inputSize };
  const form = { ...size, mean: preprocessing.mean, std: preprocessing.std };
  // As many images at a time as together have the pixels of a one-megapixel image.
  const batchSize = Math.max(1, Math.min(32, Math.floor(2 ** 20 / inputSize ** 2)));
  try {
    return await scoreGenerated(
      { pool, settings: data, form, batchSize },
      split,
      images,
      async (image, batch) => {
        signal.throwIfAborted();
        return (await traced.run({ image, batch, ...size })).logits;
      },
    );
  } finally {
    await Promise.all([pool.close(), traced.close()]);
  }
}
