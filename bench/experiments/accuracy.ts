import { digitSide } from '../../datasets/digits/mnist.js';
import { groupBy } from '../../src/base/group-by.js';
import { type Interval, type Spread, spreadOf, wilsonInterval } from '../statistics.js';
import type { ExperimentResult } from './result.js';

/** The accuracy of a model on one question at one canvas, over all seeds it was trained with. */
export interface Accuracy {
  readonly title: string;
  /** Only experiments of one curriculum, which saw equally many images, can be compared. */
  readonly curriculum: string;
  readonly trainImages: number;
  readonly generator: string;
  readonly canvas: number;
  /** Side in pixels of the objects that the answer depends on. */
  readonly object: number;
  /** Canvas of the last training images, where those were others. */
  readonly trainedCanvas?: number;
  readonly inputSize: number;
  readonly parameters: number;
  readonly task: string;
  readonly spread: Spread;
  /** Of each seed. */
  readonly testImages: number;
  /**
   * The mean plus and minus a standard deviation over the seeds; for a single seed the 95 % Wilson interval,
   * which covers only the chance in the choice of test images.
   */
  readonly interval: Interval;
}

/** Groups the results by model, canvas and question, over all seeds. */
export function summariseAccuracies(results: readonly ExperimentResult[]): Accuracy[] {
  const tasks = results.flatMap((result) =>
    Object.entries(result.accuracies).map(([task, accuracy]) => ({ result, task, accuracy })),
  );
  const groups = groupBy(tasks, ({ result, task }) => {
    const { title, name, canvas } = result;
    return [curriculumOf(name), task, canvas, objectOf(result), title].join(' ');
  });
  return [...groups.values()].map((runs) => summarise(runs));
}

function summarise(runs: { result: ExperimentResult; task: string; accuracy: number }[]): Accuracy {
  const { result, task } = runs[0]!;
  const { title, generator, canvas, inputSize, parameters, testImages, trainImages } = result;
  const spread = spreadOf(runs.map(({ accuracy }) => accuracy));
  const { mean, standardDeviation } = spread;
  const interval: Interval =
    standardDeviation === undefined
      ? wilsonInterval(mean, testImages)
      : [Math.max(0, mean - standardDeviation), Math.min(1, mean + standardDeviation)];
  return {
    ...{ title, generator, canvas, inputSize, parameters, trainImages, task, spread, testImages, interval },
    curriculum: curriculumOf(result.name),
    object: objectOf(result),
    trainedCanvas: result.trainedCanvas,
  };
}

/** Experiments are named after their curriculum and their model, as `megapixel-vit-224`. */
export function curriculumOf(name: string): string {
  return name.replace(/-vi[lt]\b.*$/, '');
}

function objectOf({ data }: ExperimentResult): number {
  return typeof data.object === 'number' ? data.object : digitSide;
}
