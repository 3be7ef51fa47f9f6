import { UserError } from '../../base/errors.js';
import { readGeoreference } from '../../geo/geotiff-tags.js';
import { readHeader, readVipsHeader } from '../header.js';
import { checkReadable } from '../source.js';
import { isTiff } from '../tiff/is-tiff.js';
import type { OpenTiff } from '../tiff/open-tiff.js';
import { openTiff } from '../tiff/open-tiff.js';
import { suitsVips } from '../tiff/suits-vips.js';
import { BandStack } from './band-stack.js';
import { openLocalBytes } from './byte-source.js';
import { fileFingerprint } from './fingerprint.js';
import { GeoTiffSource } from './geotiff-source.js';
import { openOuterMask } from './outer-mask.js';
import { defaultScenePixelLimit } from './pixel-limit.js';
import type { RasterSource } from './raster-source.js';
import { openRemoteBytes } from './remote-bytes.js';
import { SharpSource } from './sharp-source.js';

export { isTiff } from '../tiff/is-tiff.js';

export interface OpenOptions {
  /** Scenes with more pixels are refused. Default 2^36. */
  readonly pixelLimit?: number;
}

/**
 * Opens a scene to read pieces of it.
 *
 * Local images of 8-bit colours go through libvips, which reads them from top to bottom; TIFFs in any other layout and
 * everything remote block by block.
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
): Promise<RasterSource> {
  if (/^https?:\/\//.test(path)) return openRemote(path, pixelLimit);
  await checkReadable(path);
  const fingerprint = await fileFingerprint(path);
  const bytes = await openLocalBytes(path);
  if (!isTiff(await bytes.read(0, 4))) {
    await bytes.close();
    const header = await readHeader(path, { pixelLimit });
    return new SharpSource(path, header, fingerprint, { outerMask: await openOuterMask(path, header) });
  }
  return openLocalTiff(await openTiff(path, bytes, pixelLimit), fingerprint, mayUseVips);
}

async function openLocalTiff(
  tiff: OpenTiff,
  fingerprint: string,
  mayUseVips: boolean,
): Promise<RasterSource> {
  try {
    const georeference = readGeoreference(tiff.image);
    const outerMask = await openOuterMask(tiff.name, tiff.layout);
    if (!mayUseVips || !suitsVips(tiff))
      return new GeoTiffSource(tiff, { georeference, fingerprint, outerMask });
    await tiff.bytes.close();
    const header = await readVipsHeader(tiff.name, Infinity);
    return new SharpSource(tiff.name, header, fingerprint, {
      georeference,
      nodata: tiff.nodata,
      colourBands: tiff.roles.colour,
      isTiled: tiff.layout.isTiled,
      overviews: tiff.pyramid.levels.slice(1).map(({ layout }) => layout),
      outerMask,
    });
  } catch (error) {
    await tiff.bytes.close();
    throw error;
  }
}

async function openRemote(url: string, pixelLimit: number): Promise<RasterSource> {
  const bytes = await openRemoteBytes(url);
  if (!isTiff(bytes.start)) {
    throw new UserError(
      `${url} is not a TIFF. Only those can be read piece by piece from a server: download the file.`,
      { status: 415 },
    );
  }
  const tiff = await openTiff(url, bytes, pixelLimit);
  return new GeoTiffSource(tiff, {
    georeference: readGeoreference(tiff.image),
    fingerprint: bytes.fingerprint,
  });
}
