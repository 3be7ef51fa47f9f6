import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../../base/errors.js';
import { explainFileError } from '../../base/file-errors.js';
import type { Position } from '../../geo/antimeridian.js';
import type { PlacedArea } from './area-in-scene.js';

// A position may have a height, which says nothing here.
const position = z
  .array(z.number())
  .min(2)
  .transform(([x, y]): Position => [x!, y!]);
const polygon = z.array(z.array(position).min(4, 'a ring has four positions at least')).min(1);
const crsMember = z.object({ properties: z.object({ name: z.string().min(1) }) }).nullish();

/** Reads the polygons of a GeoJSON file, in the system that its "crs" member of 2008 names, else longitudes and latitudes. */
export async function readArea(path: string, crs?: string): Promise<PlacedArea> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw explainFileError(error, 'read', path);
  });
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new UserError(
      `${path} is not GeoJSON: ${(error as Error).message}. Of a shapefile or GeoPackage: ogr2ogr area.geojson ${path}`,
      { cause: error },
    );
  }
  return areaOfGeoJson(json, path, crs);
}

/**
 * The polygons of a GeoJSON object: a geometry, a feature or a collection. What is no polygon is refused, as a line or
 * point has no area.
 * @param name what messages call it
 * @param crs reference system of its coordinates, or `source` or `pixel`; by default what it says, else WGS 84
 * @throws UserError when there are no polygons, or naming what is wrong
 */
export function areaOfGeoJson(json: unknown, name: string, crs?: string): PlacedArea {
  const polygons = polygonsOf(json, name);
  if (polygons.length === 0) throw new UserError(`${name} has no polygons.`, { status: 400 });
  const member = z.object({ crs: crsMember }).safeParse(json);
  const named = crs ?? (member.success ? member.data.crs?.properties.name : undefined);
  return { polygons, crs: systemOf(named) };
}

/** The system that a name means, as `areaInScene` takes it. */
export function systemOf(name: string | undefined): PlacedArea['crs'] {
  if (name === undefined || /CRS:?84$/i.test(name)) return 'wgs84';
  if (name === 'wgs84' || name === 'source' || name === 'pixel') return name;
  // urn:ogc:def:crs:EPSG::32631
  const code = /^urn:(?:ogc|x-ogc):def:crs:(\w+):[^:]*:(\w+)$/i.exec(name);
  return { code: code ? `${code[1]}:${code[2]}` : name };
}

function polygonsOf(json: unknown, name: string): Position[][][] {
  const { type } = check(z.object({ type: z.string() }), json, name);
  switch (type) {
    case 'FeatureCollection':
      return check(z.object({ features: z.array(z.unknown()) }), json, name).features.flatMap((feature) =>
        polygonsOf(feature, name),
      );
    case 'Feature': {
      const { geometry } = check(z.object({ geometry: z.unknown() }), json, name);
      return geometry == null ? [] : polygonsOf(geometry, name);
    }
    case 'GeometryCollection':
      return check(z.object({ geometries: z.array(z.unknown()) }), json, name).geometries.flatMap(
        (geometry) => polygonsOf(geometry, name),
      );
    case 'Polygon':
      return [check(z.object({ coordinates: polygon }), json, name).coordinates];
    case 'MultiPolygon':
      return check(z.object({ coordinates: z.array(polygon) }), json, name).coordinates;
    default:
      throw new UserError(`${name} has a ${type}, which has no area: give polygons.`, { status: 400 });
  }
}

function check<Content>(schema: z.ZodType<Content>, json: unknown, name: string): Content {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  throw new UserError(`${name} is not GeoJSON: ${first!.path.join('.') || 'the file'}: ${first!.message}.`, {
    status: 400,
  });
}

/** The rectangle from west to east and south to north, or, in pixels, from left to right and top to bottom. */
export function areaOfBounds(
  [left, bottom, right, top]: readonly [number, number, number, number],
  crs: PlacedArea['crs'],
): PlacedArea {
  const ring: Position[] = [
    [left, bottom],
    [right, bottom],
    [right, top],
    [left, top],
  ];
  return { polygons: [[ring]], crs };
}
