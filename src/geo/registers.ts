import { createRequire } from 'node:module';
import { isExactInProj4, readProjString } from './proj4-definition.js';

/** Code and PROJ string of each system. */
type ProjList = Readonly<Record<string, readonly [code: string, definition: string]>>;

interface GeoKeysToProj4 {
  toProj4(keys: Readonly<Record<string, number>>): {
    readonly proj4: string;
    readonly errors: Readonly<Record<string, unknown>>;
    readonly shouldConvertCoordinates: boolean;
  };
}

const require = createRequire(import.meta.url);
/** Loaded when first needed: they are most of a megabyte each. */
let list: ProjList | undefined;
let geoKeys: GeoKeysToProj4 | undefined;

/**
 * Codes that the registers have wrong, found by comparing all of them with pyproj: spheres taken for ellipsoids (the older
 * EASE grids), units of 20 m, other meridians, poles and false eastings left out, and what takes Israel to WGS 84 (78 m).
 */
const wrong = new Set(
  '2065 3167 3973 3974 3975 5513 6990 6991 6996 6997 8044 8045 9354 29873 29874'.split(' '),
);

/**
 * The PROJ string of an EPSG code: from `proj4-list`, and what that has not (GDA2020 and other systems of the last ten
 * years) from `geotiff-geokeys-to-proj4`, which has all of EPSG's of 2024.
 * @returns undefined for codes that neither knows, or knows well enough
 */
export function epsgDefinition(code: string): string | undefined {
  if (wrong.has(code)) return undefined;
  // The zones of UTM in WGS 84, north and south, need no register.
  const zone = /^32([67])(0[1-9]|[1-5]\d|60)$/.exec(code);
  if (zone) return `+proj=utm +zone=${Number(zone[2])}${zone[1] === '7' ? ' +south' : ''} +datum=WGS84`;
  list ??= require('proj4-list') as ProjList;
  return list[`EPSG:${code}`]?.[1] ?? newerDefinition(code);
}

function newerDefinition(code: string): string | undefined {
  geoKeys ??= require('geotiff-geokeys-to-proj4') as GeoKeysToProj4;
  const { proj4, errors, shouldConvertCoordinates } = geoKeys.toProj4({
    GTModelTypeGeoKey: 1,
    ProjectedCSTypeGeoKey: Number(code),
  });
  const isWhole = Object.keys(errors).length === 0 && !shouldConvertCoordinates;
  return isWhole && isExactInProj4(readProjString(proj4)) ? proj4 : undefined;
}
