import { UserError } from '../../base/errors.js';
import { readHeader } from '../header.js';
import { checkReadable } from '../source.js';
import { BandStack } from './band-stack.js';
import { remoteBytes, withLocalBytes } from './byte-source.js';
import { fileFingerprint } from './fingerprint.js';
import { GeoTiffSource } from './geotiff-source.js';
import { openGeoTiff } from './open-geotiff.js';
import { defaultScenePixelLimit } from './pixel-limit.js';
import type { RasterSource } from './raster-source.js';
import { askRemoteFile } from './remote-file.js';
import { SharpSource } from './sharp-source.js';
import { checkDirectories } from './tiff-directories.js';

export interface OpenOptions {
  /** Scenes with more pixels are refused. Default 2^36. */
  readonly pixelLimit?: number;
}

/**
 * Opens a scene to read pieces of it.
 *
 * Local images of 8-bit colours go through libvips, which reads a window several times faster than geotiff.js; every
 * other TIFF and everything remote through geotiff.js.
 *
 * @param paths a file, the http(s) address of a GeoTIFF, or several of them with the bands of one scene
 * @throws UserError naming the file and what is wrong with it
 */
export async function openRaster(
  paths: string | readonly string[],
  options: OpenOptions = {},
): Promise<RasterSource> {
  if (typeof paths === 'string') return openFile(paths, options, true);
  if (paths.length === 0) throw new UserError('No file is given to read bands from.');
  if (paths.length === 1) return openFile(paths[0]!, options, true);
  const files: RasterSource[] = [];
  try {
    // As stored: libvips would turn the one band of each file into three.
    for (const path of paths) files.push(await openFile(path, options, false));
    return new BandStack(files);
  } catch (error) {
    await Promise.all(files.map((file) => file.close()));
    throw error;
  }
}

async function openFile(
  path: string,
  { pixelLimit = defaultScenePixelLimit }: OpenOptions,
  mayUseVips: boolean,
) {
  if (/^https?:\/\//.test(path)) return openRemote(path, pixelLimit);
  await checkReadable(path);
  const fingerprint = await fileFingerprint(path);
  const hasTags = await withLocalBytes(path, async (bytes) => {
    if (!isTiff(await bytes.read(0, 4))) return false;
    await checkDirectories(path, bytes);
    return true;
  });
  if (!hasTags) return new SharpSource(path, await readHeader(path, { pixelLimit }), fingerprint);
  const parts = await openGeoTiff(path, fingerprint, pixelLimit);
  if (!mayUseVips || !parts.layout.suitsVips) return new GeoTiffSource(parts);
  await parts.file.close();
  const [, ...smaller] = parts.levels;
  return new SharpSource(path, await readHeader(path, { pixelLimit }), fingerprint, {
    georeference: parts.georeference,
    nodata: parts.nodata,
    isTiled: parts.layout.isTiled,
    overviews: smaller.map((image) => ({ width: image.getWidth(), height: image.getHeight() })),
  });
}

async function openRemote(url: string, pixelLimit: number): Promise<RasterSource> {
  const { start, size, fingerprint } = await askRemoteFile(url);
  if (!isTiff(start)) {
    throw new UserError(
      `${url} is not a TIFF. Only those can be read piece by piece from a server: download the file.`,
      {
        status: 415,
      },
    );
  }
  await checkDirectories(url, remoteBytes(url, start, size));
  return new GeoTiffSource(await openGeoTiff(url, fingerprint, pixelLimit));
}

/** TIFF 6.0 and BigTIFF: byte order, then 42 or 43. */
export function isTiff([a, b, c, d]: Uint8Array): boolean {
  const isLittle = a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0;
  const isBig = a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43);
  return isLittle || isBig;
}
