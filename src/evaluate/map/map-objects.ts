import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UserError } from '../../base/errors.js';
import { explainFileError } from '../../base/file-errors.js';
import { systemOf } from '../../detect/area/read-area.js';
import type { Position } from '../../geo/antimeridian.js';
import { unprojectFrom } from '../../geo/projection.js';
import { convexHull } from './convex-hull.js';

/** A labelled or found object on Earth. */
export interface MapObject {
  readonly label: string;
  /** Of detections, 0 to 1. */
  readonly score: number;
  /** Corners of the convex hull, longitude and latitude in turns; one position where the file has a point. */
  readonly corners: readonly number[];
  readonly centre: Position;
}

export interface MapOptions {
  /** Property of the features that has the class; by default the first of the usual ones that all features have. */
  readonly labelProperty?: string;
  /** Whether features have to have a score. */
  readonly isScored: boolean;
}

const coordinates = z.array(z.unknown());
const featureSchema = z.object({
  geometry: z.object({ type: z.enum(['Point', 'Polygon', 'MultiPolygon']), coordinates }),
  properties: z.record(z.string(), z.unknown()).nullish(),
});
const collectionSchema = z.object({
  type: z.literal('FeatureCollection'),
  crs: z.object({ properties: z.object({ name: z.string() }) }).nullish(),
  features: z.array(featureSchema),
});

type Feature = z.infer<typeof featureSchema>;

const usualLabels = ['label', 'class_name', 'category', 'class', 'type', 'name'] as const;

/**
 * Reads objects of a GeoJSON file: points, or polygons, of which the convex hull counts. In longitude and latitude, or the
 * system that the "crs" member of GeoJSON 2008 names.
 * @throws UserError naming what is wrong
 */
export async function readMapObjects(path: string, options: MapOptions): Promise<MapObject[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw explainFileError(error, 'read', path);
  });
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new UserError(`${path} is not GeoJSON: ${(error as Error).message}`, { cause: error });
  }
  const parsed = collectionSchema.safeParse(json);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new UserError(`${path}: ${first!.path.join('.') || 'the file'}: ${first!.message}.`);
  }
  const { features, crs } = parsed.data;
  const system = systemOf(crs?.properties.name);
  const unproject = typeof system === 'object' ? unprojectFrom(system.code, path) : undefined;
  const property = labelProperty(features, path, options);
  return features.map((feature, index) => {
    const place = `${path}: features.${index}`;
    const points = pointsOf(feature.geometry.coordinates, place).map(
      (point) => unproject?.(...point) ?? point,
    );
    const corners = convexHull(unrolled(points));
    return {
      label: property === undefined ? 'object' : String(feature.properties?.[property]),
      score: options.isScored ? scoreOf(feature, place) : 1,
      corners,
      centre: centreOf(corners),
    };
  });
}

function labelProperty(features: readonly Feature[], path: string, { labelProperty: own }: MapOptions) {
  const hasAll = (name: string) =>
    features.every(({ properties }) => ['string', 'number'].includes(typeof properties?.[name]));
  if (own !== undefined && !hasAll(own)) {
    throw new UserError(`${path}: not all features have a property ${own}, which --label-property names.`);
  }
  return own ?? (features.length === 0 ? undefined : usualLabels.find(hasAll));
}

function scoreOf({ properties }: Feature, place: string): number {
  const score = properties?.score ?? properties?.confidence;
  if (typeof score === 'number' && Number.isFinite(score)) return score;
  throw new UserError(`${place} has no score, by which detections are ranked.`);
}

/** All positions of a geometry, however deep. */
function pointsOf(nested: readonly unknown[], place: string): Position[] {
  const [x, y] = nested;
  if (typeof x === 'number' && typeof y === 'number') return [[x, y]];
  const points = nested.flatMap((part) => (Array.isArray(part) ? pointsOf(part, place) : []));
  if (points.length > 0) return points;
  throw new UserError(`${place} has no positions.`);
}

/** Longitudes run on across the antimeridian, where GeoJSON cuts polygons in two. */
function unrolled(points: readonly Position[]): Position[] {
  const [first] = points as [Position];
  return points.map(([x, y]) => [x - 360 * Math.round((x - first[0]) / 360), y]);
}

function centreOf(corners: readonly number[]): Position {
  const [xs, ys] = [0, 1].map((axis) => corners.filter((_, at) => at % 2 === axis)) as [number[], number[]];
  return [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
}
