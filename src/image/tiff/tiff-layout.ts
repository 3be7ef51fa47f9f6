import type { GeoTIFFImage } from 'geotiff';
import { UserError } from '../../base/errors.js';
import type { Size } from '../../boxes/box.js';
import { defaultScenePixelLimit } from '../raster/pixel-limit.js';
import { checkCompression, compressions } from './compressions.js';

/** Largest piece of a file that has to be decoded at once to get at any of its pixels. */
export const mostBlockBytes = 2 ** 29;

/** TIFF 6.0: PhotometricInterpretation. */
export const photometrics = {
  whiteIsZero: 0,
  blackIsZero: 1,
  rgb: 2,
  palette: 3,
  mask: 4,
  cmyk: 5,
  ycbcr: 6,
  cielab: 8,
} as const;

const kinds = { 1: 'uint', 2: 'int', 3: 'float', 4: 'uint' } as const;

/** How the samples of one image of a TIFF are stored. */
export interface TiffLayout extends Size {
  readonly bands: number;
  readonly bits: number;
  readonly kind: 'uint' | 'int' | 'float';
  readonly isTiled: boolean;
  /** Whether each band is in blocks of its own. */
  readonly isPlanar: boolean;
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly isLittleEndian: boolean;
  readonly compression: number;
  readonly predictor: number;
  readonly photometric: number;
  /** TIFF 6.0: what each band beyond the colours is; 1 and 2 are alpha. */
  readonly extraSamples: readonly number[];
  /** Tables that the JPEGs of all blocks share. */
  readonly jpegTables?: Uint8Array;
  /** What LERC blocks are compressed with in addition: 1 deflate, 2 Zstandard. */
  readonly lercAddition?: number;
  /** Of CCITT's codes: T4Options or T6Options. */
  readonly faxOptions: number;
}

/**
 * Looks at the tags of an image in a TIFF before any pixel is decoded.
 * @throws UserError for what is too large to decode, or stored in a way that is not read here, with the way out
 */
export async function readLayout(
  image: GeoTIFFImage,
  name: string,
  pixelLimit = defaultScenePixelLimit,
): Promise<TiffLayout> {
  const tags = image.fileDirectory;
  const read = async (tag: number, otherwise: number) => Number((await tags.loadValue(tag)) ?? otherwise);
  const list = async (tag: number) => Array.from((await tags.loadValue(tag)) ?? [], Number);
  const bands = image.getSamplesPerPixel();
  const { bits, kind } = sampleType(name, bands, await list(258), await list(339));
  const isPlanar = image.planarConfiguration === 2;
  const compression = await read(259, 1);
  const photometric = await read(262, photometrics.blackIsZero);
  checkSize(image, name, pixelLimit, Math.ceil(bits / 8) * (isPlanar ? 1 : bands));
  checkCompression(name, compression, bits);
  if (photometric === photometrics.ycbcr && compression !== compressions.jpeg)
    throw notRead(name, 'its colours are stored as YCbCr without JPEG');
  checkPhotometric(name, photometric, bits);
  const fillOrder = await read(266, 1);
  if (fillOrder !== 1) throw notRead(name, `its bits are in the order ${fillOrder} (FillOrder)`);
  const jpegTables = await tags.loadValue(347);
  return {
    width: image.getWidth(),
    height: image.getHeight(),
    bands,
    bits,
    kind,
    isTiled: image.isTiled,
    isPlanar: isPlanar && bands > 1,
    blockWidth: image.getTileWidth(),
    blockHeight: image.getTileHeight(),
    isLittleEndian: image.littleEndian,
    compression,
    predictor: await read(317, 1),
    photometric,
    extraSamples: await list(338),
    jpegTables: jpegTables && Uint8Array.from(jpegTables as ArrayLike<number>),
    lercAddition: (await list(50674))[1],
    faxOptions: await read(compression === compressions.ccittFax4 ? 293 : 292, 0),
  };
}

/** @throws UserError for codes of colours that are not understood: taken as they are they would be other colours */
function checkPhotometric(name: string, photometric: number, bits: number): void {
  const { cmyk, cielab } = photometrics;
  const isKnown = Object.values<number>(photometrics).includes(photometric) && photometric !== cielab;
  if (isKnown && (photometric !== cmyk || bits === 8)) return;
  const what = { [cmyk]: `CMYK of ${bits} bits`, [cielab]: 'CIELAB' }[photometric];
  throw notRead(
    name,
    `its colours are stored as ${what ?? `codes of the kind ${photometric} (PhotometricInterpretation)`}`,
  );
}

/** @throws UserError for bands of different types, and types that hold no real numbers */
function sampleType(name: string, bands: number, allBits: readonly number[], formats: readonly number[]) {
  const [bits = 1] = allBits;
  const [format = 1] = formats;
  const isAlike = allBits.slice(0, bands).every((other) => other === bits);
  if (!isAlike || !formats.slice(0, bands).every((other) => other === format))
    throw notRead(name, `its bands are of different types (${allBits.join(', ')} bits)`);
  const kind = kinds[format as keyof typeof kinds];
  if (!kind) {
    throw new UserError(
      `${name} has complex samples (format ${format}, ${bits} bits), which are no image yet. Write their amplitude, e.g. ` +
        'gdal_translate -of GTiff DERIVED_SUBDATASET:AMPLITUDE:in.tif out.tif.',
      { status: 415 },
    );
  }
  const isRead =
    kind === 'uint'
      ? (bits >= 1 && bits <= 32) || bits === 64
      : kind === 'int'
        ? [8, 16, 32, 64].includes(bits)
        : [16, 32, 64].includes(bits);
  if (!isRead) throw notRead(name, `its samples are of ${bits} bits (format ${format})`);
  return { bits, kind };
}

/** An error for a file that is sound, but not understood here. */
export function notRead(name: string, what: string): UserError {
  return new UserError(
    `${name} may be sound, but ${what}, which is not read here. Rewrite it, e.g. gdal_translate -co COMPRESS=DEFLATE in.tif out.tif.`,
    { status: 415 },
  );
}

function checkSize(image: GeoTIFFImage, name: string, pixelLimit: number, bytesPerPixel: number): void {
  const [width, height] = [image.getWidth(), image.getHeight()];
  if (!(width > 0 && height > 0 && image.getTileWidth() > 0 && image.getTileHeight() > 0))
    throw new UserError(`${name} is damaged: it says it is ${width} x ${height} pixels.`);
  if (width * height > pixelLimit) {
    throw new UserError(
      `${name} says it has ${width} x ${height} pixels, ${gigapixels(width * height)} gigapixels; the limit is ` +
        `${gigapixels(pixelLimit)}. If that is true, raise it with --pixel-limit.`,
      { status: 413 },
    );
  }
  const bytes = image.getTileWidth() * Math.min(height, image.getTileHeight()) * bytesPerPixel;
  if (bytes > mostBlockBytes) {
    throw new UserError(
      `${name} is stored in blocks of ${image.getTileWidth()} x ${image.getTileHeight()} pixels, ${Math.round(bytes / 2 ** 20)} MiB ` +
        'each, which cannot be read piece by piece. Rewrite it with tiles, e.g. gdal_translate -of COG.',
      { status: 413 },
    );
  }
}

function gigapixels(pixels: number): number {
  return pixels < 1e9 ? Number((pixels / 1e9).toPrecision(2)) : Math.round(pixels / 1e9);
}
