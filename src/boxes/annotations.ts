import { UserError } from '../base/errors.js';
import type { Size } from './box.js';

/** xmin, ymin, xmax, ymax in pixels, measured from the image's top left corner; a pixel is one unit wide. */
export type BoxEdges = readonly [xmin: number, ymin: number, xmax: number, ymax: number];

/** x1, y1 … x4, y4 in pixels: the corners of an oriented box, in the order of the file they come from. */
export type Quadrilateral = readonly [number, number, number, number, number, number, number, number];

/** One labelled object of an image. */
export interface AnnotatedObject {
  /** The object's box, or the box around its quadrilateral. May reach beyond the image where its format allows it. */
  readonly box: BoxEdges;
  /** Corners of the oriented box, in data sets that have them. */
  readonly polygon?: Quadrilateral;
  /** Index into the labels of the set. */
  readonly label: number;
  /** Stands for a group of objects: neither found nor missed counts (COCO's `iscrowd`). */
  readonly crowd?: boolean;
  /** Left out of the scores, as hard to recognise (Pascal VOC, DOTA). */
  readonly difficult?: boolean;
  /** Pixels that it covers, as its file says (COCO: of its mask); the area of the box where it does not. */
  readonly area?: number;
}

/** One image of a labelled set. */
export interface AnnotatedImage {
  /** What results refer to it by, in data sets that number their images (COCO). */
  readonly id?: number | string;
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly objects: readonly AnnotatedObject[];
  /** Part of the set that its layout puts the image in, e.g. `train` or `val`. */
  readonly split?: string;
}

/** A labelled set of images; its class names are in the order of the label indices. */
export interface AnnotationSet {
  readonly labels: readonly string[];
  /** What results refer to the labels by, in data sets that number them (COCO). */
  readonly categoryIds?: readonly (number | string)[];
  readonly images: readonly AnnotatedImage[];
  /** What people should know about how the files were taken, a sentence each. */
  readonly notes?: readonly string[];
}

/** Width times height; 0 for a box turned inside out. */
export function boxArea([xmin, ymin, xmax, ymax]: BoxEdges): number {
  return Math.max(0, xmax - xmin) * Math.max(0, ymax - ymin);
}

/** The part of a box within a window, which may be empty: then its edges meet or cross. */
export function intersectBoxes(a: BoxEdges, b: BoxEdges): BoxEdges {
  return [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
}

/** The smallest axis-aligned box around points given as x, y, x, y… */
export function boxAround(points: readonly number[]): BoxEdges {
  const xs = points.filter((_, index) => index % 2 === 0);
  const ys = points.filter((_, index) => index % 2 === 1);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/**
 * Boxes for an image of another size would lie anywhere.
 * @throws UserError when an image is not of the size that its labels are for
 */
export function checkLabelledSize(path: string, labelled: Size, found: Size): void {
  if (labelled.width === found.width && labelled.height === found.height) return;
  throw new UserError(
    `${path} has ${found.width} x ${found.height} pixels, but its labels are for ${labelled.width} x ${labelled.height}.`,
  );
}
