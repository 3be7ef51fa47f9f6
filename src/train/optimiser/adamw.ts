import type { Tensor } from '../../tensor/tensor.js';
import { tf } from '../../tensor/tensor.js';

/** Settings that stay the same for a whole run. */
export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** What changes from step to step, as scalars so that a traced graph takes them as inputs. */
export interface AdamWStep {
  readonly learningRate: Tensor;
  /** 1 - beta1^t and 1 - beta2^t, t counted from 1. */
  readonly correction1: Tensor;
  readonly correction2: Tensor;
}

export interface AdamWSlot {
  readonly weight: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

/** The bias corrections of step t, counted from 1. */
export function biasCorrections(
  settings: AdamWSettings,
  t: number,
): { correction1: number; correction2: number } {
  return { correction1: 1 - settings.beta1 ** t, correction2: 1 - settings.beta2 ** t };
}

/**
 * One AdamW update of one weight (Loshchilov and Hutter 2019, in PyTorch's form: decay scaled by the learning rate).
 * All tensors of the slot and the gradient share one shape. Pure: returns new tensors.
 *
 * @param rate factor on the learning rate, for layer-wise decay
 * @param decay whether weight decay applies to this weight
 */
export function adamw(
  slot: AdamWSlot,
  gradient: Tensor,
  step: AdamWStep,
  settings: AdamWSettings,
  rate: number,
  decay: boolean,
): AdamWSlot {
  const { beta1, beta2, epsilon, weightDecay } = settings;
  const learningRate = rate === 1 ? step.learningRate : tf.mul(step.learningRate, rate);
  const first = tf.add(tf.mul(slot.first, beta1), tf.mul(gradient, 1 - beta1));
  const second = tf.add(tf.mul(slot.second, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  const denominator = tf.add(tf.sqrt(tf.div(second, step.correction2)), epsilon);
  const change = tf.mul(tf.div(learningRate, step.correction1), tf.div(first, denominator));
  const kept =
    decay && weightDecay > 0
      ? tf.mul(slot.weight, tf.sub(1, tf.mul(learningRate, weightDecay)))
      : slot.weight;
  return { weight: tf.sub(kept, change), first, second };
}
