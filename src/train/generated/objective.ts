import type { ImageModel } from '../../../models/image-model.js';
import type { LabelTask } from '../../../models/label-task.js';
import { logitsOf, sliceOf } from '../../../models/label-task.js';
import type { Scalar, Tensor } from '../../tensor/tensor.js';
import { tf } from '../../tensor/tensor.js';
import { softTargetCrossEntropy } from '../loss.js';
import type { Objective } from '../objective.js';

/**
 * Several questions about an image at once: each has its slice of the logits, in the order of `tasks`.
 *
 * The loss is the sum over the questions of softmax cross entropy, or for `multi` questions of the sigmoid cross entropy
 * added up over the labels, each the mean over the batch. Targets: `target` [batch, labels of all questions], 0 to 1.
 * Predicts `logits` of the same shape.
 */
export function labelObjective(model: ImageModel, tasks: readonly LabelTask[]): Objective {
  return {
    parameterShapes: model.parameterShapes,
    targetShapes: (size) => ({ target: [size, logitsOf(tasks)] }),
    loss(weights, image, { target }, training) {
      return labelLoss(model.forward(weights, image, { training }).logits, target!, tasks);
    },
    predict: (weights, image) => ({ logits: model.forward(weights, image).logits }),
  };
}

/** @param logits, target [batch, labels of all questions] */
export function labelLoss(logits: Tensor, target: Tensor, tasks: readonly LabelTask[]): Scalar {
  const batch = logits.shape[0]!;
  const losses = tasks.map(({ name, kind }): Scalar => {
    const { from, to } = sliceOf(tasks, name);
    const cut = (whole: Tensor) => tf.slice(whole, [0, from], [batch, to - from]);
    return kind === 'single'
      ? softTargetCrossEntropy(cut(logits), cut(target))
      : sigmoidCrossEntropy(cut(logits), cut(target));
  });
  return losses.reduce((sum, loss) => tf.add(sum, loss));
}

/**
 * Binary cross entropy of each label, added up over the labels and averaged over the batch; written so that no
 * exponential overflows: max(x, 0) - x y + log(1 + exp(-|x|)).
 */
function sigmoidCrossEntropy(logits: Tensor, target: Tensor): Scalar {
  const softplus = tf.log(tf.add(1, tf.exp(tf.neg(tf.abs(logits)))));
  const each = tf.add(tf.sub(tf.relu(logits), tf.mul(logits, target)), softplus);
  return tf.mean(tf.sum(each, 1)) as Scalar;
}
