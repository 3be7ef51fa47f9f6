import type { Random } from '../../src/base/random.js';
import { uniform } from '../../src/base/random.js';
import type { Planes } from './planes.js';

/** Strengths of the colour jitter; each factor is drawn from [1 - strength, 1 + strength]. */
export interface ColourSettings {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
}

/** Factors of one image; 1 changes nothing. */
export type ColourFactors = ColourSettings;

/** Draws the factors of one image. */
export function drawColour(random: Random, settings: ColourSettings): ColourFactors {
  const factor = (strength: number) => uniform(random, Math.max(0, 1 - strength), 1 + strength);
  return {
    brightness: factor(settings.brightness),
    contrast: factor(settings.contrast),
    saturation: factor(settings.saturation),
  };
}

// Luma of ITU-R BT.601, as in the usual image libraries.
function luma(data: Float32Array, pixel: number, area: number): number {
  return 0.299 * data[pixel]! + 0.587 * data[area + pixel]! + 0.114 * data[2 * area + pixel]!;
}

function meanLuma(planes: Planes): number {
  const area = planes.width * planes.height;
  let sum = 0;
  for (let pixel = 0; pixel < area; pixel++) sum += luma(planes.data, pixel, area);
  return sum / area;
}

/**
 * Brightness, then contrast around the mean luma, then saturation around each pixel's luma.
 * @param planes values of [0, 1]
 * @returns values of [0, 1]
 */
export function applyColour(planes: Planes, factors: ColourFactors): Planes {
  const { brightness, contrast, saturation } = factors;
  if (brightness === 1 && contrast === 1 && saturation === 1) return planes;
  const area = planes.width * planes.height;
  const middle = brightness * meanLuma(planes);
  const contrasted = planes.data.map((value) => middle + contrast * (brightness * value - middle));
  const data = new Float32Array(contrasted.length);
  for (let pixel = 0; pixel < area; pixel++) {
    const grey = luma(contrasted, pixel, area);
    for (let at = pixel; at < 3 * area; at += area) {
      data[at] = Math.min(1, Math.max(0, grey + saturation * (contrasted[at]! - grey)));
    }
  }
  return { ...planes, data };
}
