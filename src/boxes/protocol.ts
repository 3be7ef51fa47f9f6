/** Detections as columns; `Detections` with upright boxes are one. 64-bit columns lose nothing of a results file. */
export interface ScoredBoxes {
  readonly count: number;
  /** [count, 4] xmin, ymin, xmax, ymax in pixels of the image. */
  readonly boxes: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
  /** Indices of labels. */
  readonly classes: ArrayLike<number>;
}

// Sums as numpy's linspace makes them: thresholds differ from round numbers in the last bit, and boxes that meet one
// exactly are then counted as pycocotools counts them.
const iouStep = (0.95 - 0.5) / 9;

/** Overlaps from which on a detection counts as found: 0.50, 0.55 … 0.95. */
export const iouThresholds: readonly number[] = Array.from({ length: 10 }, (_, index) => {
  return index === 9 ? 0.95 : index * iouStep + 0.5;
});

/** Recalls at which precision is read: 0, 0.01 … 1. */
export const recallThresholds: readonly number[] = Array.from({ length: 101 }, (_, index) => {
  return index === 100 ? 1 : index * 0.01;
});

/** Least and largest area in square pixels, both included. */
export type AreaRange = readonly [least: number, most: number];

/** All objects, small (up to 32 x 32), medium and large (from 96 x 96) ones. */
export const areaRanges = {
  all: [0, 1e5 ** 2],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e5 ** 2],
} as const satisfies Record<string, AreaRange>;

export type AreaName = keyof typeof areaRanges;

export const areaNames = Object.keys(areaRanges) as AreaName[];

/** How many detections of an image and class count, best first. */
export const defaultDetectionLimits = [1, 10, 100] as const;
