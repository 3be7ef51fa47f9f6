import type { GeoTIFFImage } from 'geotiff';
import type { Affine } from './affine.js';
import { afterShift } from './affine.js';
import type { Georeference } from './georeference.js';

/** OGC GeoTIFF 1.1, section 7.4: values of keys. */
const userDefined = 32767;
const geographic = 2;
const pixelIsPoint = 2;

/**
 * Reads where a GeoTIFF lies from its tags, as OGC GeoTIFF 1.1 defines them.
 * @returns undefined where there are none, or only control points that no straight transform need fit
 */
export function readGeoreference(image: GeoTIFFImage): Georeference | undefined {
  const transform = readTransform(image);
  if (!transform) return undefined;
  const keys = image.fileDirectory.hasTag('GeoKeyDirectory') ? (image.getGeoKeys() ?? {}) : {};
  const isGeographic = keys.GTModelTypeGeoKey === geographic;
  const code: number | undefined = isGeographic ? keys.GeographicTypeGeoKey : keys.ProjectedCSTypeGeoKey;
  const citation: string | undefined =
    keys.PCSCitationGeoKey ?? keys.GTCitationGeoKey ?? keys.GeogCitationGeoKey;
  return {
    // Where a coordinate stands for the centre of a pixel, the corner of the first is half a pixel away.
    transform: keys.GTRasterTypeGeoKey === pixelIsPoint ? afterShift(transform, -0.5, -0.5) : transform,
    epsg: code && code !== userDefined ? code : undefined,
    citation,
  };
}

/** From raster space, as the tags mean it, to the reference system. */
function readTransform({ fileDirectory }: GeoTIFFImage): Affine | undefined {
  const matrix: ArrayLike<number> | undefined = fileDirectory.getValue('ModelTransformation');
  if (matrix) {
    const [a, b, , c, d, e, , f] = Array.from(matrix) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return { a, b, c, d, e, f };
  }
  const scale: ArrayLike<number> | undefined = fileDirectory.getValue('ModelPixelScale');
  const tie: ArrayLike<number> | undefined = fileDirectory.getValue('ModelTiepoint');
  if (!scale || !tie) return undefined;
  const [i, j, , x, y] = Array.from(tie) as [number, number, number, number, number];
  const [sx, sy] = [scale[0]!, scale[1]!];
  // Rows run south, northings north. Some writers store the scale negated, which means the same as GDAL reads it.
  return { a: sx, b: 0, c: x - i * sx, d: 0, e: -sy, f: y + j * sy };
}
