import type { Detections } from '../boxes/detections.js';

/** The best cells of one image, as a detector's graph gives them. */
export interface CellOutputs {
  /** [cells, 4]: xmin, ymin, xmax, ymax; or [cells, 6]: see `decodeOrientedBoxes`. */
  readonly boxes: Float32Array;
  /** [cells], falling. */
  readonly scores: Float32Array;
  /** [cells] */
  readonly classes: Float32Array;
}

/** The cells with at least a score as detections, duplicates included. */
export function decodeDetections(
  { boxes, scores, classes }: CellOutputs,
  threshold: number,
  oriented: boolean,
): Detections {
  const below = scores.findIndex((score) => score < threshold);
  const count = below < 0 ? scores.length : below;
  const found = {
    count,
    scores: scores.slice(0, count),
    classes: Int32Array.from(classes.subarray(0, count)),
  };
  if (!oriented) return { ...found, boxes: boxes.slice(0, 4 * count) };
  const turned = new Float32Array(4 * count);
  const angles = new Float32Array(count);
  for (let cell = 0; cell < count; cell++) {
    turned.set(boxes.subarray(6 * cell, 6 * cell + 4), 4 * cell);
    angles[cell] = Math.atan2(boxes[6 * cell + 5]!, boxes[6 * cell + 4]!) / 2;
  }
  return { ...found, boxes: turned, angles };
}
