import sharp from 'sharp';
import type { Preprocessing } from '../../src/image/preprocessing.js';
import type { Canvas } from '../digits/canvas.js';

/** Size and normalisation of a model's input. */
export interface InputForm extends Pick<Preprocessing, 'mean' | 'std'> {
  readonly height: number;
  readonly width: number;
}

/**
 * Writes a grey image as a model's input, three equal channels. An image of another size is resized
 * bilinearly, the filter widened with the reduction so that every pixel counts: as `vil classify` resizes
 * images.
 * @param into [3, height, width]
 */
export async function writeInput(canvas: Canvas, form: InputForm, into: Float32Array): Promise<void> {
  const pixels = await resized(canvas, form);
  const area = form.height * form.width;
  for (let channel = 0; channel < 3; channel++) {
    const { mean, std } = { mean: form.mean[channel]!, std: form.std[channel]! };
    const same = form.mean.slice(0, channel).findIndex((each, at) => each === mean && form.std[at] === std);
    if (same >= 0) into.copyWithin(channel * area, same * area, (same + 1) * area);
    else writePlane(pixels, normalisedValues(mean, std), into.subarray(channel * area, (channel + 1) * area));
  }
}

function writePlane(pixels: Uint8Array, values: Float32Array, plane: Float32Array): void {
  // Most pixels are black: filling is faster than looking each one up.
  const black = values[0]!;
  if (black !== 0) plane.fill(black);
  for (let at = 0; at < pixels.length; at++) {
    const value = pixels[at]!;
    if (value !== 0) plane[at] = values[value]!;
  }
}

function normalisedValues(mean: number, std: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / std);
}

async function resized({ side, pixels }: Canvas, { height, width }: InputForm): Promise<Uint8Array> {
  if (side === height && side === width) return pixels;
  return sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer();
}
