import type { BootstrapOptions, Interval } from './bootstrap.js';
import { bootstrapIntervals } from './bootstrap.js';

/** Accuracy of one class. */
export interface ClassScore {
  readonly name: string;
  readonly images: number;
  readonly correct: number;
  /** correct / images; absent for a class without images. */
  readonly accuracy?: number;
}

export interface ClassificationScores {
  readonly images: number;
  readonly correct: number;
  readonly accuracy: number;
  readonly classes: readonly ClassScore[];
  /** [true class][predicted class], numbers of images. */
  readonly confusion: readonly (readonly number[])[];
}

/** Scores of a split with the mean cross entropy of its images. */
export interface SplitScores extends ClassificationScores {
  readonly loss: number;
  /** 95 % interval of the accuracy over the images, where it was asked for. */
  readonly interval?: Interval;
}

/** Index of the largest number; the first of equals. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index]! > values[best]!) best = index;
  return best;
}

/** Mean cross entropy of class scores against true classes. */
export function meanCrossEntropy(logits: Float32Array, labels: ArrayLike<number>, classes: number): number {
  let sum = 0;
  for (let row = 0; row < labels.length; row++) {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    const largest = scores[argMax(scores)]!;
    const normaliser = scores.reduce((total, score) => total + Math.exp(score - largest), 0);
    sum += Math.log(normaliser) + largest - scores[labels[row]!]!;
  }
  return sum / labels.length;
}

/**
 * Accuracy, accuracy by class and confusion matrix.
 * @param labels true classes; @param predictions predicted ones; indices into `names`, one an image
 */
export function classificationScores(
  labels: readonly number[],
  predictions: readonly number[],
  names: readonly string[],
): ClassificationScores {
  const confusion = names.map(() => names.map(() => 0));
  for (const [index, label] of labels.entries()) confusion[label]![predictions[index]!]! += 1;
  const classes = names.map((name, index) => {
    const images = confusion[index]!.reduce((sum, count) => sum + count, 0);
    const correct = confusion[index]![index]!;
    return { name, images, correct, ...(images > 0 ? { accuracy: correct / images } : {}) };
  });
  const correct = classes.reduce((sum, each) => sum + each.correct, 0);
  return { images: labels.length, correct, accuracy: correct / labels.length, classes, confusion };
}

/**
 * The 95 % interval of the accuracy over the images.
 * @param labels true classes; @param predictions predicted ones, one an image; at least one
 */
export function accuracyInterval(
  labels: readonly number[],
  predictions: readonly number[],
  options: BootstrapOptions = {},
): Interval {
  const right = labels.map((label, image) => Number(label === predictions[image]));
  const accuracy = (drawn: readonly number[]) => [
    drawn.reduce((sum, image) => sum + right[image]!, 0) / drawn.length,
  ];
  return bootstrapIntervals(labels.length, accuracy, options)[0]!;
}
