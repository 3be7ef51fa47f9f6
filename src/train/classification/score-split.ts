import type { BatchSource, EvaluationBatch } from '../../../datasets/batches.js';
import { evaluationBatches } from '../../../datasets/batches.js';
import { UserError } from '../../base/errors.js';
import type { SplitScores } from '../../evaluate/classification-scores.js';
import { argMax, classificationScores, meanCrossEntropy } from '../../evaluate/classification-scores.js';
import type { Predict } from '../engines/engine.js';

/**
 * Predicts every readable image of a split and scores the predictions.
 * @param predict gives `logits` [size, classes]
 * @param told of each batch and its logits; false ends the pass
 * @throws UserError when no image can be read
 */
export async function scoreSplit(
  source: BatchSource,
  predict: Predict,
  told: (batch: EvaluationBatch, logits: Float32Array) => boolean = () => true,
): Promise<SplitScores> {
  const labels: number[] = [];
  const predictions: number[] = [];
  const { classes, folder } = source.folder;
  let loss = 0;
  for await (const batch of evaluationBatches(source)) {
    const logits = (await predict(batch.image, batch.size)).logits!.data;
    loss += meanCrossEntropy(logits, batch.labels, classes.length) * batch.size;
    for (let row = 0; row < batch.size; row++) {
      labels.push(batch.labels[row]!);
      predictions.push(argMax(logits.subarray(row * classes.length, (row + 1) * classes.length)));
    }
    if (!told(batch, logits as Float32Array)) break;
  }
  if (labels.length === 0) throw new UserError(`No image of ${folder} can be read.`);
  return { ...classificationScores(labels, predictions, classes), loss: loss / labels.length };
}
