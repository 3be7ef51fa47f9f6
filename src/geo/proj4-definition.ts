/** A PROJ string taken apart: its parameters without their plus signs. */
export type ProjParameters = ReadonlyMap<string, string>;

export function readProjString(definition: string): ProjParameters {
  const words = [...definition.matchAll(/\+([A-Za-z_0-9]+)(?:=(\S+))?/g)];
  return new Map(words.map(([, key, value]) => [key!, value ?? '']));
}

export function writeProjString(parameters: ProjParameters): string {
  return [...parameters].map(([key, value]) => (value === '' ? `+${key}` : `+${key}=${value}`)).join(' ');
}

/** Projections whose inverse in proj4js 2.22 was found to be PROJ's within a millimetre or two, on ellipsoids too. */
const exact = new Set(
  'longlat latlong merc tmerc etmerc utm stere sterea lcc aea laea omerc somerc eqc poly sinu moll eqdc aeqd eqearth bonne'.split(
    ' ',
  ),
);
/** Those that proj4js knows on a sphere only: on an ellipsoid it is off by kilometres and says nothing. */
const exactOnSpheres = new Set(['ortho', 'gnom', 'mill', 'vandg']);
/** Those in which proj4js adds false eastings to what it should take them from. */
const exactWithoutOffset = new Set(['geos', 'tpers']);

/**
 * Whether proj4js projects as PROJ does.
 *
 * Not so: robin (4 cm), cea (kilometres at high latitudes), krovak (its ellipsoid is built in, axes of some variants are turned), cass and nzmg (series cut short),
 * and whatever it does not know. Of angles other than degrees and prime meridians of geographic systems a PROJ string of a
 * register says too little.
 */
export function isExactInProj4(parameters: ProjParameters): boolean {
  const name = parameters.get('proj') ?? '';
  const axis = parameters.get('axis') ?? 'enu';
  if (!['enu', 'en', 'neu', 'ne', 'wsu', 'wnu'].includes(axis)) return false;
  if (/long/.test(name) && isElsewhere(parameters.get('pm'))) return false;
  if (name === 'lcc' && !parameters.has('lat_0') && !parameters.has('lat_2')) return false;
  // Polar aspects need a scale or a latitude of true scale beside the pole.
  if (name === 'stere' && !parameters.has('lat_0')) return false;
  if (exactOnSpheres.has(name)) return isSphere(parameters);
  if (exactWithoutOffset.has(name)) return ['x_0', 'y_0'].every((key) => !Number(parameters.get(key) ?? 0));
  return exact.has(name);
}

/** proj4js reads offsets, latitudes and scales that are left out as NaN in a third of its projections; PROJ as 0 and 1. */
export function completeDefinition(parameters: ProjParameters): ProjParameters {
  const complete = new Map(parameters);
  const name = parameters.get('proj') ?? '';
  const put = (key: string, value: string) => {
    if (!complete.has(key)) complete.set(key, value);
  };
  put('x_0', '0');
  put('y_0', '0');
  if (name !== 'utm') {
    if (name !== 'omerc') put('lon_0', '0');
    put('lat_0', '0');
    if (!complete.has('k')) put('k_0', '1');
  }
  return complete;
}

/** Whether coordinates grow west and south, as in the systems of South Africa; proj4js leaves the axes to its caller. */
export function signOfAxes(parameters: ProjParameters): { readonly x: 1 | -1; readonly y: 1 | -1 } {
  const axis = parameters.get('axis') ?? 'enu';
  return { x: axis.includes('w') ? -1 : 1, y: axis.includes('s') ? -1 : 1 };
}

/** What a definition says about the way from its datum to WGS 84. */
export type DatumShift = 'none' | 'parameters' | 'grid' | 'unknown';

/**
 * - none: its datum is WGS 84, or one that is held to be the same within a metre (ETRS89, NAD83, GDA2020, ...)
 * - parameters: three or seven of them, good to some metres in most places, to hundreds in some old datums
 * - grid: a file of shifts is needed
 * - unknown: an old ellipsoid and no word on how it lies
 */
export function datumShift(parameters: ProjParameters): DatumShift {
  const grids = parameters.get('nadgrids');
  if (grids !== undefined && grids !== '@null') return 'grid';
  const shift = parameters.get('towgs84');
  if (shift?.split(',').some((value) => Number(value) !== 0)) return 'parameters';
  const datum = parameters.get('datum');
  if (datum !== undefined) {
    if (['WGS84', 'NAD83'].includes(datum)) return 'none';
    return datum === 'NAD27' ? 'grid' : 'parameters';
  }
  const ellipsoid = parameters.get('ellps');
  const isModern = ['WGS84', 'GRS80', 'PZ90', 'GSK2011'].includes(ellipsoid ?? '');
  return isModern || isSphere(parameters) || grids === '@null' ? 'none' : 'unknown';
}

function isSphere(parameters: ProjParameters): boolean {
  const [a, b] = [parameters.get('a'), parameters.get('b')];
  return parameters.has('R') || (a !== undefined && Number(a) === Number(b));
}

function isElsewhere(meridian: string | undefined): boolean {
  return meridian !== undefined && meridian !== 'greenwich' && Number(meridian) !== 0;
}
