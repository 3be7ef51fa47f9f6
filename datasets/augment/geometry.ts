import type { Random } from '../../src/base/random.js';
import { integer, uniform } from '../../src/base/random.js';
import type { Box } from '../../src/boxes/box.js';
import type { Planes } from './planes.js';

/** One of the eight symmetries of the square: an optional transposition, then optional flips. */
export interface Symmetry {
  readonly transpose: boolean;
  readonly flipX: boolean;
  readonly flipY: boolean;
}

/** Which symmetries leave an image's meaning alone. Aerial images have no up: all three. */
export interface SymmetrySettings {
  readonly horizontalFlip: boolean;
  readonly verticalFlip: boolean;
  readonly rotations: boolean;
}

/** Draws a symmetry, uniform over those that the settings allow. Rotations by 90 degrees need all eight. */
export function drawSymmetry(random: Random, settings: SymmetrySettings, square: boolean): Symmetry {
  const [first, second, third] = [random() < 0.5, random() < 0.5, random() < 0.5];
  if (settings.rotations && !settings.horizontalFlip && !settings.verticalFlip) {
    return { transpose: square && third, flipX: first, flipY: square && third ? !first : first };
  }
  return {
    transpose: settings.rotations && square && third,
    flipX: (settings.horizontalFlip || settings.rotations) && first,
    flipY: (settings.verticalFlip || settings.rotations) && second,
  };
}

/**
 * Applies a symmetry: pixel (y, x) of the result is pixel (x, y) if transposed, mirrored as told, of the
 * input.
 */
export function applySymmetry(planes: Planes, symmetry: Symmetry): Planes {
  const { transpose, flipX, flipY } = symmetry;
  if (!transpose && !flipX && !flipY) return planes;
  const width = transpose ? planes.height : planes.width;
  const height = transpose ? planes.width : planes.height;
  const data = new Float32Array(planes.data.length);
  const area = width * height;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const mirroredX = flipX ? width - 1 - x : x;
      const mirroredY = flipY ? height - 1 - y : y;
      const from = transpose ? mirroredX * planes.width + mirroredY : mirroredY * planes.width + mirroredX;
      const to = y * width + x;
      for (let channel = 0; channel < 3; channel++) {
        data[channel * area + to] = planes.data[channel * area + from]!;
      }
    }
  }
  return { width, height, data };
}

/** Ranges of the random resized crop (Szegedy et al. 2015). */
export interface CropSettings {
  /** Share of the image's area, [low, high] within (0, 1]. */
  readonly scale: readonly [number, number];
  /** Width over height, [low, high]. */
  readonly ratio: readonly [number, number];
}

/** Draws the box of a random resized crop; after ten misses the largest centred box of a permitted ratio. */
export function drawCrop(random: Random, width: number, height: number, settings: CropSettings): Box {
  const [low, high] = settings.ratio;
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * uniform(random, ...settings.scale);
    const ratio = Math.exp(uniform(random, Math.log(low), Math.log(high)));
    const box = { width: Math.round(Math.sqrt(area * ratio)), height: Math.round(Math.sqrt(area / ratio)) };
    if (box.width < 1 || box.height < 1 || box.width > width || box.height > height) continue;
    const left = integer(random, width - box.width + 1);
    return { ...box, left, top: integer(random, height - box.height + 1) };
  }
  return centredCrop(width, height, settings.ratio);
}

/** The largest centred box whose ratio of width to height lies in a range. */
export function centredCrop(width: number, height: number, range: readonly [number, number]): Box {
  const ratio = Math.min(Math.max(width / height, range[0]), range[1]);
  const boxWidth = Math.max(1, Math.min(width, Math.round(height * ratio)));
  const boxHeight = Math.max(1, Math.min(height, Math.round(width / ratio)));
  return {
    left: Math.floor((width - boxWidth) / 2),
    top: Math.floor((height - boxHeight) / 2),
    width: boxWidth,
    height: boxHeight,
  };
}
