import type { Conversion } from './conversion.js';
import { projParameters } from './conversion.js';
import { readProjString, writeProjString } from './proj4-definition.js';
import { epsgDefinition } from './registers.js';

/** GeoKeys by name, as geotiff.js reads them. */
export type GeoKeys = Readonly<Record<string, unknown>>;

/** OGC GeoTIFF 1.1: values of keys. */
const userDefined = 32767;
const projected = 1;
const degree = 9102;

/** OGC GeoTIFF 1.0, section 6.3.3.3: coordinate transformation codes, as WKT calls the methods. */
const methods: Readonly<Record<number, string>> = {
  1: 'Transverse_Mercator',
  7: 'Mercator',
  8: 'Lambert_Conformal_Conic_2SP',
  9: 'Lambert_Conformal_Conic_1SP',
  10: 'Lambert_Azimuthal_Equal_Area',
  11: 'Albers_Conic_Equal_Area',
  12: 'Azimuthal_Equidistant',
  13: 'Equidistant_Conic',
  14: 'Stereographic',
  15: 'Polar_Stereographic',
  16: 'Oblique_Stereographic',
  17: 'Equirectangular',
  18: 'Cassini_Soldner',
  19: 'Gnomonic',
  21: 'Orthographic',
  22: 'Polyconic',
  24: 'Sinusoidal',
  28: 'Cylindrical_Equal_Area',
};

/** Parameters of a conversion, by the names that WKT gives them. The first key that is there counts. */
const parameterKeys: Readonly<Record<string, readonly string[]>> = {
  Latitude_Of_Origin: ['ProjNatOriginLatGeoKey', 'ProjFalseOriginLatGeoKey', 'ProjCenterLatGeoKey'],
  Central_Meridian: [
    'ProjNatOriginLongGeoKey',
    'ProjFalseOriginLongGeoKey',
    'ProjCenterLongGeoKey',
    'ProjStraightVertPoleLongGeoKey',
  ],
  Standard_Parallel_1: ['ProjStdParallel1GeoKey'],
  Standard_Parallel_2: ['ProjStdParallel2GeoKey'],
  Scale_Factor: ['ProjScaleAtNatOriginGeoKey', 'ProjScaleAtCenterGeoKey'],
  False_Easting: ['ProjFalseEastingGeoKey', 'ProjFalseOriginEastingGeoKey', 'ProjCenterEastingGeoKey'],
  False_Northing: ['ProjFalseNorthingGeoKey', 'ProjFalseOriginNorthingGeoKey', 'ProjCenterNorthingGeoKey'],
};

/** EPSG codes of units of length. */
const metresOf: Readonly<Record<number, number>> = {
  9001: 1,
  9002: 0.3048,
  9003: 1200 / 3937,
  9005: 0.3047972654,
  9036: 1000,
};

/**
 * The reference system that GeoKeys describe without giving its code.
 * @returns WKT or a PROJ string; undefined where there is none, or one that is not understood
 */
export function describedSystem(keys: GeoKeys): string | undefined {
  // ESRI's programs put the WKT of what GeoTIFF has no keys for into the citation.
  const citations = [keys.PCSCitationGeoKey, keys.GTCitationGeoKey, keys.GeogCitationGeoKey];
  for (const citation of citations) {
    const wkt = /ESRI PE String = *((?:PROJCS|GEOGCS)\[.*\])/s.exec(String(citation ?? ''))?.[1];
    if (wkt) return wkt;
  }
  const datum = datumOf(keys);
  const isProjected = keys.GTModelTypeGeoKey === projected;
  const conversion = datum && (isProjected ? conversionOf(keys) : { values: new Map<string, number>() });
  const angular = keys.GeogAngularUnitsGeoKey;
  if (!conversion || (angular !== undefined && angular !== degree)) return undefined;
  const metres = isProjected ? unitOf(keys) : 1;
  if (metres === undefined) return undefined;
  const values = new Map<string, number>();
  // False eastings and northings are in the units of coordinates; those of UTM are in metres.
  const isZone = conversion.method !== undefined && keys.ProjCoordTransGeoKey === undefined;
  for (const [name, value] of conversion.values)
    values.set(name, /False/.test(name) && !isZone ? value * metres : value);
  const parameters = projParameters({ ...datum, ...conversion, values, metres, meridian: meridianOf(keys) });
  if (!parameters) return undefined;
  return writeProjString(new Map([...parameters, ...datum.own]));
}

function conversionOf(keys: GeoKeys): Pick<Conversion, 'method' | 'values'> | undefined {
  const zone = /^16([01])(\d\d)$/.exec(String(keys.ProjectionGeoKey));
  if (zone) return utmZone(Number(zone[2]), zone[1] === '1');
  const method = methods[Number(keys.ProjCoordTransGeoKey)];
  if (method === undefined) return undefined;
  const values = new Map<string, number>();
  for (const [name, names] of Object.entries(parameterKeys)) {
    const value = names.map((key) => numberOf(keys[key])).find((found) => found !== undefined);
    if (value !== undefined) values.set(name, value);
  }
  return { method, values };
}

function utmZone(zone: number, isSouth: boolean): Pick<Conversion, 'method' | 'values'> {
  const values = { Central_Meridian: 6 * zone - 183, Scale_Factor: 0.9996, False_Easting: 500_000 };
  return {
    method: 'Transverse_Mercator',
    values: new Map(Object.entries({ ...values, False_Northing: isSouth ? 10_000_000 : 0 })),
  };
}

function datumOf(
  keys: GeoKeys,
): (Pick<Conversion, 'ellipsoid' | 'toWgs84'> & { readonly own: ReadonlyMap<string, string> }) | undefined {
  const shift = keys.GeogTOWGS84GeoKey;
  const toWgs84 = isNumbers(shift) ? Array.from(shift) : undefined;
  const a = numberOf(keys.GeogSemiMajorAxisGeoKey);
  const inverse = numberOf(keys.GeogInvFlatteningGeoKey);
  const code = numberOf(keys.GeographicTypeGeoKey) ?? userDefined;
  const definition = code === userDefined ? undefined : epsgDefinition(String(code));
  if (definition) return { ...shapeOf(definition), toWgs84 };
  if (code !== userDefined || a === undefined) return undefined;
  const b = numberOf(keys.GeogSemiMinorAxisGeoKey);
  const inverseFlattening = inverse ?? (b === undefined || b === a ? 0 : a / (a - b));
  return { ellipsoid: { a, inverseFlattening }, toWgs84, own: new Map() };
}

/** What a register says about a geographic system, which stands in a PROJ string as it is. */
function shapeOf(definition: string) {
  const own = new Map(
    [...readProjString(definition)].filter(([key]) => /^(datum|ellps|a|b|R|towgs84|nadgrids|pm)$/.test(key)),
  );
  return {
    ellipsoid: { a: 6378137, inverseFlattening: 298.257223563 },
    own: own as ReadonlyMap<string, string>,
  };
}

function unitOf(keys: GeoKeys): number | undefined {
  const code = numberOf(keys.ProjLinearUnitsGeoKey) ?? 9001;
  return code === userDefined ? numberOf(keys.ProjLinearUnitSizeGeoKey) : metresOf[code];
}

function meridianOf(keys: GeoKeys): number {
  return numberOf(keys.GeogPrimeMeridianLongGeoKey) ?? 0;
}

function numberOf(value: unknown): number | undefined {
  const number = isNumbers(value) ? value[0] : value;
  return typeof number === 'number' ? number : undefined;
}

function isNumbers(value: unknown): value is ArrayLike<number> {
  return (
    ArrayBuffer.isView(value) || (Array.isArray(value) && value.every((item) => typeof item === 'number'))
  );
}
