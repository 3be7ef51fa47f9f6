import { stat } from 'node:fs/promises';
import type { GeoTIFF, GeoTIFFImage } from 'geotiff';
import { fromFile, fromUrl } from 'geotiff';
import { readGeoreference } from '../../geo/geotiff-tags.js';
import { loadBigEndianTags } from './byte-order.js';
import type { GeoTiffParts } from './geotiff-source.js';
import { useInflateDecoder } from './inflate-decoder.js';
import { rasterError } from './read-error.js';
import { checkComplete, readLayout } from './tiff-layout.js';

useInflateDecoder();

/** TIFF 6.0, NewSubfileType: bit 0 marks a smaller copy of the image, bit 2 a mask. */
const smallerCopy = 1;

/**
 * Reads the tags of a TIFF whose directories have been checked.
 * @param name path, or address of a file behind an HTTP server that answers range requests
 * @throws UserError naming the file and what is wrong with it
 */
export async function openGeoTiff(
  name: string,
  fingerprint: string,
  pixelLimit?: number,
): Promise<GeoTiffParts> {
  let file: GeoTIFF | undefined;
  try {
    const isRemote = /^https?:/.test(name);
    file = await (isRemote ? fromUrl(name, { allowFullFile: false }) : fromFile(name));
    const levels = await readLevels(file);
    const [image] = levels as [GeoTIFFImage, ...GeoTIFFImage[]];
    const layout = await readLayout(image, name, pixelLimit);
    if (!isRemote) await checkComplete(image, name, (await stat(name)).size);
    const georeference = readGeoreference(image);
    return { name, file, levels, layout, nodata: readNodata(image), georeference, fingerprint };
  } catch (cause) {
    await file?.close();
    throw rasterError(name, cause);
  }
}

/** The image and its smaller copies, largest first; pages and masks that are something else are left out. */
async function readLevels(file: GeoTIFF): Promise<GeoTIFFImage[]> {
  const first = await file.getImage(0);
  await loadBigEndianTags(first);
  const levels = [first];
  const count = await file.getImageCount();
  for (let index = 1; index < count; index++) {
    const image = await file.getImage(index);
    if (image.fileDirectory.getValue('NewSubfileType') === smallerCopy) levels.push(image);
  }
  return levels.sort((a, b) => b.getWidth() - a.getWidth());
}

/** GDAL's tag holds the number as text; some writers leave out the NUL at its end. */
function readNodata(image: GeoTIFFImage): number | undefined {
  const text: string | undefined = image.fileDirectory.getValue('GDAL_NODATA');
  const value = text?.replaceAll('\0', '').trim();
  return value ? Number(value) : undefined;
}
