import type { NamedArray, NamedArrays } from '../../tensor/named-arrays.js';
import type { PlainTensors } from '../../tensor/plain-tensor.js';

/** One batch as plain arrays, ready for any engine. */
export interface Batch {
  readonly size: number;
  /** [size, 3, height, width], normalised. */
  readonly image: Float32Array;
  /** What the objective compares its predictions with, by name. */
  readonly targets: Readonly<Record<string, Float32Array>>;
  /** [blocks, 2, size]; absent when stochastic depth is off. */
  readonly dropPath?: Float32Array;
  /** [blocks, 8]; absent outside random-shift training. */
  readonly randomShift?: Float32Array;
}

export interface StepResult {
  readonly loss: number;
  /** Global norm of the gradients before clipping. */
  readonly gradientNorm: number;
}

/** Everything that has to survive an interruption, by weight name. */
export interface OptimiserState {
  readonly weight: NamedArrays;
  readonly first: NamedArrays;
  readonly second: NamedArrays;
  readonly average?: NamedArrays;
}

/** Predictions of a batch [size, 3, height, width], normalised, by the names the objective gives them. */
export type Predict = (image: Float32Array, size: number) => Promise<PlainTensors>;

/** Runs training steps and holds weights and optimiser state meanwhile. */
export interface TrainingEngine {
  readonly kind: 'traced' | 'eager';
  /**
   * One optimiser step on the mean gradient of one or more micro-batches.
   * @param learningRate of this step
   * @param count number of this step, from 1, for Adam's bias corrections
   */
  step(batches: readonly Batch[], learningRate: number, count: number): Promise<StepResult>;
  /** Predicts with the current weights, or with their moving average where the run keeps one. */
  readonly predict: Predict;
  /** A copy of the whole state. */
  state(): Promise<OptimiserState>;
  close(): Promise<void>;
}

/** State before the first step: zero moments, the average equal to the weights. */
export function initialState(weight: NamedArrays, averaged: boolean): OptimiserState {
  const each = (data: (from: NamedArray) => Float32Array): NamedArrays =>
    Object.fromEntries(
      Object.entries(weight).map(([name, from]) => [name, { shape: from.shape, data: data(from) }]),
    );
  const zeros = (from: NamedArray) => new Float32Array(from.data.length);
  return {
    weight: each((from) => from.data.slice()),
    first: each(zeros),
    second: each(zeros),
    average: averaged ? each((from) => from.data.slice()) : undefined,
  };
}
