import type { Random } from '../src/base/random.js';
import { integer, uniform } from '../src/base/random.js';
import type { AnnotatedObject } from '../src/boxes/annotations.js';
import type { Box, Size } from '../src/boxes/box.js';
import { stretched } from '../src/image/stretch.js';
import type { TrainingWindow } from './annotations/windows.js';
import { chain, cropAndScale, mapObject, rotationMap, symmetryMap } from './augment/affine.js';
import type { SymmetrySettings } from './augment/geometry.js';
import { applySymmetry, drawSymmetry } from './augment/geometry.js';
import type { Planes } from './augment/planes.js';
import { planesFromRgb } from './augment/planes.js';
import { rotatePlanes, sizeBeforeRotation } from './augment/rotation.js';
import type { ImageCache } from './image-cache.js';

/** How an image and its objects may be moved together. */
export interface ViewSettings {
  readonly symmetry: SymmetrySettings;
  /** Factor on the size of things, [low, high], drawn evenly on a logarithmic scale. */
  readonly scale: readonly [number, number];
  /**
   * Largest turn in degrees either way. Upright boxes are drawn anew around turned ones, so they get too
   * large: for oriented objects, or small angles.
   */
  readonly rotation: number;
}

/** A piece of an image as the model will see it, and all objects of the image in the piece's pixels. */
export interface View {
  /** Values of [0, 1]. */
  readonly planes: Planes;
  readonly objects: readonly AnnotatedObject[];
}

export interface ViewOptions {
  readonly size: Size;
  /** Pixels of the view for one pixel of the image, across and down. */
  readonly scale: readonly [x: number, y: number];
  /** Colour beyond the image's borders, RGB of [0, 1]. */
  readonly fill: readonly number[];
  /** Absent: the view starts at the window's top left corner and shows it as it is. */
  readonly settings?: ViewSettings;
}

/**
 * Draws a view around a window and loads it. All of it depends on the draws alone.
 * @throws UserError when the image cannot be read
 */
export async function loadView(
  { image, window }: TrainingWindow,
  { size, scale, fill, settings }: ViewOptions,
  random: Random,
  cache: ImageCache,
): Promise<View> {
  const motion = drawMotion(settings, size, random);
  const before = motion.angle === 0 ? size : sizeBeforeRotation(size, motion.angle);
  const [scaleX, scaleY] = scale;
  const both = [scaleX * motion.scale, scaleY * motion.scale] as const;
  const region = placeRegion(window, image, before, both, settings && random);
  const read = await readRegion(image, region, before, fill, cache);
  const cropped = cropAndScale(
    region.left,
    region.top,
    before.width / region.width,
    before.height / region.height,
  );
  const turn = rotationMap(motion.angle, middleOf(before), middleOf(size));
  const mirror = symmetryMap(motion.symmetry, size.width, size.height);
  const map = chain(chain(cropped, turn), mirror);
  const turned = motion.angle === 0 ? read : rotatePlanes(read, motion.angle, size);
  return {
    planes: applySymmetry(turned, motion.symmetry),
    objects: image.objects.map((object) => mapObject(object, map)),
  };
}

function middleOf({ width, height }: Size): [number, number] {
  return [width / 2, height / 2];
}

function drawMotion(settings: ViewSettings | undefined, size: Size, random: Random) {
  if (!settings) return { scale: 1, angle: 0, symmetry: { transpose: false, flipX: false, flipY: false } };
  const [low, high] = settings.scale;
  return {
    scale: Math.exp(uniform(random, Math.log(low), Math.log(high))),
    angle: (settings.rotation * uniform(random, -1, 1) * Math.PI) / 180,
    symmetry: drawSymmetry(random, settings.symmetry, size.width === size.height),
  };
}

/** The part of the image that a view of a size shows at a scale; it may reach beyond the image. */
function placeRegion(
  window: Box,
  image: Size,
  size: Size,
  [scaleX, scaleY]: ViewOptions['scale'],
  random: Random | undefined,
): Box {
  const width = Math.max(1, Math.round(size.width / scaleX));
  const height = Math.max(1, Math.round(size.height / scaleY));
  if (!random) return { left: window.left, top: window.top, width, height };
  return {
    left: placeAlong(window.left, window.width, width, image.width, random),
    top: placeAlong(window.top, window.height, height, image.height, random),
    width,
    height,
  };
}

/** Anywhere within the window, or around it where it is smaller, as far as possible within the image. */
function placeAlong(start: number, window: number, region: number, side: number, random: Random): number {
  const slack = window - region;
  const place = start + Math.min(0, slack) + integer(random, Math.abs(slack) + 1);
  const room = side - region;
  return Math.min(Math.max(place, Math.min(0, room)), Math.max(0, room));
}

async function readRegion(
  image: Size & { readonly path: string },
  region: Box,
  size: Size,
  fill: readonly number[],
  cache: ImageCache,
): Promise<Planes> {
  const left = Math.max(0, region.left);
  const top = Math.max(0, region.top);
  const width = Math.min(image.width, region.left + region.width) - left;
  const height = Math.min(image.height, region.top + region.height) - top;
  const inside = await cache.read(image.path, image, { left, top, width, height });
  const isWhole = width === region.width && height === region.height;
  const rgb = isWhole ? inside.data : pad(inside, region, left - region.left, top - region.top, fill);
  const shown = { data: rgb, width: region.width, height: region.height };
  const { data } = await stretched(shown, size.width, size.height, 'bicubic');
  return planesFromRgb(data, size.width, size.height);
}

/** Lays an image over a larger one of a single colour. */
function pad(
  inside: Size & { readonly data: Uint8Array },
  { width, height }: Size,
  left: number,
  top: number,
  fill: readonly number[],
): Uint8Array {
  const colour = fill.map((value) => Math.round(255 * value));
  const data = new Uint8Array(3 * width * height);
  for (let at = 0; at < data.length; at++) data[at] = colour[at % 3]!;
  for (let y = 0; y < inside.height; y++) {
    const row = inside.data.subarray(3 * y * inside.width, 3 * (y + 1) * inside.width);
    data.set(row, 3 * ((top + y) * width + left));
  }
  return data;
}
