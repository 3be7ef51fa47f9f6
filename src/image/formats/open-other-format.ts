import { open, stat } from 'node:fs/promises';
import { parse } from 'node:path';
import { UserError } from '../../base/errors.js';
import type { RasterSource } from '../raster/raster-source.js';
import { mayReadOtherFormats } from './allowed-formats.js';
import { GdalSource } from './gdal-source.js';
import { Jpeg2000Source } from './jpeg2000/jpeg2000-source.js';

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
 * Opens a file in a format beyond TIFF, PNG, JPEG and their like: JPEG 2000 by OpenJPEG, and by GDAL, if it is installed, VRT, ERDAS
 * Imagine, ENVI, NITF, PCIDSK, BMP, and rasters of GeoPackage and MBTiles.
 * @returns undefined for all other files, and in processes that read safe formats only
 * @throws UserError naming the file and what is wrong with it
 */
export async function openOtherFormat(path: string, pixelLimit: number): Promise<RasterSource | undefined> {
  if (!mayReadOtherFormats()) return undefined;
  const start = await startOf(path);
  if (/^ENVI\s/.test(start)) {
    throw new UserError(
      `${path} is the header of an ENVI image: give the file beside it that holds the pixels.`,
    );
  }
  const plain = start.replace(/^\s*(<\?xml[^>]*>)?\s*/, '');
  const format =
    beginnings.find(
      ([text]) => start.startsWith(text) || (text.startsWith('<') && plain.startsWith(text)),
    )?.[1] ?? ((await hasEnviHeader(path)) ? 'gdal' : undefined);
  if (format === 'jpeg2000') return Jpeg2000Source.open(path, pixelLimit);
  return format && GdalSource.open(path, pixelLimit);
}

async function startOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The pixels of ENVI are in a file without a beginning of its own, beside a header. */
async function hasEnviHeader(path: string): Promise<boolean> {
  const { dir, name, ext } = parse(path);
  if (/^\.(tiff?|png|jpe?g|webp|gif|avif|heif|heic|svg)$/i.test(ext)) return false;
  const folder = dir === '' ? '.' : dir;
  for (const header of [`${folder}/${name}.hdr`, `${path}.hdr`]) {
    const entry = await stat(header).catch(() => undefined);
    if (entry?.isFile() && header !== path && (await startOf(header)).startsWith('ENVI')) return true;
  }
  return false;
}
