import { UserError } from '../../base/errors.js';
import { checkPlace } from '../../base/places.js';
import type { Georeference } from '../../geo/georeference.js';
import { readGeoreference } from '../../geo/geotiff-tags.js';
import { uprightPlace } from '../../geo/upright.js';
import { placeBeside } from '../formats/beside.js';
import { openOtherFormat } from '../formats/open-other-format.js';
import { sentinel2Images } from '../formats/sentinel2.js';
import type { ImageHeader } from '../header.js';
import { readHeader, readVipsHeader } from '../header.js';
import { checkReadable } from '../source.js';
import { isTiff } from '../tiff/is-tiff.js';
import type { OpenTiff } from '../tiff/open-tiff.js';
import { openTiff } from '../tiff/open-tiff.js';
import { suitsVips } from '../tiff/suits-vips.js';
import { BandStack } from './band-stack.js';
import { openLocalBytes } from './byte-source.js';
import { isRemote } from './cloud-address.js';
import { fileFingerprint } from './fingerprint.js';
import { GeoTiffSource } from './geotiff-source.js';
import { openOuterMask, openRemoteMask } from './outer-mask.js';
import { defaultScenePixelLimit } from './pixel-limit.js';
import type { RasterSource } from './raster-source.js';
import { openRemoteBytes, openRemoteIfThere } from './remote-bytes.js';
import { SharpSource } from './sharp-source.js';

export { isTiff } from '../tiff/is-tiff.js';

export interface OpenOptions {
  /** Scenes with more pixels are refused. Default 2^36. */
  readonly pixelLimit?: number;
  /** Height of the ground above the ellipsoid in metres, for scenes placed by rational polynomials. Default: their mean. */
  readonly height?: number;
}

/**
 * Opens a scene to read pieces of it.
 *
 * Local images of 8-bit colours go through libvips, which reads them from top to bottom; TIFFs in any other layout and
 * everything remote block by block.
 *
 * JPEG 2000 is decoded by OpenJPEG, further formats by GDAL, where it is installed: see `openOtherFormat`. Files beside an image
 * may say where it lies: see `placeBeside`.
 *
 * @param paths a file, the http(s), s3, gs or az address of a GeoTIFF, the folder of a Sentinel-2 product, or several files with the bands of one
 *   scene
 * @throws UserError naming the file and what is wrong with it
 */
export async function openRaster(
  paths: string | readonly string[],
  options: OpenOptions = {},
): Promise<RasterSource> {
  if (typeof paths === 'string') {
    await checkPlace(paths);
    const images = await sentinel2Images(paths);
    return images ? openRaster(images, options) : openFile(paths, options, true);
  }
  if (paths.length === 0) throw new UserError('No file is given to read bands from.');
  if (paths.length === 1) return openRaster(paths[0]!, options);
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
  { pixelLimit = defaultScenePixelLimit, height }: OpenOptions,
  mayUseVips: boolean,
): Promise<RasterSource> {
  if (isRemote(path)) return openRemote(path, pixelLimit, height);
  await checkReadable(path);
  const other = await openOtherFormat(path, pixelLimit);
  if (other) return other;
  const fingerprint = await fileFingerprint(path);
  const bytes = await openLocalBytes(path);
  if (!isTiff(await bytes.read(0, 4))) {
    await bytes.close();
    const header = await readHeader(path, { pixelLimit });
    const georeference = await placeUpright(path, header, height);
    const outerMask = await openOuterMask(path, header);
    return new SharpSource(path, header, fingerprint, { georeference, outerMask });
  }
  return openLocalTiff(await openTiff(path, bytes, pixelLimit), { fingerprint, mayUseVips, height });
}

interface TiffOptions {
  readonly fingerprint: string;
  readonly mayUseVips: boolean;
  readonly height?: number;
}

async function openLocalTiff(
  tiff: OpenTiff,
  { fingerprint, mayUseVips, height }: TiffOptions,
): Promise<RasterSource> {
  try {
    const { orientation, layout } = tiff;
    // The orientation counts where the tags do not place the image; what files beside it say is of the stored pixels.
    const place = await placeBeside(tiff.name, readGeoreference(tiff.image), layout, height);
    const georeference = place && uprightPlace(place, orientation, layout);
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

/** Where an image lies by the files beside it, which speak of it as it is stored. */
async function placeUpright(
  path: string,
  header: ImageHeader,
  above?: number,
): Promise<Georeference | undefined> {
  const { width, height, orientation } = header;
  const stored = orientation >= 5 ? { width: height, height: width } : { width, height };
  const place = await placeBeside(path, undefined, stored, above);
  return place && uprightPlace(place, orientation, stored);
}

async function openRemote(url: string, pixelLimit: number, height?: number): Promise<RasterSource> {
  const bytes = await openRemoteBytes(url);
  if (!isTiff(bytes.start)) {
    throw new UserError(
      `${url} is not a TIFF. Only those can be read piece by piece from a server: download the file.`,
      { status: 415 },
    );
  }
  const tiff = await openTiff(url, bytes, pixelLimit);
  const { layout, orientation } = tiff;
  const [place, outerMask] = await Promise.all([
    placeBeside(url, readGeoreference(tiff.image), layout, height),
    tiff.mask ? undefined : openRemoteMask(url, bytes, layout, openRemoteIfThere),
  ]);
  const georeference = place && uprightPlace(place, orientation, layout);
  return new GeoTiffSource(tiff, { georeference, fingerprint: bytes.fingerprint, outerMask });
}
