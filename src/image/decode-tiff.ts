import type { Box } from '../boxes/box.js';
import { openBytes } from './raster/byte-source.js';
import { GeoTiffSource } from './raster/geotiff-source.js';
import { missingPixels, withoutNodata } from './raster/missing.js';
import { openOuterMask } from './raster/outer-mask.js';
import type { RasterPlane, RasterSource } from './raster/raster-source.js';
import type { ImageSource } from './source.js';
import { nameOf } from './source.js';
import { openTiff } from './tiff/open-tiff.js';

/**
 * Decodes a part of a TIFF to 8 bits over the full range of its samples: the bands that are its colours, or its one band three
 * times. Alpha lets white through; what was not recorded is black.
 * @returns RGB interleaved
 */
export async function decodeTiff(source: ImageSource, box: Box): Promise<Uint8Array> {
  const bytes = await openBytes(source);
  const tiff = await openTiff(nameOf(source), bytes, Infinity);
  const outerMask = typeof source === 'string' ? await openOuterMask(source, tiff.layout) : undefined;
  const image = new GeoTiffSource(tiff, { fingerprint: '', outerMask });
  try {
    const { alphaBand, colourBands } = image;
    if (alphaBand === undefined) {
      const tile = await image.read(box, { bands: colourBands });
      const rgb = toBytes(tile.planes, box, image);
      // As scenes are rendered.
      const missing = missingPixels(image.bitDepth <= 8 ? withoutNodata(tile) : tile);
      if (missing)
        for (let at = 0; at < missing.length; at++) if (missing[at] === 1) rgb.fill(0, 3 * at, 3 * at + 3);
      return rgb;
    }
    const { planes } = await image.read(box, { bands: [...colourBands, alphaBand] });
    const rgb = toBytes(planes.slice(0, -1), box, image);
    layOverWhite(rgb, planes.at(-1)!, box, image);
    return rgb;
  } finally {
    await image.close();
  }
}

function toBytes(planes: readonly RasterPlane[], box: Box, image: RasterSource): Uint8Array {
  const rgb = new Uint8Array(3 * box.width * box.height);
  const scale = scaleOf(image);
  for (let channel = 0; channel < 3; channel++) {
    const { samples, offset, step, rowStep } = planes[Math.min(channel, planes.length - 1)]!;
    let to = channel;
    for (let y = 0; y < box.height; y++)
      for (let x = 0, from = offset + y * rowStep; x < box.width; x++, from += step, to += 3)
        rgb[to] = scale(samples[from]!);
  }
  return rgb;
}

/** As libvips makes 8 bits of 16: the highest ones. */
function scaleOf({ bitDepth, fullRange }: RasterSource): (sample: number) => number {
  if (!fullRange) return (sample) => sample >> (bitDepth - 8);
  const { low, high } = fullRange;
  return (sample) => Math.round(((sample - low) * 255) / (high - low));
}

function layOverWhite(
  rgb: Uint8Array,
  alpha: RasterPlane,
  { width, height }: Box,
  image: RasterSource,
): void {
  const scale = scaleOf(image);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const opacity = scale(alpha.samples[alpha.offset + y * alpha.rowStep + x * alpha.step]!);
      for (let channel = 0; channel < 3; channel++, to++)
        rgb[to] = Math.trunc((rgb[to]! * opacity + 255 * (255 - opacity)) / 255);
    }
  }
}
