import type { Random } from '../src/base/random.js';
import { randomStream } from '../src/base/random.js';
import type { Box, Size } from '../src/boxes/box.js';
import type { Interpolation } from '../src/image/decode.js';
import { decodeRgb } from '../src/image/decode.js';
import { readHeader } from '../src/image/header.js';
import type { ColourSettings } from './augment/colour.js';
import { applyColour, drawColour } from './augment/colour.js';
import { drawErasing, erase } from './augment/erasing.js';
import type { CropSettings, SymmetrySettings } from './augment/geometry.js';
import { applySymmetry, drawCrop, drawSymmetry } from './augment/geometry.js';
import type { Planes } from './augment/planes.js';
import { normalise, planesFromRgb } from './augment/planes.js';

/** What may happen to a training image. Absent parts do nothing. */
export interface AugmentSettings {
  readonly symmetry: SymmetrySettings;
  readonly crop?: CropSettings;
  readonly colour?: ColourSettings;
  /** Probability that a box of the image is replaced by noise. */
  readonly erasing: number;
}

/** How an image file becomes a model input. */
export interface SampleRecipe {
  readonly height: number;
  readonly width: number;
  /** Of [0, 1] RGB. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly interpolation: Interpolation;
  /** Absent at evaluation. */
  readonly augment?: AugmentSettings;
}

/** Decodes an image, or the box of it that is drawn, at the recipe's size. */
async function decodePlanes(
  path: string,
  recipe: SampleRecipe,
  drawBox: (size: Size) => Box | undefined,
): Promise<Planes> {
  const header = await readHeader(path);
  const { width, height, interpolation } = recipe;
  const resize = { width, height, interpolation };
  const { data } = await decodeRgb(path, { header, box: drawBox(header), resize });
  return planesFromRgb(data, width, height);
}

async function augmented(
  path: string,
  recipe: SampleRecipe,
  augment: AugmentSettings,
  random: Random,
): Promise<Planes> {
  const { width, height, mean, std } = recipe;
  const { crop, colour, symmetry, erasing } = augment;
  const decoded = await decodePlanes(
    path,
    recipe,
    (size) => crop && drawCrop(random, size.width, size.height, crop),
  );
  const turned = applySymmetry(decoded, drawSymmetry(random, symmetry, width === height));
  const coloured = colour ? applyColour(turned, drawColour(random, colour)) : turned;
  const normalised = normalise(coloured, mean, std);
  const erased = drawErasing(random, width, height, erasing);
  return erased ? erase(normalised, erased, random) : normalised;
}

/**
 * Loads one image as a model input: decoded, augmented as the recipe says, normalised.
 *
 * @param keys keys of the random stream of this image in this epoch; the same keys give the same pixels
 * @returns [3, height, width]
 * @throws UserError when the file is missing, truncated or no image
 */
export async function loadSample(
  path: string,
  recipe: SampleRecipe,
  keys: readonly number[],
): Promise<Float32Array> {
  const { augment, mean, std } = recipe;
  if (augment) return (await augmented(path, recipe, augment, randomStream(...keys))).data;
  return normalise(await decodePlanes(path, recipe, () => undefined), mean, std).data;
}
