import type { GeneratedSource } from '../../../datasets/generated/generated-batches.js';
import { generatedBatches } from '../../../datasets/generated/generated-batches.js';
import { GeneratorPool } from '../../../datasets/generated/generator-pool.js';
import type { Preprocessing } from '../../image/preprocessing.js';
import type { GeneratedConfig } from '../config.js';
import type { Predict } from '../engines/engine.js';
import { planTraining } from '../plan.js';
import type { TaskBatch, TrainingTask, ValidationScores } from '../task.js';
import { scoreGenerated } from './score.js';

/**
 * Learns the questions about generated images. No image is seen twice: each epoch draws new ones, numbered on from
 * those of the epoch before.
 */
export class GeneratedTask implements TrainingTask {
  readonly measure = 'mean accuracy';
  readonly #config: GeneratedConfig;
  readonly #source: GeneratedSource;
  readonly #batchesPerEpoch: number;
  readonly #note: (line: string) => void;

  /** @param preprocessing of the model that the run starts from; gives the normalisation */
  constructor(config: GeneratedConfig, preprocessing: Preprocessing, note: (line: string) => void) {
    const { data, imageSize, batchSize, accumulation, loaderThreads } = config;
    const [height, width] = imageSize;
    const { mean, std } = preprocessing;
    this.#config = config;
    const pool = new GeneratorPool(loaderThreads);
    this.#source = { pool, settings: data, form: { height, width, mean, std }, batchSize };
    this.#batchesPerEpoch = planTraining(config, config.trainImages).stepsPerEpoch * accumulation;
    this.#note = note;
  }

  batches(epoch: number, from: number, to: number): AsyncGenerator<TaskBatch> {
    const { seed, batchSize } = this.#config;
    const first = (epoch * this.#batchesPerEpoch + from) * batchSize;
    const range = { seed, first, count: (to - from) * batchSize };
    return withTargets(generatedBatches(this.#source, 'train', range));
  }

  async validate(predict: Predict): Promise<ValidationScores> {
    const logits = async (image: Float32Array, size: number) => (await predict(image, size)).logits!.data;
    const { validationImages } = this.#config;
    const { accuracies, loss } = await scoreGenerated(this.#source, 'val', validationImages, logits);
    const shares = Object.entries(accuracies);
    this.#note(shares.map(([name, share]) => `${name} ${(100 * share).toFixed(1)} %`).join(', '));
    return { score: shares.reduce((sum, [, share]) => sum + share, 0) / shares.length, loss };
  }

  async close(): Promise<void> {
    await this.#source.pool.close();
  }
}

async function* withTargets(
  batches: AsyncGenerator<{ size: number; image: Float32Array; target: Float32Array }>,
): AsyncGenerator<TaskBatch> {
  for await (const { size, image, target } of batches) yield { size, image, targets: { target } };
}
