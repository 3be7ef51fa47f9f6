import type { RasterTile, Samples } from '../raster/raster-source.js';
import { interleaved } from '../raster/raster-source.js';
import { coloursByVips } from './by-vips.js';
import type { OpenTiff } from './open-tiff.js';
import { photometrics } from './tiff-layout.js';

/** What has to be done with the samples of a TIFF before they are brightness or colours. */
export type ColourCode = 'none' | 'inverted' | 'palette' | 'profile';

/** @returns 'profile' for what libvips turns into sRGB: CMYK, and colours with an ICC profile, all of 8 bits */
export function colourCodeOf({ layout, colourMap, profile }: OpenTiff): ColourCode {
  const { photometric, bits, kind, bands } = layout;
  const isByte = bits === 8 && kind === 'uint';
  // GDAL keeps MINISBLACK in files that it adds a colour map to.
  if (colourMap && bits <= 16 && kind === 'uint' && bands - layout.extraSamples.length <= 1) return 'palette';
  if (photometric === photometrics.whiteIsZero) return 'inverted';
  if (isByte && photometric === photometrics.cmyk) return 'profile';
  const isColour = photometric === photometrics.rgb || photometric === photometrics.ycbcr;
  return isByte && isColour && profile && bands >= 3 ? 'profile' : 'none';
}

/** The bands that make up a colour. */
export function codedBands({ layout }: OpenTiff, code: ColourCode): readonly number[] {
  if (code === 'palette') return [0];
  return layout.photometric === photometrics.cmyk ? [0, 1, 2, 3] : [0, 1, 2];
}

/** Turns white that is stored as 0 around, in place. */
export function invert(tile: RasterTile, bits: number): RasterTile {
  for (const samples of new Set(tile.planes.map((plane) => plane.samples))) {
    const isFloat = samples instanceof Float32Array || samples instanceof Float64Array;
    for (let at = 0; at < samples.length; at++)
      samples[at] = isFloat ? -samples[at]! : invertedInteger(samples, samples[at]!, bits);
  }
  return tile;
}

function invertedInteger(samples: Samples, sample: number, bits: number): number {
  const isSigned =
    samples instanceof Int8Array || samples instanceof Int16Array || samples instanceof Int32Array;
  return isSigned ? -1 - sample : 2 ** bits - 1 - sample;
}

/** What becomes of the nodata value where white is stored as 0. */
export function invertedNodata(nodata: number, { layout }: OpenTiff): number {
  if (layout.kind === 'float' || layout.bits === 64) return -nodata;
  return layout.kind === 'int' ? -1 - nodata : 2 ** layout.bits - 1 - nodata;
}

/** Looks codes up in a colour map. @returns three interleaved bands of 8 bits */
export function lookUp({ planes, width, height }: RasterTile, map: ArrayLike<number>): RasterTile {
  const count = map.length / 3;
  // Some writers fill their maps with 8 bits instead of 16.
  const shift = Array.from(map).some((value) => value > 255) ? 8 : 0;
  const rgb = new Uint8Array(3 * width * height);
  const { samples, offset, step, rowStep } = planes[0]!;
  let to = 0;
  for (let y = 0; y < height; y++) {
    let from = offset + y * rowStep;
    for (let x = 0; x < width; x++, from += step) {
      const code = Math.min(samples[from]!, count - 1);
      for (let channel = 0; channel < 3; channel++) rgb[to++] = map[channel * count + code]! >> shift;
    }
  }
  return interleaved(rgb, 3, { width, height });
}

/** Turns codes of colours of 8 bits into sRGB. @param tile with the bands of a colour, interleaved or not */
export async function toSrgb(tile: RasterTile, { layout, profile }: OpenTiff): Promise<RasterTile> {
  const { width, height, planes } = tile;
  const bands = planes.length;
  const codes = new Uint8Array(width * height * bands);
  for (const [band, { samples, offset, step, rowStep }] of planes.entries()) {
    let to = band;
    for (let y = 0; y < height; y++)
      for (let x = 0, from = offset + y * rowStep; x < width; x++, from += step, to += bands)
        codes[to] = samples[from]!;
  }
  // The blocks of a JPEG come as red, green and blue already.
  const photometric = layout.photometric === photometrics.ycbcr ? photometrics.rgb : layout.photometric;
  return interleaved(await coloursByVips(codes, { width, height, bands, photometric, profile }), 3, tile);
}
