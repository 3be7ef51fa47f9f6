import type { Parameters } from '../../../models/image-model.js';
import type { Scalar, Tensor, Tensor2D, Tensor3D, Tensor4D } from '../../tensor/tensor.js';
import { tf } from '../../tensor/tensor.js';
import type { Objective } from '../objective.js';
import type { AdamWSettings, AdamWStep } from '../optimiser/adamw.js';
import { adamw } from '../optimiser/adamw.js';
import { clippingFactor, globalNorm } from '../optimiser/clipping.js';
import { isDecayed } from '../optimiser/weight-decay.js';

export type NamedTensors = Record<string, Tensor>;

/** One batch as tensors. */
export interface BatchTensors {
  /** [batch, 3, height, width], normalised. */
  readonly image: Tensor4D;
  readonly targets: Readonly<Record<string, Tensor>>;
  readonly dropPath?: Tensor3D;
  readonly randomShift?: Tensor2D;
}

/** Everything the optimiser carries from step to step, each by weight name. */
export interface OptimiserTensors {
  readonly weight: NamedTensors;
  readonly first: NamedTensors;
  readonly second: NamedTensors;
  /** Exponential moving average of the weights, where the run keeps one. */
  readonly average?: NamedTensors;
}

/** Constants of a training step. */
export interface StepSettings extends AdamWSettings {
  /** Limit of the global gradient norm; 0 turns clipping off. */
  readonly clipNorm: number;
  /** Decay of the moving average of the weights, in [0, 1); 0 keeps none. */
  readonly averageDecay: number;
  /** Factor on the learning rate by weight name; absent means 1. */
  readonly rates: Readonly<Record<string, number>>;
}

/**
 * Loss of one batch and its gradients with respect to every weight. A weight that the loss does not depend on gets zeros.
 * Pure tensor code: run eagerly it computes, run under the recorder it becomes a graph.
 */
export function lossAndGradients(
  objective: Objective,
  weights: Parameters,
  batch: BatchTensors,
): { loss: Scalar; gradients: NamedTensors } {
  const names = Object.keys(weights);
  const tensors = names.map((name) => weights[name]!);
  const training = { dropPath: batch.dropPath, randomShift: batch.randomShift };
  const loss = () => objective.loss(weights, batch.image, batch.targets, training);
  const { value, grads } = tf.engine().gradients(loss, tensors, undefined, true);
  const gradients = names.map((name, index) => [name, grads[index] ?? tf.zerosLike(weights[name]!)] as const);
  return { loss: value as Scalar, gradients: Object.fromEntries(gradients) };
}

/**
 * Clips the gradients, updates every weight by AdamW and moves the average.
 * @returns the new state and the gradient norm before clipping
 */
export function updateWeights(
  state: OptimiserTensors,
  gradients: NamedTensors,
  step: AdamWStep,
  settings: StepSettings,
): { state: OptimiserTensors; norm: Scalar } {
  const norm = globalNorm(Object.values(gradients));
  const factor = settings.clipNorm > 0 ? clippingFactor(norm, settings.clipNorm) : undefined;
  const next = { weight: {} as NamedTensors, first: {} as NamedTensors, second: {} as NamedTensors };
  const average: NamedTensors | undefined = state.average ? {} : undefined;
  for (const [name, weight] of Object.entries(state.weight)) {
    const gradient = factor ? tf.mul(gradients[name]!, factor) : gradients[name]!;
    const slot = { weight, first: state.first[name]!, second: state.second[name]! };
    const updated = adamw(slot, gradient, step, settings, settings.rates[name] ?? 1, isDecayed(name));
    next.weight[name] = updated.weight;
    next.first[name] = updated.first;
    next.second[name] = updated.second;
    if (average) average[name] = movingAverage(state.average![name]!, updated.weight, settings.averageDecay);
  }
  return { state: { ...next, average }, norm };
}

function movingAverage(average: Tensor, weight: Tensor, decay: number): Tensor {
  return tf.add(tf.mul(average, decay), tf.mul(weight, 1 - decay));
}

/** Mean of the gradients of several micro-batches. */
export function meanGradients(gradients: readonly NamedTensors[]): NamedTensors {
  const [first, ...others] = gradients;
  if (first === undefined || others.length === 0) return first ?? {};
  const mean = (name: string) =>
    tf.div(
      others.reduce<Tensor>((sum, each) => tf.add(sum, each[name]!), first[name]!),
      gradients.length,
    );
  return Object.fromEntries(Object.keys(first).map((name) => [name, mean(name)]));
}
