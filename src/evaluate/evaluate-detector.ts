import { windowsOf } from '../../datasets/annotations/windows.js';
import type { UnreadableImages } from '../../datasets/batches.js';
import { UserError } from '../base/errors.js';
import type { AnnotatedImage, AnnotationSet } from '../boxes/annotations.js';
import { checkLabelledSize } from '../boxes/annotations.js';
import type { Detections } from '../boxes/detections.js';
import { concatDetections, translateDetections } from '../boxes/detections.js';
import type { Detector } from '../detect/detector.js';
import { greedyMerge } from '../detect/greedy-nmm.js';
import { detectScene } from '../detect/scene/detect-scene.js';
import { cutOut } from '../image/cut-out.js';
import { readHeader } from '../image/header.js';
import { decodeAsScene } from '../image/raster/decode-as-scene.js';
import { openRaster } from '../image/raster/open-raster.js';

/** Finds the objects of one image, in its pixels. */
export type Find = (image: AnnotatedImage, signal?: AbortSignal) => Promise<Detections>;

export interface DetectionRunOptions {
  readonly unreadable: UnreadableImages;
  /** Told after each image. */
  readonly onImage?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** The images that could be read, and what was found in each of them. */
export interface DetectionRun {
  readonly set: AnnotationSet;
  readonly found: readonly Detections[];
}

/**
 * Looks for objects in all images of a set. Images that cannot be read are left out, with their objects, and reported.
 * @throws UserError when too many images, or all, cannot be read
 */
export async function detectInSet(
  set: AnnotationSet,
  find: Find,
  { unreadable, onImage, signal }: DetectionRunOptions,
): Promise<DetectionRun> {
  const images: AnnotatedImage[] = [];
  const found: Detections[] = [];
  for (const [index, image] of set.images.entries()) {
    signal?.throwIfAborted();
    try {
      found.push(await find(image, signal));
      images.push(image);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unreadable.add(image.path, error.message);
    }
    onImage?.(index + 1, set.images.length);
  }
  if (images.length === 0) throw new UserError('No image of the labelled set can be read.');
  return { set: { ...set, images }, found };
}

/**
 * Gives a detector each image whole, every pixel of it.
 * @param threshold least score: low, because average precision counts also what is found with little confidence
 */
export function findInWhole(detector: Pick<Detector, 'detect'>, threshold: number): Find {
  return async (image, signal) => {
    const header = await readHeader(image.path);
    checkLabelledSize(image.path, image, header);
    return detector.detect(await decodeAsScene(image.path, header), { threshold, signal });
  };
}

export interface SliceOptions {
  readonly threshold: number;
  /** Side of a slice and what neighbours share, in pixels. */
  readonly slice: number;
  readonly overlap: number;
}

/**
 * Gives a detector each image in overlapping squares, and merges what it finds in them as `detectScene` does: what a
 * square's border cuts is left to the neighbour, duplicates are suppressed.
 */
export function findInSlices(detector: Detector, { threshold, slice, overlap }: SliceOptions): Find {
  return async (image, signal) => {
    const source = await openRaster(image.path);
    try {
      checkLabelledSize(image.path, image, source);
      const scene = { source, detector, tileSize: slice, overlap, threshold, signal };
      return (await detectScene(scene)).detections;
    } finally {
      await source.close();
    }
  };
}

/**
 * Gives a detector each image in overlapping squares as SAHI does (Akyon et al. 2022; obss/sahi's defaults, without its
 * additional look at the whole image): all that any square shows goes into greedy merging, by class, from an overlap of
 * half of the smaller box.
 */
export function findAsSahi(
  detector: Pick<Detector, 'detect' | 'oriented'>,
  { threshold, slice, overlap }: SliceOptions,
): Find {
  if (overlap >= slice) {
    throw new UserError(
      `Slices of ${slice} pixels cannot overlap by ${overlap}: take larger ones or less overlap.`,
    );
  }
  return async (image, signal) => {
    const header = await readHeader(image.path);
    checkLabelledSize(image.path, image, header);
    const pixels = await decodeAsScene(image.path, header);
    const found: Detections[] = [];
    for (const { window } of windowsOf(image, { width: slice, height: slice, overlap })) {
      const tile = cutOut(pixels, window);
      found.push(
        translateDetections(await detector.detect(tile, { threshold, signal }), window.left, window.top),
      );
    }
    return greedyMerge(concatDetections(found));
  };
}
