import type { ProjParameters } from './proj4-definition.js';

/** A conversion of a projected system as WKT, PROJJSON or GeoKeys describe it, or that of a geographic one. */
export interface Conversion {
  /** The method as it is written; undefined for geographic systems. */
  readonly method?: string;
  /** Values by the names of parameters as they are written: degrees, metres, plain numbers. */
  readonly values: ReadonlyMap<string, number>;
  /** Semi-major axis in metres and inverse flattening, 0 for spheres. */
  readonly ellipsoid: { readonly a: number; readonly inverseFlattening: number };
  readonly toWgs84?: readonly number[];
  /** Metres of a unit of coordinates. */
  readonly metres: number;
  /** Degrees east of Greenwich. */
  readonly meridian: number;
}

/** Names of parameters, without case and punctuation, of EPSG, OGC WKT 1 and ESRI. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  lat_0:
    'latitudeoforigin latitudeofcenter latitudeofcentre latitudeofnaturalorigin latitudeoffalseorigin latitudeofprojectioncentre'.split(
      ' ',
    ),
  lon_0:
    'centralmeridian longitudeofcenter longitudeofcentre longitudeoforigin longitudeofnaturalorigin longitudeoffalseorigin'.split(
      ' ',
    ),
  lat_1: 'standardparallel1 latitudeof1ststandardparallel latitudeofstandardparallel'.split(' '),
  lat_2: 'standardparallel2 latitudeof2ndstandardparallel'.split(' '),
  k_0: 'scalefactor scalefactoratnaturalorigin'.split(' '),
  x_0: 'falseeasting eastingatfalseorigin'.split(' '),
  y_0: 'falsenorthing northingatfalseorigin'.split(' '),
};

type Values = Readonly<Partial<Record<string, number>>>;
type Parameters = Partial<Record<string, string | number>>;
type Translate = (values: Values) => Parameters | undefined;

const from =
  (proj: string, ...keys: string[]): Translate =>
  (values) => ({
    proj,
    ...Object.fromEntries(keys.map((key) => [key, values[key] ?? (key === 'k_0' ? 1 : 0)])),
  });

const conformalConic: Translate = (values) =>
  values.lat_2 === undefined
    ? {
        proj: 'lcc',
        lat_1: values.lat_0 ?? values.lat_1,
        lat_0: values.lat_0 ?? 0,
        lon_0: values.lon_0 ?? 0,
        k_0: values.k_0 ?? 1,
      }
    : { ...from('lcc', 'lat_0', 'lon_0', 'lat_1', 'lat_2')(values), k_0: values.k_0 ?? 1 };

/** OGC WKT 1 and EPSG's variant B give the latitude of true scale, variant A the pole and a scale. */
const polarStereographic: Translate = ({ lat_0 = 90, lat_1, lon_0 = 0, k_0 = 1 }) => {
  const trueScale = lat_1 ?? lat_0;
  const pole = trueScale < 0 ? -90 : 90;
  if (Math.abs(trueScale) === 90) return { proj: 'stere', lat_0: pole, lon_0, k_0 };
  return k_0 === 1 ? { proj: 'stere', lat_0: pole, lat_ts: trueScale, lon_0 } : undefined;
};

const mercator: Translate = ({ lat_0 = 0, lat_1, lon_0 = 0, k_0 = 1 }) =>
  lat_0 !== 0 ? undefined : lat_1 ? { proj: 'merc', lat_ts: lat_1, lon_0 } : { proj: 'merc', lon_0, k_0 };

const trueAt =
  (proj: string): Translate =>
  ({ lat_0 = 0, lat_1 = 0, lon_0 = 0 }) => ({ proj, lat_ts: lat_1, lon_0, lat_0 });

/** Methods by their names without case and punctuation; what is not here is left to PROJ. */
const methods: Readonly<Record<string, Translate>> = {
  transversemercator: from('tmerc', 'lat_0', 'lon_0', 'k_0'),
  gausskruger: from('tmerc', 'lat_0', 'lon_0', 'k_0'),
  lambertconformalconic: conformalConic,
  lambertconformalconic1sp: conformalConic,
  lambertconformalconic2sp: conformalConic,
  lambertconicconformal1sp: conformalConic,
  lambertconicconformal2sp: conformalConic,
  albers: from('aea', 'lat_0', 'lon_0', 'lat_1', 'lat_2'),
  albersconicequalarea: from('aea', 'lat_0', 'lon_0', 'lat_1', 'lat_2'),
  albersequalarea: from('aea', 'lat_0', 'lon_0', 'lat_1', 'lat_2'),
  lambertazimuthalequalarea: from('laea', 'lat_0', 'lon_0'),
  sinusoidal: from('sinu', 'lon_0'),
  polarstereographic: polarStereographic,
  polarstereographicvarianta: polarStereographic,
  polarstereographicvariantb: polarStereographic,
  stereographicnorthpole: polarStereographic,
  stereographicsouthpole: polarStereographic,
  obliquestereographic: from('sterea', 'lat_0', 'lon_0', 'k_0'),
  doublestereographic: from('sterea', 'lat_0', 'lon_0', 'k_0'),
  stereographic: from('stere', 'lat_0', 'lon_0', 'k_0'),
  mercator: mercator,
  mercator1sp: mercator,
  mercator2sp: mercator,
  mercatorvarianta: mercator,
  mercatorvariantb: mercator,
  polyconic: from('poly', 'lat_0', 'lon_0'),
  americanpolyconic: from('poly', 'lat_0', 'lon_0'),
  equidistantconic: from('eqdc', 'lat_0', 'lon_0', 'lat_1', 'lat_2'),
  azimuthalequidistant: from('aeqd', 'lat_0', 'lon_0'),
  mollweide: from('moll', 'lon_0'),
  equirectangular: trueAt('eqc'),
  equidistantcylindrical: trueAt('eqc'),
  platecarree: trueAt('eqc'),
  cylindricalequalarea: trueAt('cea'),
  lambertcylindricalequalarea: trueAt('cea'),
  orthographic: from('ortho', 'lat_0', 'lon_0'),
  gnomonic: from('gnom', 'lat_0', 'lon_0'),
  cassinisoldner: from('cass', 'lat_0', 'lon_0'),
};

/**
 * The PROJ string of a conversion.
 * @returns undefined for methods and parameters that are not understood
 */
export function projParameters(conversion: Conversion): ProjParameters | undefined {
  const values: Record<string, number> = {};
  for (const [name, value] of conversion.values) {
    const key = Object.keys(aliases).find((alias) => aliases[alias]!.includes(bare(name)));
    if (key) values[key] = value;
    else if (value !== 0 && !/auxiliary/i.test(name)) return undefined;
  }
  const { method } = conversion;
  const translated = method === undefined ? { proj: 'longlat' } : methods[bare(method)]?.(values);
  if (!translated) return undefined;
  const offsets = method === undefined ? {} : { x_0: values.x_0 ?? 0, y_0: values.y_0 ?? 0 };
  const all = { ...translated, ...offsets, ...shapeOf(conversion), ...unitsOf(conversion) };
  return new Map(Object.entries(all).map(([key, value]) => [key, String(value)]));
}

/** A name without case and punctuation. */
function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function shapeOf({ ellipsoid: { a, inverseFlattening }, toWgs84 }: Conversion): Record<string, string> {
  const shift: Record<string, string> = toWgs84 ? { towgs84: toWgs84.join(',') } : {};
  const isFlattened = (value: number) => Math.abs(inverseFlattening - value) < 1e-6;
  if (a === 6378137 && isFlattened(298.257223563)) return { ellps: 'WGS84', ...shift };
  if (a === 6378137 && isFlattened(298.257222101)) return { ellps: 'GRS80', ...shift };
  const b = inverseFlattening === 0 ? a : a * (1 - 1 / inverseFlattening);
  return { a: String(a), b: String(b), ...shift };
}

function unitsOf({ method, metres, meridian }: Conversion): Record<string, string> {
  const units: Record<string, string> =
    method !== undefined && metres !== 1 ? { to_meter: String(metres) } : {};
  return meridian === 0 ? units : { ...units, pm: String(meridian) };
}
