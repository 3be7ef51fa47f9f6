import type { GeoTIFFImage } from 'geotiff';
import { GeoTIFF } from 'geotiff';
import { UserError } from '../../base/errors.js';
import type { Orientation, Size } from '../../boxes/box.js';
import type { ByteSource } from '../raster/byte-source.js';
import { rasterError } from '../raster/read-error.js';
import type { BandRoles } from './band-roles.js';
import { bandRoles } from './band-roles.js';
import { blocksOf } from './block-table.js';
import { loadBigEndianTags } from './byte-order.js';
import { nodataOf } from './nodata.js';
import { checkDirectories } from './tiff-directories.js';
import { TiffImage } from './tiff-image.js';
import type { TiffLayout } from './tiff-layout.js';
import { readLayout } from './tiff-layout.js';
import { TiffPyramid } from './tiff-pyramid.js';

/** TIFF 6.0, NewSubfileType: bit 0 marks a smaller copy of the image, bit 2 a mask. */
const [smallerCopy, mask] = [1, 4];

/** A TIFF whose tags have been read and checked. */
export interface OpenTiff {
  readonly name: string;
  readonly bytes: ByteSource;
  /** The first image, for whoever reads its other tags. */
  readonly image: GeoTIFFImage;
  readonly layout: TiffLayout;
  /** Whether blocks are known to be left out of the file. */
  readonly isSparse: boolean;
  readonly pyramid: TiffPyramid;
  /** Where there is an image, by the file's own mask: one band, 0 for nothing. */
  readonly mask?: TiffPyramid;
  readonly roles: BandRoles;
  readonly nodata?: number;
  /** TIFF 6.0: how the image is to be turned to be upright. Of images with a place on Earth it is ignored, as GDAL does. */
  readonly orientation: Orientation;
  /** Whether there is such a tag, ignored or not. */
  readonly isOriented: boolean;
  /** Red, green and blue of each code, 16 bits each, one after the other. */
  readonly colourMap?: ArrayLike<number>;
  /** An ICC profile. */
  readonly profile?: Uint8Array;
}

/**
 * Reads the tags of a TIFF, and believes nothing that cannot be.
 * @param bytes closed when this fails
 * @throws UserError naming the file and what is wrong with it, or not read here
 */
export async function openTiff(name: string, bytes: ByteSource, pixelLimit?: number): Promise<OpenTiff> {
  try {
    await checkDirectories(name, bytes);
    const images = await listImages(bytes);
    const [image] = images as [GeoTIFFImage, ...GeoTIFFImage[]];
    const layout = await readLayout(image, name, pixelLimit);
    const isSparse = bytes.size < Infinity && (await checkComplete(image, layout, name, bytes.size));
    const tags = image.fileDirectory;
    const profile = await tags.loadValue(34675);
    const nodata = nodataOf(await tags.loadValue(42113), layout);
    // GDAL leaves out blocks that hold nothing but nodata, or zeros where there is none.
    const fill = nodata ?? 0;
    const others = await readOthers(images.slice(1), name, bytes, layout, fill);
    return {
      name,
      bytes,
      image,
      layout,
      isSparse,
      pyramid: new TiffPyramid([new TiffImage(image, layout, bytes, fill), ...others.copies]),
      mask: others.masks.length > 0 ? new TiffPyramid(others.masks) : undefined,
      roles: bandRoles(layout, await tags.loadValue(42112)),
      nodata,
      ...(await orientationOf(image)),
      colourMap: await tags.loadValue(320),
      profile: profile && Uint8Array.from(profile as ArrayLike<number>),
    };
  } catch (cause) {
    await bytes.close();
    throw rasterError(name, cause);
  }
}

async function orientationOf({
  fileDirectory,
}: GeoTIFFImage): Promise<Pick<OpenTiff, 'orientation' | 'isOriented'>> {
  const orientation = Number((await fileDirectory.loadValue(274)) ?? 1);
  // Scale, tie points, a matrix, rational polynomials.
  const isPlaced = [33550, 33922, 34264, 50844].some((tag) => fileDirectory.hasTag(tag));
  const isOriented = orientation >= 2 && orientation <= 8;
  return { orientation: isOriented && !isPlaced ? (orientation as Orientation) : 1, isOriented };
}

/** Size of the image as it is to be seen. */
export function uprightSize({ layout, orientation }: OpenTiff): Size {
  const { width, height } = layout;
  return orientation < 5 ? { width, height } : { width: height, height: width };
}

async function listImages(bytes: ByteSource): Promise<GeoTIFFImage[]> {
  const source = {
    fetch: (slices: readonly { offset: number; length: number }[]) =>
      Promise.all(slices.map(({ offset, length }) => readPadded(bytes, offset, length))),
  };
  // Of its kind of source it uses nothing else.
  const file = await GeoTIFF.fromSource(source as unknown as Parameters<typeof GeoTIFF.fromSource>[0]);
  const count = await file.getImageCount();
  const images: GeoTIFFImage[] = [];
  for (let index = 0; index < count; index++) images.push(await file.getImage(index));
  for (const image of images) await loadBigEndianTags(image);
  return images;
}

/** geotiff.js asks for more than there may be, and reads no further than tags say. */
async function readPadded(bytes: ByteSource, offset: number, length: number): Promise<ArrayBuffer> {
  const read = await bytes.read(offset, length);
  if (read.length === length && read.byteOffset === 0 && read.buffer.byteLength === length)
    return read.buffer;
  const padded = new Uint8Array(length);
  padded.set(read);
  return padded.buffer;
}

/** Smaller copies of the first image and its masks, largest first; pages that are something else are left out. */
async function readOthers(
  images: readonly GeoTIFFImage[],
  name: string,
  bytes: ByteSource,
  first: TiffLayout,
  fill: number,
) {
  const copies: TiffImage[] = [];
  const masks: TiffImage[] = [];
  for (const image of images) {
    const type = Number(image.fileDirectory.getValue('NewSubfileType') ?? 0);
    const isMask = (type & mask) !== 0;
    if (!isMask && type !== smallerCopy) continue;
    const layout = await readLayout(image, name, Infinity);
    if (isMask) masks.push(new TiffImage(image, layout, bytes, 0));
    else if (isLike(layout, first)) copies.push(new TiffImage(image, layout, bytes, fill));
  }
  const isFull = ({ layout }: TiffImage) => layout.width === first.width && layout.height === first.height;
  return { copies: largestFirst(copies), masks: masks.some(isFull) ? largestFirst(masks) : [] };
}

function isLike(copy: TiffLayout, { bands, bits, kind, width }: TiffLayout): boolean {
  return copy.bands === bands && copy.bits === bits && copy.kind === kind && copy.width < width;
}

function largestFirst(images: readonly TiffImage[]): TiffImage[] {
  return [...images].sort((a, b) => b.layout.width - a.layout.width);
}

/**
 * Checks that a file has all the blocks its tags speak of, and none that takes much more room than its pixels, as no way of
 * compressing does.
 * @returns whether some are left out, as those without data may be
 */
async function checkComplete(
  image: GeoTIFFImage,
  layout: TiffLayout,
  name: string,
  bytes: number,
): Promise<boolean> {
  const { fileDirectory, isTiled } = image;
  const [offsetTag, countTag] = isTiled ? [324, 325] : [273, 279];
  const offsets: ArrayLike<number> = (await fileDirectory.loadValue(offsetTag)) ?? [];
  const counts: ArrayLike<number> = (await fileDirectory.loadValue(countTag)) ?? [];
  let [end, largest, least] = [0, 0, Infinity];
  for (let index = 0; index < offsets.length; index++) {
    const count = counts[index] ?? 0;
    end = Math.max(end, offsets[index]! + count);
    largest = Math.max(largest, count);
    least = Math.min(least, count);
  }
  if (end > bytes) {
    throw new UserError(
      `${name} is cut short: its pixels end at byte ${end}, but it has only ${bytes} bytes.`,
    );
  }
  const { blockWidth, blockHeight, bands, bits } = layout;
  const pixels = blockWidth * Math.min(layout.height, blockHeight);
  if (largest > (2 * pixels * bands * Math.max(8, bits)) / 8 + 2 ** 16) {
    throw new UserError(
      `${name} is damaged: it says that ${blockWidth} x ${blockHeight} pixels take ${largest} bytes in it.`,
    );
  }
  const { across, down } = blocksOf(layout);
  const expected = across * down * (layout.isPlanar ? bands : 1);
  if (offsets.length < expected)
    throw new UserError(
      `${name} is damaged: it lists ${offsets.length} of ${expected} blocks of its pixels.`,
    );
  return least === 0;
}
