import sharp from 'sharp';
import type { Size } from '../boxes/box.js';
import { infernoTable } from '../image/colour-map.js';
import type { RgbImage } from '../image/decode.js';
import { decodeRgb } from '../image/decode.js';
import { readHeader } from '../image/header.js';
import type { ImageSource } from '../image/source.js';
import type { AttentionMap } from './attention-map.js';

export interface OverlayOptions {
  /** Longest side of the image drawn, in pixels; larger images are scaled down to it. */
  readonly longestSide?: number;
}

/** Where attention is nil, this share of the photograph shows; where it is highest, the other. */
const photographAt = { least: 0.7, most: 0.3 };

/**
 * Draws a map of attention over its image: the photograph in grey, darkened, glowing where the model looked.
 *
 * The brightest colour stands for the 99th percentile of the map, and brightness grows with the square root: attention is
 * so concentrated that on a linear scale a few tokens would leave all the rest black.
 * @returns a PNG
 * @throws UserError when the image cannot be read
 */
export async function drawAttention(
  source: ImageSource,
  map: AttentionMap,
  { longestSide = 1600 }: OverlayOptions = {},
): Promise<Buffer> {
  const header = await readHeader(source);
  const scale = Math.min(1, longestSide / Math.max(header.width, header.height));
  const width = Math.max(1, Math.round(header.width * scale));
  const height = Math.max(1, Math.round(header.height * scale));
  const photograph = await decodeRgb(source, {
    header,
    resize: { width, height, interpolation: 'bilinear' },
  });
  const glow = await stretchMap(map, header, { width, height });
  return sharp(blend(photograph, glow), { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 7 })
    .toBuffer();
}

/** The map as 8-bit levels over the whole image in the size drawn, smoothly interpolated; 0 where it has no say. */
export async function stretchMap(map: AttentionMap, image: Size, drawn: Size): Promise<Uint8Array> {
  const brightest = percentile(map.data, 0.99);
  const levels = Uint8Array.from(map.data, (share) =>
    Math.min(255, Math.round(255 * Math.sqrt(share / brightest))),
  );
  const scale = drawn.width / image.width;
  const [left, top, width, height] = [map.box.left, map.box.top, map.box.width, map.box.height].map(
    (length) => Math.round(length * scale),
  ) as [number, number, number, number];
  const stretched = sharp(levels, { raw: { width: map.columns, height: map.rows, channels: 1 } })
    .resize(Math.max(1, width), Math.max(1, height), { fit: 'fill', kernel: 'cubic' })
    .extend({
      left,
      top,
      right: Math.max(0, drawn.width - left - width),
      bottom: Math.max(0, drawn.height - top - height),
      background: 'black',
    })
    .toColourspace('b-w');
  // What of the last tokens lies beyond the image's edge is cut off. sharp takes one such step a pipeline.
  const { data, info } = await stretched.raw().toBuffer({ resolveWithObject: true });
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 1 } })
    .extract({ left: 0, top: 0, ...drawn })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
}

function percentile(values: Float32Array, share: number): number {
  const sorted = Float32Array.from(values).sort();
  return sorted[Math.floor(share * (sorted.length - 1))]! || 1;
}

function blend(photograph: RgbImage, glow: Uint8Array): Uint8Array {
  const colours = infernoTable();
  const { data } = photograph;
  const drawn = new Uint8Array(data.length);
  for (let pixel = 0; pixel < glow.length; pixel++) {
    const level = glow[pixel]!;
    const strength = level / 255;
    const kept = photographAt.least + (photographAt.most - photographAt.least) * strength;
    const at = 3 * pixel;
    // Luma weights of ITU-R BT.601.
    const grey = 0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
    for (let channel = 0; channel < 3; channel++) {
      drawn[at + channel] = kept * grey + (1 - kept) * colours[3 * level + channel]!;
    }
  }
  return drawn;
}
