import { createRequire } from 'node:module';
import proj4 from 'proj4';
import { UserError } from '../base/errors.js';

/** From coordinates of a reference system to [longitude, latitude] in degrees, WGS 84. */
export type Unproject = (x: number, y: number) => [longitude: number, latitude: number];

/** Code and PROJ string of each system. */
type Register = Readonly<Record<string, readonly [code: string, definition: string]>>;

const require = createRequire(import.meta.url);
/** Loaded when first needed: it is most of a megabyte. */
let register: Register | undefined;

/**
 * The way back to WGS 84 from a reference system.
 *
 * proj4 knows the systems of the world; the national ones come from the `proj4-list` package, with shifts of seven
 * parameters at most, good to some metres where a survey uses a grid. As in GeoTIFF and GDAL, x is always the easting or
 * longitude, whatever order of axes the register gives; in systems that count west and south, x is the westing.
 *
 * @param crs EPSG code ("EPSG:32631" or 32631), or a PROJ string ("+proj=...")
 * @param name of the scene, for messages
 * @throws UserError for codes and definitions that are not known, or need grid files
 */
export function unprojectFrom(crs: string | number, name: string): Unproject {
  const definition = definitionOf(crs, name);
  let converter: proj4.Converter;
  try {
    converter = proj4(definition, 'WGS84');
  } catch (cause) {
    throw new UserError(
      `${name}: the reference system ${crs} cannot be used (${messageOf(cause)}). ${advice}`,
      { cause },
    );
  }
  // The South African systems count west and south; proj4 leaves the axes to its caller.
  const sign = /\+axis=wsu/.test(definition) ? -1 : 1;
  return (x, y) => {
    const [longitude, latitude] = tryForward(converter, sign * x, sign * y, crs, name);
    if (!Number.isFinite(longitude) || !Number.isFinite(latitude)) {
      throw new UserError(`${name}: the point (${x}, ${y}) lies outside of where ${crs} is defined.`);
    }
    return [longitude, latitude];
  };
}

const advice =
  'Give the right one with --source-crs, as a code or a PROJ string, or write the coordinates as they are in the file with --crs source.';

function tryForward(converter: proj4.Converter, x: number, y: number, crs: string | number, name: string) {
  try {
    return converter.forward([x, y]) as [number, number];
  } catch (cause) {
    // Found out only now: shifts that need a grid file.
    throw new UserError(
      `${name}: coordinates in ${crs} cannot be converted (${messageOf(cause)}). ${advice}`,
      { cause },
    );
  }
}

function definitionOf(crs: string | number, name: string): string {
  const text = String(crs).trim();
  if (text.startsWith('+proj=')) return text;
  const code = /^(?:EPSG:)?(\d+)$/i.exec(text)?.[1];
  if (!code)
    throw new UserError(`${text} is not a reference system: give an EPSG code or a PROJ string.`, {
      status: 400,
    });
  if (proj4.defs(`EPSG:${code}`)) return `EPSG:${code}`;
  const definition = isUtm(code) ? `EPSG:${code}` : fromRegister(code);
  const grid = /\+nadgrids=([^@ ][^ ,]*)/.exec(definition ?? '')?.[1];
  if (grid) throw new UserError(`${name} is in EPSG:${code}, which needs the grid file ${grid}. ${advice}`);
  if (definition && !definition.includes('+proj=geocent')) return definition;
  throw new UserError(`${name} is in the reference system EPSG:${code}, which is not known. ${advice}`);
}

/** Zones of WGS 84 / UTM, north and south, which proj4 makes up itself. */
function isUtm(code: string): boolean {
  return /^32[67](0[1-9]|[1-5]\d|60)$/.test(code);
}

function fromRegister(code: string): string | undefined {
  register ??= require('proj4-list') as Register;
  return register[`EPSG:${code}`]?.[1];
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
