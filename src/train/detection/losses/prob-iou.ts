import type { Tensor, Tensor3D } from '../../../tensor/tensor.js';
import { tf } from '../../../tensor/tensor.js';
import type { BoxOverlap } from './giou.js';

const EPSILON = 1e-6;

/** A turned box as a Gaussian of the same centre and second moments as the uniform distribution over it. */
interface Gaussian {
  readonly x: Tensor;
  readonly y: Tensor;
  /** Variances and covariance, square pixels. */
  readonly xx: Tensor;
  readonly yy: Tensor;
  readonly xy: Tensor;
}

/**
 * Probabilistic overlap of turned boxes (Llerena et al. 2021): 1 minus the Hellinger distance of the Gaussians that the
 * boxes stand for. Continuous in the angle, and the same for both descriptions of a square.
 *
 * @param a,b centre x, centre y, length, breadth in pixels, cosine and sine of twice the angle, [batch, cells, 6]
 */
export function probabilisticOverlap(a: Tensor3D, b: Tensor3D): BoxOverlap {
  const [p, q] = [gaussian(a), gaussian(b)];
  const [dx, dy] = [tf.sub(p.x, q.x), tf.sub(p.y, q.y)];
  const [xx, yy, xy] = [tf.add(p.xx, q.xx), tf.add(p.yy, q.yy), tf.add(p.xy, q.xy)];
  const determinant = tf.add(tf.sub(tf.mul(xx, yy), tf.square(xy)), EPSILON);
  const quadratic = tf.sub(
    tf.add(tf.mul(yy, tf.square(dx)), tf.mul(xx, tf.square(dy))),
    tf.mul(tf.mul(2, xy), tf.mul(dx, dy)),
  );
  const apart = tf.mul(0.25, tf.div(quadratic, determinant));
  // tf.relu keeps what is zero for equal boxes from becoming slightly negative.
  const spreads = tf.add(tf.mul(4, tf.sqrt(tf.mul(determinantOf(p), determinantOf(q)))), EPSILON);
  const unlike = tf.mul(0.5, tf.relu(tf.log(tf.div(determinant, spreads))));
  const coefficient = tf.exp(tf.neg(tf.add(apart, unlike)));
  const distance = tf.sqrt(tf.add(tf.sub(1, coefficient), EPSILON));
  const similarity = tf.sub(1, distance) as Tensor3D;
  return { iou: tf.relu(similarity), similarity };
}

function gaussian(boxes: Tensor3D): Gaussian {
  const [x, y, length, breadth, cosine, sine] = tf.split(boxes, 6, 2) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const along = tf.div(tf.square(length), 12);
  const across = tf.div(tf.square(breadth), 12);
  const mean = tf.mul(0.5, tf.add(along, across));
  const half = tf.mul(0.5, tf.sub(along, across));
  return {
    x,
    y,
    xx: tf.add(mean, tf.mul(half, cosine)),
    yy: tf.sub(mean, tf.mul(half, cosine)),
    xy: tf.mul(half, sine),
  };
}

function determinantOf({ xx, yy, xy }: Gaussian): Tensor {
  return tf.add(tf.relu(tf.sub(tf.mul(xx, yy), tf.square(xy))), EPSILON);
}
