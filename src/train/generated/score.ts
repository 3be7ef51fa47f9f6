import type { DataSplit } from '../../../datasets/digits/mnist.js';
import type { GeneratedSource } from '../../../datasets/generated/generated-batches.js';
import { evaluationSeed, generatedBatches } from '../../../datasets/generated/generated-batches.js';
import { tasksOf } from '../../../datasets/generated/generator.js';
import type { TaskAccuracies } from './label-scores.js';
import { LabelScores } from './label-scores.js';

export interface GeneratedScores {
  readonly images: number;
  readonly accuracies: TaskAccuracies;
  readonly loss: number;
}

/** Logits [size, labels of all questions] of images [size, 3, height, width]. */
export type PredictLogits = (image: Float32Array, size: number) => Promise<Float32Array>;

/**
 * Scores predictions on the first images of the validation or test split.
 * @param onBatch told the number of images done
 */
export async function scoreGenerated(
  source: GeneratedSource,
  split: Exclude<DataSplit, 'train'>,
  images: number,
  predict: PredictLogits,
  onBatch: (done: number) => void = () => undefined,
): Promise<GeneratedScores> {
  const scores = new LabelScores(tasksOf(source.settings));
  const range = { seed: evaluationSeed, first: 0, count: images };
  for await (const { image, target, size } of generatedBatches(source, split, range)) {
    scores.add(await predict(image, size), target, size);
    onBatch(scores.images);
  }
  return { images, accuracies: scores.accuracies(), loss: scores.loss };
}
