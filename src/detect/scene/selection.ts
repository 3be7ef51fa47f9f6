import { z } from 'zod';
import { UserError } from '../../base/errors.js';
import type { Detections } from '../../boxes/detections.js';
import { selectDetections } from '../../boxes/detections.js';
import type { Area } from '../area/area.js';
import { areaContains } from '../area/area.js';
import type { GroundSize } from './ground-size.js';

/** Which of the objects found are wanted. */
export interface Selection {
  /** Names of classes. All by default. */
  readonly classes?: readonly string[];
  /** Metres of the longer side of an object's box, at least and at most. */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** So many of the best score. */
  readonly maxObjects?: number;
}

export const selectionSchema = z.object({
  classes: z.array(z.string()).min(1).optional(),
  minSize: z.number().nonnegative().optional(),
  maxSize: z.number().positive().optional(),
  maxObjects: z.int().positive().optional(),
});

/**
 * Finds out before the work, not after it, that a selection cannot be made.
 * @throws UserError for classes that the detector does not have, and sizes in a scene whose pixels' size is not known
 */
export function checkSelection(
  { classes, minSize, maxSize }: Selection,
  { labels, groundSize, name }: { labels: readonly string[]; groundSize?: GroundSize; name: string },
): void {
  const unknown = classes?.find((label) => !labels.includes(label));
  if (unknown !== undefined) {
    throw new UserError(`The model has no class ${unknown}, only ${labels.join(', ')}.`, { status: 400 });
  }
  if ((minSize !== undefined || maxSize !== undefined) && !groundSize) {
    throw new UserError(
      `${name} does not say how large its pixels are on the ground, so that sizes in metres mean nothing: give --gsd.`,
      { status: 400 },
    );
  }
}

/**
 * The objects that are wanted, in their order.
 * @param detections in pixels of the scene, best score first
 * @param groundSize of a pixel; needed for sizes
 */
export function selectObjects(
  detections: Detections,
  selection: Selection,
  { labels, area, groundSize }: { labels: readonly string[]; area?: Area; groundSize?: GroundSize },
): Detections {
  const { classes, minSize = 0, maxSize = Infinity, maxObjects = Infinity } = selection;
  const isAnySize = minSize === 0 && maxSize === Infinity;
  const kept: number[] = [];
  for (let index = 0; index < detections.count && kept.length < maxObjects; index++) {
    if (classes && !classes.includes(labels[detections.classes[index]!]!)) continue;
    if (area && !areaContains(area, ...centreOf(detections, index))) continue;
    const size = isAnySize ? minSize : longerSide(detections, index, groundSize!);
    if (size >= minSize && size <= maxSize) kept.push(index);
  }
  return kept.length === detections.count ? detections : selectDetections(detections, kept);
}

function centreOf({ boxes, angles }: Detections, index: number): [number, number] {
  const at = 4 * index;
  if (angles) return [boxes[at]!, boxes[at + 1]!];
  return [(boxes[at]! + boxes[at + 2]!) / 2, (boxes[at + 1]! + boxes[at + 3]!) / 2];
}

/** Metres of the longer side of a box. */
function longerSide({ boxes, angles }: Detections, index: number, { x, y }: GroundSize): number {
  const [a, b, c, d] = [0, 1, 2, 3].map((side) => boxes[4 * index + side]!) as [
    number,
    number,
    number,
    number,
  ];
  if (!angles) return Math.max((c - a) * x, (d - b) * y);
  const [cos, sin] = [Math.cos(angles[index]!), Math.sin(angles[index]!)];
  return Math.max(c * Math.hypot(cos * x, sin * y), d * Math.hypot(sin * x, cos * y));
}
