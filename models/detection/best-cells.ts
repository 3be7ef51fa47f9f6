import type { Tensor, Tensor2D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { DenseDetections } from '../detector.js';

/** The best cells of each image, best first. */
export interface BestCells {
  /** [batch, count, 4 or 6] */
  readonly boxes: Tensor;
  /** 0 to 1, [batch, count] */
  readonly scores: Tensor;
  /** Index of the best class, as a float, [batch, count] */
  readonly classes: Tensor;
}

/** Keeps the `count` cells with the highest score of any class. */
export function bestCells({ logits, boxes }: DenseDetections, count: number): BestCells {
  const [batch, cells] = logits.shape;
  const best = tf.max(logits, 2) as Tensor2D;
  const { values, indices } = tf.topk(best, Math.min(count, cells));
  const chosen = tf.reshape(indices, [batch, Math.min(count, cells)]);
  const classes = tf.argMax(tf.gather(logits, chosen, 1, 1), 2);
  return {
    boxes: tf.gather(boxes, chosen, 1, 1),
    scores: tf.sigmoid(values),
    classes: tf.cast(classes, 'float32'),
  };
}

/**
 * How many cells of an image of that size are decoded: one for every 16 x 16 pixels, and enough for a hundred
 * objects in a small image. Dozens of cells find each object, so a number that did not grow with the image
 * would lose some objects of a crowd in a large one, and boxes would depend on how many others there are.
 */
export function bestCellCount(height: number, width: number): number {
  return Math.round(Math.max(1000, (height * width) / 256));
}
