import type { Sharp } from 'sharp';
import sharp from 'sharp';
import type { Box, Size } from '../boxes/box.js';
import { storedBox } from '../boxes/box.js';
import type { ColourBands, ImageHeader } from './header.js';
import { decodeError, readHeader } from './header.js';
import { blacken, missingPixels } from './raster/missing.js';
import { openOuterMask } from './raster/outer-mask.js';
import { interleaved } from './raster/raster-source.js';
import type { ImageSource } from './source.js';
import { nameOf } from './source.js';

/** Decoded pixels: sRGB, 8 bits, interleaved, upright, without alpha. */
export interface RgbImage extends Size {
  /** [height, width, 3] */
  readonly data: Uint8Array;
}

export interface DecodeOptions {
  /** Read before, to save reading it again. */
  readonly header?: ImageHeader;
  /** Part of the upright image to decode; all of it by default. */
  readonly box?: Box;
  /** Size to bring it to, regardless of its aspect ratio. */
  readonly resize?: Resize;
  /** What to keep of it after that. */
  readonly keep?: Box;
}

export interface Resize extends Size {
  readonly interpolation: Interpolation;
  /**
   * For people, not for models: a JPEG or WebP may be made smaller while it is decoded, which is faster and gives slightly other
   * pixels than those of the same image in a PNG.
   */
  readonly isForShow?: boolean;
}

export type Interpolation = 'bicubic' | 'bilinear';

/** sharp calls bilinear reduction 'linear'. Both filters widen with the reduction, so that every pixel counts. */
export const kernels = { bicubic: 'cubic', bilinear: 'linear' } as const;

/**
 * Decodes an image, or a part of it, the same way everywhere in this project:
 * - upright as its EXIF orientation says;
 * - first frame of an animation, first page of a document;
 * - colours converted to sRGB through the embedded ICC profile (CMYK without one through a standard press profile);
 * - 16-bit samples scaled by 1/256 over their full range; grey to three equal channels; palettes resolved;
 * - transparency laid over white;
 * - of an image with more bands than a colour has (say, near infrared), those that the file names red, green and blue, or
 *   the first three, scaled alike; TIFFs and further formats of scenes are read as scenes are, pixels without data black;
 * - what a mask beside a file (`.msk`) says is no image is black;
 * - samples without a black and white of their own (signed, floats, more than 16 bits) are stretched from the 2nd to the
 *   98th percentile of each band.
 *
 * @throws UserError for anything that is not a whole, readable image; see `readHeader`
 */
export async function decodeRgb(source: ImageSource, options: DecodeOptions = {}): Promise<RgbImage> {
  const header = options.header ?? (await readHeader(source));
  const { resize, keep } = options;
  try {
    const picked = await openPixels(source, header, options);
    const sized = resize
      ? picked.resize(resize.width, resize.height, { fit: 'fill', kernel: kernels[resize.interpolation] })
      : picked;
    const { data, info } = await toRgb(keep ? sized.extract(keep) : sized);
    return { data, width: info.width, height: info.height };
  } catch (cause) {
    throw decodeError(source, cause);
  }
}

function openPixels(source: ImageSource, header: ImageHeader, options: DecodeOptions): Promise<Sharp> {
  if (header.reader !== 'vips') return openByBlocks(source, header, options.box);
  return header.hasMask ? openMasked(source, header, options.box) : openPicked(source, header, options);
}

/** An image as scenes are read, its part that is wanted. */
async function openByBlocks(source: ImageSource, header: ImageHeader, box: Box | undefined): Promise<Sharp> {
  const { decodeRaster } = await import('./decode-raster.js');
  return openRaw(await decodeRaster(source, header, box ?? wholeOf(header)), box ?? header);
}

/** An image with a mask beside it, which is black where that says that there is no image. */
async function openMasked(source: ImageSource, header: ImageHeader, given: Box | undefined): Promise<Sharp> {
  const box = given ?? wholeOf(header);
  const { data } = await toRgb(await openPicked(source, header, { box }));
  const mask = await openOuterMask(nameOf(source), header);
  try {
    const bands = [0, 1, 2];
    const tile = await mask?.apply(interleaved(data, bands.length, box), bands, box, box);
    blacken(data, tile && missingPixels(tile));
    return openRaw(data, box);
  } finally {
    await mask?.close();
  }
}

function openRaw(rgb: Uint8Array, { width, height }: Size): Sharp {
  return sharp(rgb, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}

function wholeOf({ width, height }: Size): Box {
  return { left: 0, top: 0, width, height };
}

async function openPicked(source: ImageSource, header: ImageHeader, options: DecodeOptions): Promise<Sharp> {
  const isExact = options.resize && !options.resize.isForShow;
  // Cut out before it is resized, even if it is all of it, an image is not made smaller while it is decoded.
  const box = options.box ?? (isExact ? { ...header, left: 0, top: 0 } : undefined);
  const opened = openUpright(source, header, box && storedBox(box, header, header.orientation));
  return header.colourBands ? pickBands(opened, header.colourBands) : opened;
}

/** How opaque each pixel of an image is: [height, width], 8 bits, upright. */
export async function decodeAlpha(
  source: ImageSource,
  { header, box, resize }: Pick<DecodeOptions, 'box' | 'resize'> & { readonly header: ImageHeader },
): Promise<Uint8Array> {
  try {
    const opened = openUpright(source, header, box && storedBox(box, header, header.orientation));
    const sized = resize
      ? opened.resize(resize.width, resize.height, { fit: 'fill', kernel: 'nearest' })
      : opened;
    return await sized.extractChannel('alpha').toColourspace('b-w').raw({ depth: 'uchar' }).toBuffer();
  } catch (cause) {
    throw decodeError(source, cause);
  }
}

/** Decoded pixels of 16 bits: otherwise as `RgbImage`, but for colours, which are taken as they are stored. */
export interface DeepRgbImage extends Size {
  /** [height, width, 3] */
  readonly data: Uint16Array;
}

/**
 * Decodes an image of 16 bits, or a part of it, with all its bits: measurements rather than colours, of which 8 bits would
 * leave little where they use a part of the range. Three bands, also of grey; transparency over white.
 * @throws UserError as `decodeRgb`
 */
export async function decodeDeepRgb(
  source: ImageSource,
  { header, box, resize }: Pick<DecodeOptions, 'box' | 'resize'> & { readonly header: ImageHeader },
): Promise<DeepRgbImage> {
  const stored = box && storedBox(box, header, header.orientation);
  try {
    const image = openStored(source).pipelineColourspace('rgb16');
    const upright = (stored ? image.extract(stored) : image).autoOrient();
    const sized = resize
      ? upright.resize(resize.width, resize.height, { fit: 'fill', kernel: kernels[resize.interpolation] })
      : upright;
    const { data, info } = await sized
      .flatten({ background: 'white' })
      .toColourspace('rgb16')
      .raw({ depth: 'ushort' })
      .toBuffer({ resolveWithObject: true });
    const samples = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
    return { data: samples, width: info.width, height: info.height };
  } catch (cause) {
    throw decodeError(source, cause);
  }
}

function openStored(source: ImageSource): Sharp {
  // Limits have been checked against the header; those of sharp would only repeat it with a worse message.
  return sharp(source, { failOn: 'error', limitInputPixels: false, limitInputChannels: false });
}

function openUpright(source: ImageSource, header: ImageHeader, box: Box | undefined): Sharp {
  const image = openStored(source);
  // Left to itself, sharp turns 16-bit images with a profile into Display P3.
  const eightBits = header.depth === 16 ? image.pipelineColourspace('srgb') : image;
  return (box ? eightBits.extract(box) : eightBits).autoOrient();
}

function toRgb(image: Sharp) {
  return coloured(image).raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
}

function coloured(image: Sharp): Sharp {
  return image.flatten({ background: 'white' }).toColourspace('srgb');
}

/**
 * The whole image as `decodeRgb` decodes it, for libvips to write without its pixels ever being here.
 * @param header of an image without `colourBands`
 */
export function rgbPipeline(source: ImageSource, header: ImageHeader): Sharp {
  return coloured(openUpright(source, header, undefined));
}

/** Takes three of all bands as red, green and blue. */
async function pickBands(image: Sharp, [red, green, blue]: ColourBands): Promise<Sharp> {
  const { data, info } = await image
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const rgb = new Uint8Array(width * height * 3);
  for (let to = 0, from = 0; to < rgb.length; to += 3, from += channels) {
    rgb[to] = data[from + red]!;
    rgb[to + 1] = data[from + green]!;
    rgb[to + 2] = data[from + blue]!;
  }
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}
