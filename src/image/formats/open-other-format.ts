import { stat } from 'node:fs/promises';
import { parse } from 'node:path';
import { UserError } from '../../base/errors.js';
import { openBytes } from '../raster/byte-source.js';
import type { RasterSource } from '../raster/raster-source.js';
import type { ImageSource } from '../source.js';
import { mayReadOtherFormats } from './allowed-formats.js';

type Format = 'jpeg2000' | 'gdal';

/** What files of formats that GDAL reads begin with. */
const beginnings: readonly (readonly [text: string, format: Format])[] = [
  ['\0\0\0\x0cjP  ', 'jpeg2000'],
  ['\xff\x4f\xff\x51', 'jpeg2000'],
  ['EHFA_HEADER_TAG', 'gdal'],
  ['NITF', 'gdal'],
  ['NSIF', 'gdal'],
  ['PCIDSK', 'gdal'],
  ['BM', 'gdal'],
  ['SQLite format 3\0', 'gdal'],
  ['<VRTDataset', 'gdal'],
];

/**
 * Opens an image in a format beyond TIFF, PNG, JPEG and their like: JPEG 2000 by OpenJPEG, and files by GDAL, if it is installed,
 * in VRT, ERDAS Imagine, ENVI, NITF, PCIDSK, BMP, and rasters of GeoPackage and MBTiles.
 * @returns undefined for all others, and for what GDAL would read in processes that read safe formats only
 * @throws UserError naming the file and what is wrong with it
 */
export async function openOtherFormat(
  source: ImageSource,
  pixelLimit: number,
): Promise<RasterSource | undefined> {
  const start = await startOf(source);
  const format = formatOf(start);
  if (format === 'jpeg2000') {
    const { Jpeg2000Source } = await import('./jpeg2000/jpeg2000-source.js');
    return Jpeg2000Source.open(source, pixelLimit);
  }
  if (typeof source !== 'string' || !mayReadOtherFormats()) return undefined;
  const path = source;
  if (/^ENVI\s/.test(start)) {
    throw new UserError(
      `${path} is the header of an ENVI image: give the file beside it that holds the pixels.`,
    );
  }
  const isForGdal = format === 'gdal' || (await hasEnviHeader(path));
  if (!isForGdal) return undefined;
  const { GdalSource } = await import('./gdal-source.js');
  return GdalSource.open(path, pixelLimit);
}

function formatOf(start: string): Format | undefined {
  const plain = start.replace(/^\s*(<\?xml[^>]*>)?\s*/, '');
  const isIt = (text: string) => start.startsWith(text) || (text.startsWith('<') && plain.startsWith(text));
  return beginnings.find(([text]) => isIt(text))?.[1];
}

async function startOf(source: ImageSource): Promise<string> {
  const file = await openBytes(source);
  try {
    return Buffer.from(await file.read(0, 256)).toString('latin1');
  } finally {
    await file.close();
  }
}

/** Whether a file is an image of ENVI: its pixels are in a file without a beginning of its own, beside a header. */
export async function hasEnviHeader(path: string): Promise<boolean> {
  const { dir, name, ext } = parse(path);
  if (/^\.(tiff?|png|jpe?g|webp|gif|avif|heif|heic|svg)$/i.test(ext)) return false;
  const folder = dir === '' ? '.' : dir;
  for (const header of [`${folder}/${name}.hdr`, `${path}.hdr`]) {
    const entry = await stat(header).catch(() => undefined);
    if (entry?.isFile() && header !== path && (await startOf(header)).startsWith('ENVI')) return true;
  }
  return false;
}
