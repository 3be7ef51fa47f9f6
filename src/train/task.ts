import type { Chart } from '../charts/render.js';
import type { OperatingPoint } from '../evaluate/coco-metrics/operating-point.js';
import type { NamedArrays } from '../tensor/named-arrays.js';
import type { Progress } from './checkpoint.js';
import type { Batch, Predict } from './engines/engine.js';
import type { OptimisedModel } from './engines/open-engine.js';

/** Images of one batch and what their predictions are compared with, before the draws of random layers. */
export type TaskBatch = Pick<Batch, 'size' | 'image' | 'targets'>;

/** How well a model does on the validation split. */
export interface ValidationScores {
  /** In [0, 1], more is better: what {@link TrainingTask.measure} names. */
  readonly score: number;
  readonly loss: number;
  /** Of a detector: the threshold with the best F1, classes as one. */
  readonly operatingPoint?: OperatingPoint;
}

/** What a page about a run says of it besides the last validation. */
export interface ReportContext {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly charts: readonly Pick<Chart, 'caption' | 'spec'>[];
  /** Given at the end of a run: training images are looked at too, for labels that look wrong. */
  readonly predict?: Predict;
}

/** A page as HTML, and how many labels on it look wrong. */
export interface RunReport {
  readonly page: string;
  readonly suspects?: number;
}

/** What is learned and from what: the part of a run that differs between, say, classification and detection. */
export interface TrainingTask {
  /** Name of the score that the best model is chosen by, e.g. 'accuracy'. */
  readonly measure: string;
  /**
   * Batches of one epoch; the same arguments give the same batches.
   * @param epoch from 0
   * @param from index of the first batch, so that a resumed run continues where it stopped
   * @param to index after the last one
   */
  batches(epoch: number, from: number, to: number): AsyncGenerator<TaskBatch>;
  /** Scores the whole validation split. */
  validate(predict: Predict): Promise<ValidationScores>;
  /** A page about the last validation; tasks without pictures have none. */
  report?(context: ReportContext): Promise<RunReport>;
  /** Frees what the task holds, such as threads. */
  close(): Promise<void>;
}

/** Everything about a run that its kind decides. */
export interface OpenTask extends OptimisedModel {
  readonly task: TrainingTask;
  /** Images of a training epoch. */
  readonly trainingImages: number;
  /** Inputs of a validation. */
  readonly validationInputs: number;
  /** One line on the data, for the log. */
  readonly summary: string;
  readonly weights: NamedArrays;
  /** Where the weights come from, for the log. */
  readonly origin: string;
  /** Writes the model folder of the best weights so far. */
  readonly keepBest: (weights: NamedArrays, progress: Progress) => Promise<void>;
}
