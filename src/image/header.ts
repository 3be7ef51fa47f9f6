import type { Metadata } from 'sharp';
import sharp from 'sharp';
import { UserError } from '../base/errors.js';
import type { Orientation, Size } from '../boxes/box.js';
import { openOtherFormat } from './formats/open-other-format.js';
import { openBytes } from './raster/byte-source.js';
import { hasOuterMask } from './raster/outer-mask.js';
import type { RasterSource } from './raster/raster-source.js';
import type { ImageSource } from './source.js';
import { checkReadable, nameOf } from './source.js';
import { isTiff } from './tiff/is-tiff.js';

// libvips would remember what it has read of a path, and give that when there is another image under it by now.
sharp.cache(false);

/** Indices of the bands of libvips' sRGB form of an image. */
export type ColourBands = readonly [red: number, green: number, blue: number];

/** What the first bytes of a file say, before any pixel is decoded. */
export interface ImageHeader extends Size {
  /** Of the upright image, EXIF orientation applied. */
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly orientation: Orientation;
  /** Bits of one sample; 16 stands for more, too. */
  readonly depth: 8 | 16;
  /** Whether samples have no black and white of their own: signed ones, floats, those of more than 16 bits. */
  readonly isStretched?: boolean;
  /** Whether some of it may be transparent. */
  readonly hasAlpha: boolean;
  /** Where red, green and blue are among the bands, in files with more bands than a colour and alpha. */
  readonly colourBands?: ColourBands;
  /** What decodes it: libvips, or what reads scenes here, TIFFs and further formats. */
  readonly reader: 'vips' | 'tiff' | 'other';
  /** Whether a mask lies beside the file, which is not in it. */
  readonly hasMask?: boolean;
}

/**
 * Largest image read unless the caller says otherwise: 2^30 pixels, e.g. 32768 x 32768. Memory does not set it, as
 * large images are read in tiles, but a forged header could otherwise ask for years of work.
 */
export const defaultPixelLimit = 2 ** 30;

export interface HeaderOptions {
  /** Images with more pixels are refused. */
  readonly pixelLimit?: number;
}

/** Reads the header without any limit of sharp's own, so that a refusal can name the size. */
async function readMetadata(source: ImageSource): Promise<Metadata> {
  try {
    return await sharp(source, { limitInputPixels: false, limitInputChannels: false }).metadata();
  } catch (cause) {
    throw decodeError(source, cause);
  }
}

/**
 * Reads an image's header and decides whether its pixels may be decoded.
 *
 * @throws UserError with status 415 for what is no image, 422 for damaged files, 413 for images above the pixel limit
 */
export async function readHeader(source: ImageSource, options: HeaderOptions = {}): Promise<ImageHeader> {
  await checkReadable(source);
  const limit = options.pixelLimit ?? defaultPixelLimit;
  const header =
    (await readBlockwiseHeader(source, limit)) ??
    (await readOtherHeader(source, limit)) ??
    (await readVipsHeader(source, limit));
  const hasMask = header.reader === 'vips' && typeof source === 'string' && (await hasOuterMask(source));
  return hasMask ? { ...header, hasMask } : header;
}

/** Of an image that libvips decodes. @throws UserError as `readHeader` */
export async function readVipsHeader(source: ImageSource, limit: number): Promise<ImageHeader> {
  const metadata = await readMetadata(source);
  const { width, height } = metadata.autoOrient;
  checkPixels(source, { width, height }, limit);
  if (metadata.compression === 'hevc') {
    throw new UserError(
      `${nameOf(source)} is HEIC (HEVC), which is not read here. Convert it, e.g. heif-convert photo.heic photo.jpg.`,
      { status: 415 },
    );
  }
  if (metadata.depth !== 'uchar' && metadata.depth !== 'ushort') throw unreadSamples(source, metadata.depth);
  return {
    width,
    height,
    format: metadata.format,
    orientation: (metadata.orientation ?? 1) as Orientation,
    depth: metadata.depth === 'uchar' ? 8 : 16,
    hasAlpha: metadata.hasAlpha,
    colourBands: colourBandsOf(metadata),
    reader: 'vips',
  };
}

/** Of an image in one of the further formats of scenes; undefined for everything else. */
async function readOtherHeader(source: ImageSource, limit: number): Promise<ImageHeader | undefined> {
  const image = await openOtherFormat(source, Infinity);
  if (!image) return undefined;
  await image.close();
  checkPixels(source, image, limit);
  const { width, height } = image;
  return { width, height, format: 'other', orientation: 1, ...factsOf(image), reader: 'other' };
}

function factsOf({
  bitDepth,
  fullRange,
  sampleBits,
  alphaBand,
}: RasterSource): Pick<ImageHeader, 'depth' | 'isStretched' | 'hasAlpha'> {
  return {
    depth: bitDepth <= 8 ? 8 : 16,
    isStretched: !fullRange && sampleBits === undefined,
    hasAlpha: alphaBand !== undefined,
  };
}

/** Of a TIFF that is not left to libvips; undefined for everything else. */
async function readBlockwiseHeader(source: ImageSource, limit: number): Promise<ImageHeader | undefined> {
  const bytes = await openBytes(source);
  if (!isTiff(await bytes.read(0, 4))) {
    await bytes.close();
    return undefined;
  }
  // What reads TIFFs is only loaded for one: that takes as long as many a photograph.
  const [{ openTiff }, { suitsVips }, { GeoTiffSource }] = await Promise.all([
    import('./tiff/open-tiff.js'),
    import('./tiff/suits-vips.js'),
    import('./raster/geotiff-source.js'),
  ]);
  const tiff = await openTiff(nameOf(source), bytes, Infinity);
  await bytes.close();
  if (suitsVips(tiff)) return undefined;
  const image = new GeoTiffSource(tiff, { fingerprint: '' });
  const { width, height } = image;
  checkPixels(source, image, limit);
  const [red, green, blue] = tiff.roles.colour;
  return {
    width,
    height,
    format: 'tiff',
    orientation: 1,
    ...factsOf(image),
    colourBands: green === undefined || blue === undefined ? undefined : [red!, green, blue],
    reader: 'tiff',
  };
}

/** What people should know of how an image is shown to a model, a sentence each. */
export function headerNotes({ isStretched }: ImageHeader): string[] {
  if (!isStretched) return [];
  return [
    'Its samples have no black and white of their own (signed, floats or more than 16 bits): they are stretched from the 2nd ' +
      'to the 98th percentile of each band.',
  ];
}

function checkPixels(source: ImageSource, { width, height }: Size, limit: number): void {
  if (width * height <= limit) return;
  throw new UserError(
    `${nameOf(source)} has ${width} x ${height} pixels, ${megapixels(width * height)}; the limit is ${megapixels(limit)}.` +
      ' Cut it into smaller images or raise the limit.',
    { status: 413 },
  );
}

function unreadSamples(source: ImageSource, type: string): UserError {
  return new UserError(
    `${nameOf(source)} has samples of type ${type}, which are not read in this format.` +
      ' Convert it to 8 or 16 bits per sample, or to TIFF.',
    { status: 415 },
  );
}

/**
 * libvips takes every band beyond the colours for alpha, which only one can be: then the first three are the colours.
 * Its sRGB form of grey repeats the first band three times and keeps the others behind.
 */
function colourBandsOf({ space, channels }: Metadata): ColourBands | undefined {
  const isGrey = space === 'b-w' || space === 'grey16';
  if (isGrey) return channels > 2 ? [0, 3, 4] : undefined;
  const isColour = space === 'srgb' || space === 'rgb16';
  return isColour && channels > 4 ? [0, 1, 2] : undefined;
}

function megapixels(pixels: number): string {
  return `${(pixels / 1e6).toLocaleString('en', { maximumSignificantDigits: 4 })} megapixels`;
}

/** Turns an error of the decoder into one for the person who gave the image. */
export function decodeError(source: ImageSource, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/unsupported image format/.test(message)) {
    return new UserError(
      `${nameOf(source)} is not an image of a known format (JPEG, PNG, WebP, TIFF, AVIF, GIF, JPEG 2000), or its header is damaged.`,
      { status: 415, cause },
    );
  }
  // libvips repeats itself once for every line it could not read.
  const reason = message.split('\n')[0]!.replace(/^Input (buffer|file) has corrupt header:?\s*/, '');
  return new UserError(`${nameOf(source)} is damaged or cut short (${reason || 'corrupt header'}).`, {
    cause,
  });
}
