import proj4 from 'proj4';
import { UserError } from '../base/errors.js';
import { hasGdal, installGdal } from './gdal/gdal-module.js';
import { projectByGdal } from './gdal/project-by-gdal.js';
import type { ProjParameters } from './proj4-definition.js';
import {
  completeDefinition,
  datumShift,
  isExactInProj4,
  readProjString,
  signOfAxes,
  writeProjString,
} from './proj4-definition.js';
import type { ReferenceSystem } from './reference-system.js';
import { nameOfSystem, parseReferenceSystem } from './reference-system.js';
import { epsgDefinition } from './registers.js';
import { wktParameters } from './wkt.js';

/** From coordinates of a reference system to [longitude, latitude] in degrees, WGS 84. */
export type Unproject = (x: number, y: number) => [longitude: number, latitude: number];
/** From longitude and latitude in degrees, WGS 84, to coordinates of a reference system. */
export type Project = (longitude: number, latitude: number) => [x: number, y: number];

/** Both ways between a reference system and WGS 84. */
interface Projector {
  readonly unproject: Unproject;
  readonly project: Project;
  /** What to tell people about how right it is. */
  readonly note?: string;
}

/**
 * The way back to WGS 84 from a reference system.
 *
 * proj4js does what it was found to do exactly as PROJ: systems whose datum is WGS 84 or held to be the same. For all others PROJ
 * itself is asked, if the optional package gdal3.js is installed; without it, proj4js and shifts of seven parameters do,
 * `projectionNote` says so, and what neither can do rightly is refused. As in GeoTIFF and GDAL, x is always the easting or
 * longitude, whatever order of axes the register gives.
 *
 * @param crs EPSG or ESRI code, PROJ string, WKT 1 or 2, or PROJJSON; see `parseReferenceSystem`
 * @param name of the scene, for messages
 * @returns longitudes -180 to 180
 * @throws UserError for codes and definitions that are not known, or need what is not installed
 */
export function unprojectFrom(crs: string | number, name: string): Unproject {
  const { unproject } = projectorFor(crs, name);
  return (x, y) => {
    const [longitude, latitude] = checked(() => unproject(x, y), [x, y], crs, name);
    return [normalLongitude(longitude), latitude];
  };
}

/** The way from WGS 84 to a reference system, with the parameters and errors of `unprojectFrom`. */
export function projectTo(crs: string | number, name: string): Project {
  const { project } = projectorFor(crs, name);
  return (longitude, latitude) =>
    checked(() => project(longitude, latitude), [longitude, latitude], crs, name);
}

/** What people should know about how right positions are; undefined where there is nothing to tell. */
export function projectionNote(crs: string | number, name: string): string | undefined {
  return projectorFor(crs, name).note;
}

const advice =
  'Give the right one with --source-crs, as a code, a PROJ string or WKT, or write the coordinates as they are in the file with --crs source.';

function projectorFor(crs: string | number, name: string): Projector {
  const system = parseReferenceSystem(crs);
  const parameters = parametersOf(system);
  if (parameters?.get('proj') === 'geocent') throw unknown(system, name);
  const canProj4 = parameters !== undefined && isExactInProj4(parameters);
  const shift = parameters && datumShift(parameters);
  // A PROJ string says all there is to say; a datum that it does not place is taken for WGS 84 by PROJ too.
  const isPlain =
    shift === 'none' || (system.type === 'proj' && (shift === 'unknown' || parameters?.has('towgs84')));
  if (canProj4 && isPlain && (system.type !== 'code' || needsNoRegister(parameters)))
    return byProj4(parameters, crs, name);
  if (hasGdal()) return byGdal(system, name);
  if (!canProj4) throw needsGdal(system, name, parameters !== undefined);
  if (isPlain) return byProj4(parameters, crs, name);
  if (shift !== 'parameters') throw needsGdal(system, name, true);
  return { ...byProj4(parameters, crs, name), note: roughNote(system, name) };
}

/** Definitions that leave PROJ nothing to choose: all of these agree with it to a millimetre. */
function needsNoRegister(parameters: ProjParameters): boolean {
  const isWgs84 = parameters.get('datum') === 'WGS84';
  return (
    isWgs84 || (parameters.get('ellps') === 'GRS80' && !parameters.has('towgs84')) || !parameters.has('ellps')
  );
}

function parametersOf(system: ReferenceSystem): ProjParameters | undefined {
  if (system.type === 'proj') return readProjString(system.definition);
  if (system.type !== 'code') return wktParameters(system.definition);
  const definition = system.authority === 'EPSG' ? epsgDefinition(system.code) : undefined;
  return definition === undefined ? undefined : readProjString(definition);
}

function byProj4(parameters: ProjParameters, crs: string | number, name: string): Projector {
  const { x: east, y: north } = signOfAxes(parameters);
  const plain = new Map(completeDefinition(parameters));
  plain.delete('axis');
  let converter: proj4.Converter;
  try {
    converter = proj4(writeProjString(plain), 'WGS84');
  } catch (cause) {
    throw new UserError(
      `${name}: the reference system ${crs} cannot be used (${messageOf(cause)}). ${advice}`,
      {
        cause,
      },
    );
  }
  return {
    unproject: (x, y) => converter.forward([east * x, north * y]) as [number, number],
    project: (longitude, latitude) => {
      const [x, y] = converter.inverse([longitude, latitude]) as [number, number];
      return [east * x, north * y];
    },
  };
}

function byGdal(system: ReferenceSystem, name: string): Projector {
  const text = system.type === 'code' ? `${system.authority}:${system.code}` : system.definition;
  const ask = (direction: 'toWgs84' | 'fromWgs84', a: number, b: number): [number, number] => {
    const [x, y] = projectByGdal({ system: text, direction, points: new Float64Array([a, b]) });
    return [x!, y!];
  };
  try {
    ask('toWgs84', 0, 0);
  } catch (cause) {
    if (/crs not found|Unsupported|unable to/i.test(messageOf(cause))) throw unknown(system, name, cause);
    throw new UserError(
      `${name}: the reference system ${nameOfSystem(system)} cannot be used (${messageOf(cause)}). ${advice}`,
      { cause },
    );
  }
  return { unproject: (x, y) => ask('toWgs84', x, y), project: (x, y) => ask('fromWgs84', x, y) };
}

function checked(
  convert: () => [number, number],
  point: readonly [number, number],
  crs: string | number,
  name: string,
): [number, number] {
  let converted: [number, number];
  try {
    converted = convert();
  } catch (cause) {
    throw new UserError(
      `${name}: coordinates in ${crs} cannot be converted (${messageOf(cause)}). ${advice}`,
      {
        cause,
      },
    );
  }
  if (converted.every(Number.isFinite)) return converted;
  throw new UserError(`${name}: the point (${point.join(', ')}) lies outside of where ${crs} is defined.`);
}

function needsGdal(system: ReferenceSystem, name: string, isKnown: boolean): UserError {
  const why = isKnown ? 'which only PROJ converts rightly' : 'which is not known without PROJ';
  return new UserError(`${name} is in ${nameOfSystem(system)}, ${why}: ${installGdal}. Or: ${advice}`);
}

function unknown(system: ReferenceSystem, name: string, cause?: unknown): UserError {
  return new UserError(
    `${name} is in the reference system ${nameOfSystem(system)}, which is not known. ${advice}`,
    { cause },
  );
}

function roughNote(system: ReferenceSystem, name: string): string {
  return (
    `${name} is in ${nameOfSystem(system)}, whose datum is not WGS 84: it is shifted by seven parameters at most, good to some ` +
    `metres in most places, worse in old datums. For the way that PROJ chooses: ${installGdal}.`
  );
}

function normalLongitude(longitude: number): number {
  if (longitude >= -180 && longitude <= 180) return longitude;
  return longitude - 360 * Math.floor((longitude + 180) / 360);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
