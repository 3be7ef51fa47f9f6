import type { DataSplit } from '../../../datasets/digits/mnist.js';
import type { GeneratedSource } from '../../../datasets/generated/generated-batches.js';
import { evaluationSeed, generatedBatches } from '../../../datasets/generated/generated-batches.js';
import { tasksOf } from '../../../datasets/generated/generator.js';
import type { TaskAccuracies } from './label-scores.js';
import { LabelScores } from './label-scores.js';

export interface GeneratedScores {
  readonly pictures: number;
  readonly accuracies: TaskAccuracies;
  readonly loss: number;
}

/** Logits [size, labels of all questions] of pictures [size, 3, height, width]. */
export type PredictLogits = (image: Float32Array, size: number) => Promise<Float32Array>;

/**
 * Scores predictions on the first pictures of the validation or test split.
 * @param onBatch told the number of pictures done
 */
export async function scoreGenerated(
  source: GeneratedSource,
  split: Exclude<DataSplit, 'train'>,
  pictures: number,
  predict: PredictLogits,
  onBatch: (done: number) => void = () => undefined,
): Promise<GeneratedScores> {
  const scores = new LabelScores(tasksOf(source.settings));
  const range = { seed: evaluationSeed, first: 0, count: pictures };
  for await (const { image, target, size } of generatedBatches(source, split, range)) {
    scores.add(await predict(image, size), target, size);
    onBatch(scores.pictures);
  }
  return { pictures, accuracies: scores.accuracies(), loss: scores.loss };
}
