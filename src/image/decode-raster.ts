import type { Box } from '../boxes/box.js';
import { openOtherFormat } from './formats/open-other-format.js';
import type { ImageHeader } from './header.js';
import { openBytes } from './raster/byte-source.js';
import { GeoTiffSource } from './raster/geotiff-source.js';
import { blacken, missingPixels, withoutNodata } from './raster/missing.js';
import { openOuterMask } from './raster/outer-mask.js';
import type { RasterPlane, RasterSource } from './raster/raster-source.js';
import type { Stretch } from './raster/scaling.js';
import { planStretch } from './raster/scaling.js';
import type { ImageSource } from './source.js';
import { nameOf } from './source.js';
import { openTiff } from './tiff/open-tiff.js';

/** From a sample of a channel to 0 to 255; what is beyond is black or white. */
type Scale = (sample: number) => number;

/** Of images whose samples have no black and white of their own, by their headers: many parts of one plan it once. */
const stretches = new WeakMap<ImageHeader, Promise<Stretch>>();

/**
 * Decodes a part of a TIFF, or of an image in one of the further formats of scenes, to 8 bits over the full range of its samples:
 * the bands that are its colours, or its one band three times. Samples without such a range are stretched between the usual
 * percentiles of the whole image. Alpha lets white through; what was not recorded is black.
 * @returns RGB interleaved
 */
export async function decodeRaster(source: ImageSource, header: ImageHeader, box: Box): Promise<Uint8Array> {
  const image = await openImage(source, header);
  try {
    const { alphaBand, colourBands } = image;
    const scales = await scalesOf(image, header);
    if (alphaBand === undefined) {
      const tile = await image.read(box, { bands: colourBands });
      const rgb = toBytes(tile.planes, box, scales);
      // As scenes are rendered.
      blacken(rgb, missingPixels(image.bitDepth <= 8 ? withoutNodata(tile) : tile));
      return rgb;
    }
    const tile = await image.read(box, { bands: [...colourBands, alphaBand] });
    const rgb = toBytes(tile.planes.slice(0, -1), box, scales);
    layOverWhite(rgb, tile.planes.at(-1)!, box, scaleOf(image) ?? ((opacity) => (opacity === 0 ? 0 : 255)));
    return rgb;
  } finally {
    await image.close();
  }
}

async function openImage(source: ImageSource, { reader }: ImageHeader): Promise<RasterSource> {
  if (reader === 'other') return (await openOtherFormat(source, Infinity))!;
  const tiff = await openTiff(nameOf(source), await openBytes(source), Infinity);
  const outerMask = typeof source === 'string' ? await openOuterMask(source, tiff.layout) : undefined;
  return new GeoTiffSource(tiff, { fingerprint: '', outerMask });
}

async function scalesOf(image: RasterSource, header: ImageHeader): Promise<Scale[]> {
  const scale = scaleOf(image);
  if (scale) return [scale, scale, scale];
  const planned = stretches.get(header) ?? planStretch(image, image.colourBands, undefined);
  stretches.set(header, planned);
  const { low, high } = await planned;
  return [0, 1, 2].map((channel) => {
    const band = Math.min(channel, low.length - 1);
    const factor = 255 / Math.max(high[band]! - low[band]!, Number.MIN_VALUE);
    return (sample) => (sample - low[band]!) * factor;
  });
}

/** As libvips makes 8 bits of 16: the highest ones. @returns undefined for samples without a range of their own */
function scaleOf({ fullRange, sampleBits }: RasterSource): Scale | undefined {
  if (fullRange) {
    const { low, high } = fullRange;
    return (sample) => Math.round(((sample - low) * 255) / (high - low));
  }
  return sampleBits === undefined ? undefined : (sample) => sample >> (sampleBits - 8);
}

function toBytes(planes: readonly RasterPlane[], box: Box, scales: readonly Scale[]): Uint8Array {
  const rgb = new Uint8ClampedArray(3 * box.width * box.height);
  for (let channel = 0; channel < 3; channel++) {
    const { samples, offset, step, rowStep } = planes[Math.min(channel, planes.length - 1)]!;
    const scale = scales[channel]!;
    let to = channel;
    for (let y = 0; y < box.height; y++)
      for (let x = 0, from = offset + y * rowStep; x < box.width; x++, from += step, to += 3)
        rgb[to] = scale(samples[from]!);
  }
  return new Uint8Array(rgb.buffer);
}

function layOverWhite(rgb: Uint8Array, alpha: RasterPlane, { width, height }: Box, scale: Scale): void {
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const opacity = scale(alpha.samples[alpha.offset + y * alpha.rowStep + x * alpha.step]!);
      for (let channel = 0; channel < 3; channel++, to++)
        rgb[to] = Math.trunc((rgb[to]! * opacity + 255 * (255 - opacity)) / 255);
    }
  }
}
