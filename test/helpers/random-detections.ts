import { integer, randomStream, uniform } from '../../src/base/random.js';
import type { Detections } from '../../src/boxes/detections.js';

/** Upright boxes given one by one as [xmin, ymin, xmax, ymax, score, class]. */
export function boxes(...list: readonly (readonly number[])[]): Detections {
  return {
    count: list.length,
    boxes: Float32Array.from(list.flatMap((box) => box.slice(0, 4))),
    scores: Float32Array.from(list, (box) => box[4] ?? 1),
    classes: Int32Array.from(list, (box) => box[5] ?? 0),
  };
}

/** Turned boxes given one by one as [cx, cy, width, height, angle, score, class]. */
export function turnedBoxes(...list: readonly (readonly number[])[]): Detections {
  return {
    count: list.length,
    boxes: Float32Array.from(list.flatMap((box) => box.slice(0, 4))),
    angles: Float32Array.from(list, (box) => box[4] ?? 0),
    scores: Float32Array.from(list, (box) => box[5] ?? 1),
    classes: Int32Array.from(list, (box) => box[6] ?? 0),
  };
}

/** Boxes of 10 to 60 pixels all over a square; scores of one decimal, so that many are equal. */
export function randomBoxes(count: number, { side = 1000, classes = 2, seed = 1 } = {}): Detections {
  const random = randomStream(seed);
  return boxes(
    ...Array.from({ length: count }, () => {
      const [x, y] = [uniform(random, 0, side), uniform(random, 0, side)];
      const [width, height] = [uniform(random, 10, 60), uniform(random, 10, 60)];
      return [x, y, x + width, y + height, integer(random, 10) / 10, integer(random, classes)];
    }),
  );
}
