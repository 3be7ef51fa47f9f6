import type { Tensor, Tensor3D } from '../../../tensor/tensor.js';
import { tf } from '../../../tensor/tensor.js';

/** Overlaps of pairs of boxes, [batch, cells, 1] each. */
export interface BoxOverlap {
  /** Intersection over union, 0 to 1. */
  readonly iou: Tensor3D;
  /** What the loss is 1 minus of: at most the overlap, and informative where boxes are apart. */
  readonly similarity: Tensor3D;
}

// Keeps the quotients defined for empty boxes; far below a pixel.
const EPSILON = 1e-6;

/**
 * Generalised intersection over union (Rezatofighi et al. 2019).
 * @param a,b xmin, ymin, xmax, ymax, [batch, cells, 4]
 */
export function generalisedOverlap(a: Tensor3D, b: Tensor3D): BoxOverlap {
  const [aLow, aHigh] = tf.split(a, 2, 2) as [Tensor3D, Tensor3D];
  const [bLow, bHigh] = tf.split(b, 2, 2) as [Tensor3D, Tensor3D];
  const intersection = area(tf.relu(tf.sub(tf.minimum(aHigh, bHigh), tf.maximum(aLow, bLow))));
  const hull = area(tf.sub(tf.maximum(aHigh, bHigh), tf.minimum(aLow, bLow)));
  const union = tf.sub(tf.add(area(tf.sub(aHigh, aLow)), area(tf.sub(bHigh, bLow))), intersection);
  const iou = tf.div(intersection, tf.add(union, EPSILON)) as Tensor3D;
  const empty = tf.div(tf.sub(hull, union), tf.add(hull, EPSILON));
  return { iou, similarity: tf.sub(iou, empty) };
}

/** Width times height of [batch, cells, 2]. */
function area(sides: Tensor): Tensor {
  const [width, height] = tf.split(sides, 2, 2) as [Tensor, Tensor];
  return tf.mul(width, height);
}
