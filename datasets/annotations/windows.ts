import type { AnnotatedImage, AnnotationSet, BoxEdges } from '../../src/boxes/annotations.js';
import type { Box } from '../../src/boxes/box.js';
import { visibleObjects } from './visible-objects.js';

/** A part of an annotated image that is learned from at once. */
export interface TrainingWindow {
  /** The whole image with all its objects: augmentation may look beyond the window. */
  readonly image: AnnotatedImage;
  /** Whole pixels within the image. */
  readonly window: Box;
}

export interface WindowOptions {
  /** Sides of a window in pixels; an image's own where it is smaller. */
  readonly width: number;
  readonly height: number;
  /** Pixels that neighbours share at least. Objects up to this size are whole in one of them. */
  readonly overlap: number;
  /** Share of the windows without any object to keep, evenly spread. Default 1. */
  readonly keepEmpty?: number;
}

/**
 * Starts of the windows along one side. All windows have the full length: the last one is moved back to the
 * border (as SAHI and DOTA_devkit do), unless the side is shorter than a window.
 */
export function windowStarts(side: number, length: number, overlap: number): number[] {
  if (side <= length) return [0];
  const step = Math.max(1, length - overlap);
  const count = Math.ceil((side - length) / step) + 1;
  return Array.from({ length: count }, (_, index) => Math.min(index * step, side - length));
}

/** Windows that cover an image, row by row. */
export function windowsOf(
  image: AnnotatedImage,
  { width, height, overlap }: WindowOptions,
): TrainingWindow[] {
  const lefts = windowStarts(image.width, width, overlap);
  return windowStarts(image.height, height, overlap).flatMap((top) =>
    lefts.map((left) => ({
      image,
      window: { left, top, width: Math.min(width, image.width), height: Math.min(height, image.height) },
    })),
  );
}

/** Edges of a window in pixels of its image. */
export function edgesOf({ left, top, width, height }: Box): BoxEdges {
  return [left, top, left + width, top + height];
}

/** Labels of the objects that count within a window, see `visibleObjects`. */
export function labelsOf({ image, window }: TrainingWindow): number[] {
  return visibleObjects(image.objects, edgesOf(window)).objects.map(({ label }) => label);
}

/** Cuts all images of a set into windows. */
export function trainingWindows(set: AnnotationSet, options: WindowOptions): TrainingWindow[] {
  const { keepEmpty = 1 } = options;
  let empty = 0;
  return set.images
    .flatMap((image) => windowsOf(image, options))
    .filter((window) => {
      if (labelsOf(window).length > 0) return true;
      empty++;
      // Keeps the 1st of every two at 1/2, the 1st, 4th, … at 1/3: nothing is drawn, so that all runs see the
      // same.
      return Math.ceil(empty * keepEmpty) > Math.ceil((empty - 1) * keepEmpty);
    });
}
