import type { DenseDetections } from '../../../../models/detector.js';
import type { Scalar, Tensor, Tensor3D } from '../../../tensor/tensor.js';
import { tf } from '../../../tensor/tensor.js';
import { elongationLoss } from './elongation-loss.js';
import { generalisedOverlap } from './giou.js';
import { probabilisticOverlap } from './prob-iou.js';
import { qualityFocalLoss } from './quality-focal.js';
import { stopGradient } from './stop-gradient.js';

/** What the cells should say, as `assignTargets` decides it. */
export interface DetectionTargets {
  /** One where a cell is to find an object of a class, else zero, [batch, cells, classes]. */
  readonly classes: Tensor;
  /** The object's box where there is one, [batch, cells, 4 or 6]. */
  readonly boxes: Tensor;
  /** One where a cell's score counts, zero where it may say anything, [batch, cells, 1]. */
  readonly counted: Tensor;
}

/** Weight of the boxes' loss beside that of the scores, as in GFL. */
const BOX_WEIGHT = 2;
/** Weight of the loss of turned boxes' elongations beside that of the scores. */
const ELONGATION_WEIGHT = 1;

/**
 * Quality focal loss of the scores plus overlap loss of the boxes, for turned ones also of their elongations, all per cell
 * that is to find an object. The quality that a score is to reach is the overlap of the box that the cell predicts now.
 */
export function detectionLoss({ logits, boxes }: DenseDetections, targets: DetectionTargets): Scalar {
  const positive = tf.sum(targets.classes, 2, true);
  const found = tf.sum(positive);
  // At least one, so that images without objects count as well.
  const normaliser = tf.add(tf.relu(tf.sub(found, 1)), 1);
  const overlapOf = boxes.shape[2] === 6 ? probabilisticOverlap : generalisedOverlap;
  const { iou, similarity } = overlapOf(boxes, targets.boxes as Tensor3D);
  const quality = tf.mul(targets.classes, stopGradient(iou));
  const scores = tf.sum(tf.mul(qualityFocalLoss(logits, quality), targets.counted));
  const overlaps = tf.sum(tf.mul(positive, tf.sub(1, similarity)));
  const sum = tf.add(scores, tf.mul(BOX_WEIGHT, overlaps));
  if (boxes.shape[2] !== 6) return tf.div(sum, normaliser) as Scalar;
  const elongations = tf.sum(tf.mul(positive, elongationLoss(boxes, targets.boxes as Tensor3D)));
  return tf.div(tf.add(sum, tf.mul(ELONGATION_WEIGHT, elongations)), normaliser) as Scalar;
}
