import type { Tensor } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { Activation } from '../vil-parts.js';
import { gelu } from './gelu.js';

/** Of the approximation of GELU by tanh (Hendrycks & Gimpel 2016): tanh(z) = 2 sigmoid(2 z) - 1. */
const TANH_SCALE = 2 * Math.sqrt(2 / Math.PI);
const TANH_CUBIC = 0.044715;
/** Of the approximation of GELU by a sigmoid, called quick. */
const QUICK_SCALE = 1.702;

/** An activation of MLPs; `silu` is x sigmoid(x). */
export function activate<T extends Tensor>(kind: Activation, x: T): T {
  if (kind === 'gelu') return gelu(x);
  if (kind === 'relu') return tf.relu(x);
  return tf.mul(x, tf.sigmoid(gateOf(kind, x)));
}

function gateOf(kind: Exclude<Activation, 'gelu' | 'relu'>, x: Tensor): Tensor {
  if (kind === 'silu') return x;
  if (kind === 'quick_gelu') return tf.mul(x, QUICK_SCALE);
  return tf.mul(tf.mul(x, TANH_SCALE), tf.add(tf.mul(tf.square(x), TANH_CUBIC), 1));
}
