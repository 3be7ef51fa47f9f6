import type { UnreadableImages } from '../../datasets/batches.js';
import type { ImageFolder, LabelledImage } from '../../datasets/image-folder.js';
import { UserError } from '../base/errors.js';
import type { ImageClassifier } from '../classify/classifier.js';
import type { BootstrapOptions } from './bootstrap.js';
import type { SplitScores } from './classification-scores.js';
import { accuracyInterval, classificationScores } from './classification-scores.js';

export interface EvaluationOptions {
  readonly unreadable: UnreadableImages;
  /** Told after each image. */
  readonly onImage?: (done: number, total: number) => void;
  /** Told the probability of each of the classifier's labels, in their order. */
  readonly onAnswer?: (image: LabelledImage, scores: readonly number[]) => void;
  readonly signal?: AbortSignal;
  /** Asks for a 95 % interval. */
  readonly intervals?: BootstrapOptions;
}

/**
 * Scores a classifier on the images of a folder, each taken exactly as `classify` takes it.
 *
 * Images that cannot be read are left out and reported.
 * @param folder listed with the classifier's labels as classes
 * @throws UserError when too many images, or all, cannot be read
 */
export async function evaluateClassifier(
  classifier: Pick<ImageClassifier, 'classify' | 'labels'>,
  folder: ImageFolder,
  { unreadable, onImage, onAnswer, signal, intervals }: EvaluationOptions,
): Promise<SplitScores> {
  const topK = classifier.labels.length;
  const labels: number[] = [];
  const predictions: number[] = [];
  let loss = 0;
  for (const [index, { path, label }] of folder.images.entries()) {
    signal?.throwIfAborted();
    try {
      const result = await classifier.classify(path, { topK, signal });
      const truth = result.labels.find((each) => each.label === classifier.labels[label])!;
      loss -= Math.log(Math.max(truth.score, Number.MIN_VALUE));
      labels.push(label);
      const scoreOf = new Map(result.labels.map((each) => [each.label, each.score]));
      onAnswer?.(
        { path, label },
        classifier.labels.map((name) => scoreOf.get(name) ?? 0),
      );
      predictions.push(classifier.labels.indexOf(result.labels[0]!.label));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unreadable.add(path, error.message);
    }
    onImage?.(index + 1, folder.images.length);
  }
  if (labels.length === 0) throw new UserError(`No image of ${folder.folder} can be read.`);
  const scores = classificationScores(labels, predictions, classifier.labels);
  const interval = intervals && accuracyInterval(labels, predictions, intervals);
  return { ...scores, loss: loss / labels.length, interval };
}
