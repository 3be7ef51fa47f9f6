import type { GradSaveFunc, Tensor } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';

/**
 * softmax(q k^T + bias) v over the last two axes, with a gradient of its own.
 *
 * The gradient of the logits is P (dP - delta), delta being the row sums of P dP. These equal the row sums of
 * dO O (Dao et al. 2022), which are as narrow as a head: two passes over the logits instead of the four that
 * the gradient of softmax takes, and logits are the largest tensors of a training step.
 *
 * @param query [..., Q, d], already scaled
 * @param key [..., N, d]
 * @param value [..., N, d]
 * @param bias added to the logits, broadcast against [..., Q, N]
 */
export function softmaxAttention<T extends Tensor>(query: T, key: T, value: T, bias?: Tensor): T {
  const attend = tf.customGrad((...args) => {
    const save = args.pop() as unknown as GradSaveFunc;
    const [q, k, v, b] = args as unknown as Tensor[];
    const logits = tf.matMul(q!, k!, false, true);
    const probabilities = tf.softmax(b ? tf.add(logits, b) : logits);
    const output = tf.matMul(probabilities, v!);
    save([q!, k!, v!, probabilities, output]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => attentionGradients(dy, saved, b?.shape);
    return { value: output, gradFunc };
  });
  return attend(...(bias ? [query, key, value, bias] : [query, key, value])) as T;
}

function attentionGradients(dy: Tensor, saved: Tensor[], biasShape?: readonly number[]): Tensor[] {
  const [query, key, value, probabilities, output] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const delta = tf.sum(tf.mul(dy, output), -1, true);
  const dLogits = tf.mul(probabilities, tf.sub(tf.matMul(dy, value, false, true), delta));
  const gradients = [
    tf.matMul(dLogits, key),
    tf.matMul(dLogits, query, true, false),
    tf.matMul(probabilities, dy, true, false),
  ];
  return biasShape ? [...gradients, sumToShape(dLogits, biasShape)] : gradients;
}

/** Undoes broadcasting from `shape`: sums over the axes along which it was repeated. */
function sumToShape(x: Tensor, shape: readonly number[]): Tensor {
  const axes = tf.broadcast_util.getReductionAxes([...shape], x.shape);
  return tf.reshape(axes.length > 0 ? tf.sum(x, axes) : x, [...shape]);
}
