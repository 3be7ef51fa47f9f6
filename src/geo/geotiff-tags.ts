import type { GeoTIFFImage } from 'geotiff';
import type { Affine } from './affine.js';
import { afterShift } from './affine.js';
import { describedSystem } from './geokeys.js';
import type { Georeference } from './georeference.js';
import type { ControlPoint } from './ground-control.js';
import { fitGroundControl } from './ground-control.js';
import type { RationalPolynomials } from './rpc.js';
import { rpcFromTag, rpcPlace } from './rpc.js';

/** OGC GeoTIFF 1.1, section 7.4: values of keys. */
const userDefined = 32767;
const geographic = 2;
const pixelIsPoint = 2;

/** "RPCs in GeoTIFF": RPCCoefficientTag, which geotiff.js has no name for. */
const rpcTag = 50844;

/**
 * Reads where a GeoTIFF lies from its tags, as OGC GeoTIFF 1.1 defines them and GDAL reads them: scale and tie point, a matrix,
 * three control points or more, or rational polynomials.
 * @returns undefined where there are none of these
 */
export function readGeoreference(image: GeoTIFFImage): Georeference | undefined {
  const keys = image.fileDirectory.hasTag('GeoKeyDirectory') ? (image.getGeoKeys() ?? {}) : {};
  // Where a coordinate stands for the centre of a pixel, the corner of the first is half a pixel away.
  const shift = keys.GTRasterTypeGeoKey === pixelIsPoint ? 0.5 : 0;
  const system = systemOf(keys);
  const transform = readTransform(image);
  if (transform) return { transform: afterShift(transform, -shift, -shift), ...system };
  const points = controlPoints(image, shift);
  if (points.length >= 3) return { ...fitGroundControl(points), ...system };
  const rpc = readRationalPolynomials(image);
  return rpc && rpcPlace(rpc, { width: image.getWidth(), height: image.getHeight() });
}

function systemOf(keys: Readonly<Record<string, unknown>>): Pick<Georeference, 'epsg' | 'crs' | 'citation'> {
  const isGeographic = keys.GTModelTypeGeoKey === geographic;
  const code = (isGeographic ? keys.GeographicTypeGeoKey : keys.ProjectedCSTypeGeoKey) as number | undefined;
  const citation = (keys.PCSCitationGeoKey ?? keys.GTCitationGeoKey ?? keys.GeogCitationGeoKey) as
    | string
    | undefined;
  if (code && code !== userDefined) return { epsg: code, citation };
  return { crs: describedSystem(keys), citation };
}

/** From raster space, as the tags mean it, to the reference system. */
function readTransform({ fileDirectory }: GeoTIFFImage): Affine | undefined {
  const scale: ArrayLike<number> | undefined = fileDirectory.getValue('ModelPixelScale');
  const tie: ArrayLike<number> | undefined = fileDirectory.getValue('ModelTiepoint');
  if (scale && tie && scale[0] && scale[1]) {
    const [i, j, , x, y] = Array.from(tie) as [number, number, number, number, number];
    const sx = scale[0];
    // Rows run south, northings north. Against the standard, GDAL takes a negated scale to mean the same, and so does QGIS.
    const sy = Math.abs(scale[1]);
    return { a: sx, b: 0, c: x - i * sx, d: 0, e: -sy, f: y + j * sy };
  }
  const matrix: ArrayLike<number> | undefined = fileDirectory.getValue('ModelTransformation');
  if (!matrix || matrix.length < 16) return undefined;
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

function controlPoints({ fileDirectory }: GeoTIFFImage, shift: number): ControlPoint[] {
  const ties: ArrayLike<number> = fileDirectory.getValue('ModelTiepoint') ?? [];
  return Array.from({ length: Math.floor(ties.length / 6) }, (_, index) => ({
    pixel: ties[6 * index]! + shift,
    line: ties[6 * index + 1]! + shift,
    x: ties[6 * index + 3]!,
    y: ties[6 * index + 4]!,
  }));
}

function readRationalPolynomials({ fileDirectory }: GeoTIFFImage): RationalPolynomials | undefined {
  const values: ArrayLike<number> | undefined = fileDirectory.getValue(rpcTag as never);
  return values && rpcFromTag(values);
}
