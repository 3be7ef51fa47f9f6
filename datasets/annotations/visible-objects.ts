import type { AnnotatedObject, BoxEdges } from '../../src/boxes/annotations.js';
import { boxArea, intersectBoxes } from '../../src/boxes/annotations.js';
import { convexIntersectionArea } from '../../src/boxes/convex-intersection.js';
import { quadrilateralArea } from '../../src/boxes/oriented-iou.js';

/** What a part of an image shows: objects to learn, and where not to look. */
export interface VisibleObjects {
  /** Boxes cut at the borders; corners of oriented boxes as they are, also beyond them. */
  readonly objects: readonly AnnotatedObject[];
  /** Boxes of what is neither object nor background: too little of it inside, crowds, difficult objects. */
  readonly ignored: readonly BoxEdges[];
}

/** Least share of an object's area inside a window for it to count, as in DOTA_devkit's ImgSplit. */
export const defaultKeptShare = 0.7;

/**
 * Sorts objects by how much of them lies in a window. Those with at least `keptShare` of their area inside
 * are kept, others that reach inside are to be ignored; those outside, or without area, are dropped.
 * @param window edges in the coordinates of the objects; these coordinates stay
 * @param shortest pixels; kept objects with a shorter side inside are ignored instead
 */
export function visibleObjects(
  all: readonly AnnotatedObject[],
  window: BoxEdges,
  { keptShare = defaultKeptShare, shortest = 0 } = {},
): VisibleObjects {
  const objects: AnnotatedObject[] = [];
  const ignored: BoxEdges[] = [];
  for (const object of all) {
    const box = intersectBoxes(object.box, window);
    const share = visibleShare(object, box, window);
    if (share <= 0) continue;
    const isShort = Math.min(box[2] - box[0], box[3] - box[1]) < shortest;
    if (share < keptShare || isShort || object.crowd || object.difficult) ignored.push(box);
    else objects.push({ ...object, box });
  }
  return { objects, ignored };
}

/** Share of an object's area inside a window, of its oriented box where it has one. */
function visibleShare({ box, polygon }: AnnotatedObject, inside: BoxEdges, window: BoxEdges): number {
  const common = boxArea(inside);
  const whole = boxArea(box);
  // Also decides for objects entirely inside, which rounding must not make less than whole.
  if (common <= 0 || common >= whole) return common > 0 ? 1 : 0;
  if (!polygon) return common / whole;
  const area = quadrilateralArea(polygon);
  const [left, top, right, bottom] = window;
  const frame = [left, top, right, top, right, bottom, left, bottom];
  return area > 0 ? convexIntersectionArea(polygon, frame) / area : 0;
}

/** Objects moved by whole or fractional pixels. */
export function shiftObjects(
  objects: readonly AnnotatedObject[],
  dx: number,
  dy: number,
): readonly AnnotatedObject[] {
  return objects.map((object) => {
    const polygon = object.polygon?.map((value, at) => value + (at % 2 === 0 ? dx : dy));
    const box = shiftBox(object.box, dx, dy);
    return polygon
      ? { ...object, box, polygon: polygon as unknown as typeof object.polygon }
      : { ...object, box };
  });
}

/** A box moved by whole or fractional pixels. */
export function shiftBox([xmin, ymin, xmax, ymax]: BoxEdges, dx: number, dy: number): BoxEdges {
  return [xmin + dx, ymin + dy, xmax + dx, ymax + dy];
}
