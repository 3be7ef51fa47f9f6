import { UserError } from '../../base/errors.js';
import type { Position } from '../../geo/antimeridian.js';
import type { PolygonGeometry } from '../../geo/features.js';
import { plainPolygon, wgs84Polygon } from '../../geo/features.js';
import type { Georeference } from '../../geo/georeference.js';
import { mapPosition, systemOfPlace } from '../../geo/georeference.js';
import type { Unproject } from '../../geo/projection.js';
import { unprojectFrom } from '../../geo/projection.js';

/** The coordinates that positions are written in: degrees of WGS 84, the scene's own system, or its pixels. */
export type OutputCrs = 'wgs84' | 'source' | 'pixel';

/** A scene that may say where on Earth it lies. */
export interface PlacedScene {
  /** For messages. */
  readonly name: string;
  readonly georeference?: Georeference;
}

/** Turns pixels into positions and rings of pixels into polygons. */
export interface Locator {
  readonly position: (x: number, y: number) => Position;
  readonly polygon: (ring: readonly Position[]) => PolygonGeometry;
}

/**
 * How the pixels of a scene become positions.
 * @param sourceCrs overrides the reference system that the file names
 * @returns undefined where the scene does not say where it lies
 * @throws UserError when its reference system is not known
 */
export function locatorFor(scene: PlacedScene, crs: OutputCrs, sourceCrs?: string): Locator | undefined {
  if (crs === 'pixel') return { position: (x, y) => [x, y], polygon: (ring) => plainPolygon(ring, 2) };
  const { georeference } = scene;
  if (!georeference) return undefined;
  if (crs === 'source') {
    return { position: (x, y) => mapPosition(georeference, x, y), polygon: (ring) => plainPolygon(ring, 9) };
  }
  const unproject = unprojectScene(scene, sourceCrs);
  return { position: (x, y) => unproject(...mapPosition(georeference, x, y)), polygon: wgs84Polygon };
}

function unprojectScene({ georeference, name }: PlacedScene, sourceCrs?: string): Unproject {
  const crs = sourceCrs ?? (georeference && systemOfPlace(georeference));
  if (crs !== undefined) return unprojectFrom(crs, name);
  throw new UserError(
    `${name} names no reference system that is understood${georeference?.citation ? ` ("${georeference.citation}")` : ''}. ` +
      'Give it with --source-crs, or write the coordinates as they are in the file with --crs source.',
  );
}
