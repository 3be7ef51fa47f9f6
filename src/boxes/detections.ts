import type { Quadrilateral } from './annotations.js';
import type { Size } from './box.js';
import { rotatedBoxOf } from './rotated-box.js';

/** Objects found in an image, column by column: thousands of them cost four typed arrays. */
export interface Detections {
  readonly count: number;
  /**
   * [count, 4] pixels of the image, its top left corner at (0, 0): xmin, ymin, xmax, ymax. With `angles` instead
   * centre x, centre y, width, height.
   */
  readonly boxes: Float32Array;
  /** Radians, from the image's x axis towards its y axis (clockwise as seen), for turned boxes. */
  readonly angles?: Float32Array;
  /** 0 to 1. */
  readonly scores: Float32Array;
  /** Indices of labels. */
  readonly classes: Int32Array;
}

/** No objects. */
export function noDetections(oriented = false): Detections {
  return {
    count: 0,
    boxes: new Float32Array(0),
    angles: oriented ? new Float32Array(0) : undefined,
    scores: new Float32Array(0),
    classes: new Int32Array(0),
  };
}

/** The detections at these indices, in the order of the indices. */
export function selectDetections(from: Detections, indices: ArrayLike<number>): Detections {
  const count = indices.length;
  const boxes = new Float32Array(4 * count);
  const angles = from.angles && new Float32Array(count);
  const scores = new Float32Array(count);
  const classes = new Int32Array(count);
  for (let to = 0; to < count; to++) {
    const index = indices[to]!;
    // One by one: views would cost more than the copy.
    for (let side = 0; side < 4; side++) boxes[4 * to + side] = from.boxes[4 * index + side]!;
    if (angles) angles[to] = from.angles![index]!;
    scores[to] = from.scores[index]!;
    classes[to] = from.classes[index]!;
  }
  return { count, boxes, angles, scores, classes };
}

/** All detections of a list, one after the other. Either all or none of them have angles. */
export function concatDetections(list: readonly Detections[]): Detections {
  const count = list.reduce((sum, part) => sum + part.count, 0);
  const oriented = list.some(({ angles }) => angles !== undefined);
  const boxes = new Float32Array(4 * count);
  const angles = oriented ? new Float32Array(count) : undefined;
  const scores = new Float32Array(count);
  const classes = new Int32Array(count);
  let at = 0;
  for (const part of list) {
    boxes.set(part.boxes, 4 * at);
    if (part.angles) angles?.set(part.angles, at);
    scores.set(part.scores, at);
    classes.set(part.classes, at);
    at += part.count;
  }
  return { count, boxes, angles, scores, classes };
}

/** Moves boxes by whole or fractional pixels, e.g. from a tile into its scene. */
export function translateDetections(detections: Detections, dx: number, dy: number): Detections {
  const moved = detections.boxes.slice();
  // The first pair of a turned box is its centre; its second, width and height, does not move.
  const step = detections.angles ? 4 : 2;
  for (let at = 0; at < moved.length; at += step) {
    moved[at]! += dx;
    moved[at + 1]! += dy;
  }
  return { ...detections, boxes: moved };
}

/**
 * Boxes of an image that is stretched by a factor across and one down. What becomes of a turned rectangle then is not
 * quite one: its mean sides are taken.
 */
export function scaleDetections(detections: Detections, scaleX: number, scaleY: number): Detections {
  const { boxes, angles, count } = detections;
  if (scaleX === 1 && scaleY === 1) return detections;
  const factors = [scaleX, scaleY];
  if (!angles) return { ...detections, boxes: boxes.map((edge, at) => edge * factors[at % 2]!) };
  const scaled = Array.from({ length: count }, (_, index) =>
    rotatedBoxOf(
      cornersOf(detections, index).map((value, at) => value * factors[at % 2]!) as unknown as Quadrilateral,
    ),
  );
  return {
    ...detections,
    boxes: Float32Array.from(scaled.flatMap(({ x, y, length, breadth }) => [x, y, length, breadth])),
    angles: Float32Array.from(scaled, ({ angle }) => angle),
  };
}

/** Indices of so many leave the 32 bits of a score room in the 53 of a number. */
const mostIndices = 2 ** 21;

/** One number of 32 bits, as a float and as a whole number. */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Indices by falling score; equal scores keep their order, so that the result never depends on the sort. */
export function rankByScore(scores: Float32Array): Uint32Array {
  const count = scores.length;
  const order = new Uint32Array(count);
  for (let index = 0; index < count; index++) order[index] = index;
  if (isFalling(scores)) return order;
  // Numbers that sort without being compared by a function: the score's rank among all floats, falling, then the index.
  if (count > mostIndices) return order.sort((a, b) => scores[b]! - scores[a]! || a - b);
  const keys = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    // Adding 0 makes -0, which equals 0, the same bits.
    float[0] = scores[index]! + 0;
    const own = bits[0]!;
    // Floats above zero rank as their bits do, those below the other way round.
    const rising = own < 0x80000000 ? own + 0x80000000 : 0xffffffff - own;
    keys[index] = (0xffffffff - rising) * mostIndices + index;
  }
  keys.sort();
  for (let rank = 0; rank < count; rank++) order[rank] = keys[rank]! % mostIndices;
  return order;
}

function isFalling(scores: Float32Array): boolean {
  for (let index = 1; index < scores.length; index++) {
    if (!(scores[index]! <= scores[index - 1]!)) return false;
  }
  return true;
}

/** The four corners of a box, clockwise as seen: x0, y0, ... x3, y3 in pixels. */
export function cornersOf({ boxes, angles }: Detections, index: number): number[] {
  const [a, b, c, d] = boxes.subarray(4 * index, 4 * index + 4) as unknown as [
    number,
    number,
    number,
    number,
  ];
  if (!angles) return [a, b, c, b, c, d, a, d];
  const [cos, sin] = [Math.cos(angles[index]!), Math.sin(angles[index]!)];
  const [ux, uy, vx, vy] = [(cos * c) / 2, (sin * c) / 2, (-sin * d) / 2, (cos * d) / 2];
  return [
    a - ux - vx,
    b - uy - vy,
    a + ux - vx,
    b + uy - vy,
    a + ux + vx,
    b + uy + vy,
    a - ux + vx,
    b - uy + vy,
  ];
}

/** The upright box around a detection: [xmin, ymin, xmax, ymax] in pixels. */
export function boundsOf(detections: Detections, index: number): [number, number, number, number] {
  const [x0, y0, x1, y1, x2, y2, x3, y3] = cornersOf(detections, index) as FourCorners;
  return [
    Math.min(x0, x1, x2, x3),
    Math.min(y0, y1, y2, y3),
    Math.max(x0, x1, x2, x3),
    Math.max(y0, y1, y2, y3),
  ];
}

type FourCorners = [number, number, number, number, number, number, number, number];

/** Without what has its centre outside the tile; upright boxes are cut at the borders. */
export function withinTile(detections: Detections, { width, height }: Size): Detections {
  const { boxes, angles, count } = detections;
  const isInside = (index: number) => {
    const [a, b, c, d] = boxes.subarray(4 * index, 4 * index + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const [x, y] = angles ? [a, b] : [(a + c) / 2, (b + d) / 2];
    return x >= 0 && y >= 0 && x < width && y < height;
  };
  const kept = selectDetections(
    detections,
    Array.from({ length: count }, (_, index) => index).filter(isInside),
  );
  if (angles) return kept;
  const limits = [width, height];
  return { ...kept, boxes: kept.boxes.map((edge, at) => Math.min(Math.max(edge, 0), limits[at % 2]!)) };
}
