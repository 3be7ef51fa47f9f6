import { z } from 'zod';
import { UserError } from '../../base/errors.js';
import type { BoxEdges } from '../../boxes/annotations.js';
import { boxAround } from '../../boxes/annotations.js';
import type { Size } from '../../boxes/box.js';
import type { Position } from '../../geo/antimeridian.js';
import { unprojectFrom } from '../../geo/projection.js';
import type { PlacedScene } from '../output/locate.js';
import { locatorFor } from '../output/locate.js';
import type { Area, PixelRing } from './area.js';
import { clipRing } from './clip-ring.js';
import { pixelOf } from './pixel-of.js';

/** Polygons, each an outer ring and its holes, in the coordinates of a reference system. */
export interface PlacedArea {
  readonly polygons: readonly (readonly (readonly Position[])[])[];
  /**
   * Longitude and latitude, the scene's own coordinates, its pixels, or those of a system that `unprojectFrom` knows.
   */
  readonly crs: 'wgs84' | 'source' | 'pixel' | { readonly code: string };
}

const positionSchema = z.tuple([z.number(), z.number()]);

/** `PlacedArea` as it is kept in files. */
export const placedAreaSchema: z.ZodType<PlacedArea> = z.strictObject({
  polygons: z.array(z.array(z.array(positionSchema))),
  crs: z.union([z.enum(['wgs84', 'source', 'pixel']), z.strictObject({ code: z.string().min(1) })]),
});

/** Parts that a side is cut into: what is straight in one reference system is bent in another. */
const parts = 16;
/** How far beyond a scene an area is followed, as a share of the scene. */
const beyond = 0.25;

/**
 * An area in pixels of a scene.
 * @param sourceCrs overrides the reference system that the scene's file names
 * @throws UserError when the scene does not say where it lies
 */
export function areaInScene(area: PlacedArea, scene: PlacedScene & Size, sourceCrs?: string): Area {
  const { crs, polygons } = area;
  if (crs === 'pixel') return { polygons };
  const own = typeof crs === 'object' ? unprojectFrom(crs.code, 'The area of interest') : undefined;
  const locator = locatorFor(scene, crs === 'source' ? 'source' : 'wgs84', sourceCrs);
  if (!locator) {
    throw new UserError(
      `${scene.name} does not say where on Earth it lies, so that an area cannot be found in it. Give the area in pixels: ` +
        '--bounds with --crs pixel.',
    );
  }
  const unroll = crs === 'source' ? (point: Position) => point : unrolled;
  const frame = frameOf(scene, locator.position, unroll);
  const placed = polygons.map((rings) =>
    rings.map((ring): PixelRing => {
      const there = divided(ring).map((point) => unroll(own ? own(...point) : point, frame.middle));
      return clipRing(there, frame.bounds).map((point) => pixelOf(point, frame.position, scene));
    }),
  );
  if (placed.flat(2).some((point) => !point.every(Number.isFinite))) {
    throw new UserError(`The area cannot be placed in ${scene.name}: its transform has no inverse.`);
  }
  // What is cut away entirely leaves no ring; holes go with their polygon.
  return {
    polygons: placed
      .filter(([outer]) => outer !== undefined && outer.length > 2)
      .map((rings) => rings.filter((ring) => ring.length > 2)),
  };
}

/** Coordinates around a scene; longitudes run on beyond 180 rather than jump. */
function frameOf(
  { width, height }: Size,
  position: (x: number, y: number) => Position,
  unroll: (point: Position, middle: Position) => Position,
) {
  const middle = position(width / 2, height / 2);
  const continuous = (x: number, y: number) => unroll(position(x, y), middle);
  const steps = [0, 0.25, 0.5, 0.75, 1];
  const around = steps.flatMap((u) => steps.flatMap((v) => continuous(u * width, v * height)));
  const [left, bottom, right, top] = boxAround(around);
  const [marginX, marginY] = [beyond * (right - left), beyond * (top - bottom)];
  const bounds: BoxEdges = [left - marginX, bottom - marginY, right + marginX, top + marginY];
  return { middle, bounds, position: continuous };
}

/** The longitude, of all that mean the same, that is nearest to the middle of the scene. */
function unrolled([longitude, latitude]: Position, [middle]: Position): Position {
  return [longitude - 360 * Math.round((longitude - middle) / 360), latitude];
}

function divided(ring: readonly Position[]): Position[] {
  return ring.flatMap(([x, y], index) => {
    const [toX, toY] = ring[(index + 1) % ring.length]!;
    return Array.from({ length: parts }, (_, part): Position => {
      return [x + (part / parts) * (toX - x), y + (part / parts) * (toY - y)];
    });
  });
}
