import type { GeoTIFFImage } from 'geotiff';
import { UserError } from '../../base/errors.js';
import { defaultScenePixelLimit } from './pixel-limit.js';

/** Largest piece of a file that has to be decoded at once to get at any of its pixels. */
export const mostBlockBytes = 2 ** 29;

/** TIFF 6.0: PhotometricInterpretation. Only these hold what is recorded; the others are codes for colours. */
const directPhotometrics = new Set([0, 1, 2, 4]);
const rgb = 2;

/** TIFF 6.0 and its supplements: Compression values that the libvips in sharp decodes. */
const compressionsOfVips = new Set([1, 2, 3, 4, 5, 7, 8, 32773, 32946]);

/** How the samples of a TIFF are stored. */
export interface TiffLayout {
  readonly bands: number;
  readonly bitDepth: number;
  readonly isTiled: boolean;
  /** Whether samples are codes (palette, YCbCr, CMYK) that first have to be turned into red, green and blue. */
  readonly isCoded: boolean;
  /** Whether libvips reads the same image out of it, and faster. */
  readonly suitsVips: boolean;
}

/**
 * Looks at the tags of a TIFF before any pixel is decoded.
 * @throws UserError for what is too large to decode, or has no real-valued samples
 */
export async function readLayout(
  image: GeoTIFFImage,
  name: string,
  pixelLimit = defaultScenePixelLimit,
): Promise<TiffLayout> {
  checkSize(image, name, pixelLimit);
  const bands = image.getSamplesPerPixel();
  const bitDepth = image.getBitsPerSample();
  const format = image.getSampleFormat();
  if (format > 3 || bitDepth > 64) {
    throw new UserError(`${name} has complex or unknown samples (format ${format}, ${bitDepth} bits).`, {
      status: 415,
    });
  }
  const photometric: number = image.fileDirectory.getValue('PhotometricInterpretation') ?? 1;
  const compression: number = image.fileDirectory.getValue('Compression') ?? 1;
  const isUpright = ((await image.fileDirectory.loadValue('Orientation')) ?? 1) === 1;
  const isColour = bands === 1 || (bands === 3 && photometric >= rgb);
  return {
    bands,
    bitDepth,
    isTiled: image.isTiled,
    isCoded: !directPhotometrics.has(photometric),
    suitsVips: bitDepth === 8 && format === 1 && isColour && isUpright && compressionsOfVips.has(compression),
  };
}

function checkSize(image: GeoTIFFImage, name: string, pixelLimit: number): void {
  const [width, height] = [image.getWidth(), image.getHeight()];
  if (!(width > 0 && height > 0))
    throw new UserError(`${name} is damaged: it says it is ${width} x ${height} pixels.`);
  if (width * height > pixelLimit) {
    throw new UserError(
      `${name} says it has ${width} x ${height} pixels, ${Math.round((width * height) / 1e9)} gigapixels; the limit is ` +
        `${Math.round(pixelLimit / 1e9)}. If that is true, raise it with --pixel-limit.`,
      { status: 413 },
    );
  }
  const bytes = blockBytes(image);
  if (bytes > mostBlockBytes) {
    throw new UserError(
      `${name} is stored in blocks of ${image.getTileWidth()} x ${image.getTileHeight()} pixels, ${Math.round(bytes / 2 ** 20)} MiB ` +
        'each, which cannot be read piece by piece. Rewrite it with tiles, e.g. gdal_translate -of COG.',
      { status: 413 },
    );
  }
}

/** Of the pixels of a tile or strip, as they are in memory. */
function blockBytes(image: GeoTIFFImage): number {
  return image.getTileWidth() * Math.min(image.getHeight(), image.getTileHeight()) * image.getBytesPerPixel();
}

/**
 * Checks that a local file has all the blocks its tags speak of, as geotiff.js reads what is missing as zeros, and none
 * that takes much more room than its pixels, as no way of compressing does.
 * @param bytes size of the file
 */
export async function checkComplete(image: GeoTIFFImage, name: string, bytes: number): Promise<void> {
  const { fileDirectory, isTiled } = image;
  const [offsetTag, countTag] = isTiled
    ? (['TileOffsets', 'TileByteCounts'] as const)
    : (['StripOffsets', 'StripByteCounts'] as const);
  const offsets: ArrayLike<number> = (await fileDirectory.loadValue(offsetTag)) ?? [];
  const counts: ArrayLike<number> = (await fileDirectory.loadValue(countTag)) ?? [];
  let [end, largest] = [0, 0];
  for (let index = 0; index < offsets.length; index++) {
    const count = counts[index] ?? 0;
    end = Math.max(end, offsets[index]! + count);
    largest = Math.max(largest, count);
  }
  if (end > bytes) {
    throw new UserError(
      `${name} is cut short: its pixels end at byte ${end}, but it has only ${bytes} bytes.`,
    );
  }
  if (largest > 2 * blockBytes(image) + 2 ** 16) {
    throw new UserError(
      `${name} is damaged: it says that ${image.getTileWidth()} x ${image.getTileHeight()} pixels take ${largest} bytes in it.`,
    );
  }
}
