import { UserError } from '../../base/errors.js';
import { boundsOf, cornersOf } from '../../boxes/detections.js';
import type { Position } from '../../geo/antimeridian.js';
import type { PolygonGeometry } from '../../geo/features.js';
import { systemOfPlace } from '../../geo/georeference.js';
import { systemAsName } from '../../geo/reference-system.js';
import type { OutputCrs } from './locate.js';
import { locatorFor } from './locate.js';
import type { SceneDetections } from './scene-detections.js';
import { writtenPixel, writtenScore } from './scene-detections.js';

export interface GeoJsonOptions {
  /** Default 'wgs84', the only one that RFC 7946 knows. */
  readonly crs?: OutputCrs;
  readonly sourceCrs?: string;
}

interface Feature {
  readonly type: 'Feature';
  readonly id: number;
  /** null, as RFC 7946 section 3.2 has it for features without a place, where the scene does not say where it lies. */
  readonly geometry: PolygonGeometry | null;
  readonly properties: {
    readonly label: string;
    readonly class: number;
    readonly score: number;
    /** xmin, ymin, xmax, ymax in pixels of the scene. */
    readonly box: readonly number[];
    /** Radians clockwise, of turned boxes. */
    readonly angle?: number;
    readonly scene: string;
  };
}

export interface FeatureCollection {
  readonly type: 'FeatureCollection';
  readonly features: readonly Feature[];
  /** Not of RFC 7946: says that coordinates are not WGS 84. */
  readonly crs?: { readonly type: 'name'; readonly properties: { readonly name: string } };
}

/**
 * A polygon for each object, as GeoJSON (RFC 7946): longitude and latitude in WGS 84, counterclockwise.
 *
 * `crs: 'source'` writes the coordinates of the scene's own reference system instead, with the "crs" member of GeoJSON
 * 2008 that desktop programs read; `'pixel'` writes pixels.
 * @throws UserError when the scene's reference system is not known
 */
export function toGeoJson(
  scene: SceneDetections,
  { crs = 'wgs84', sourceCrs }: GeoJsonOptions = {},
): FeatureCollection {
  const locator = locatorFor(scene, crs, sourceCrs);
  const features = Array.from({ length: scene.detections.count }, (_, index) => {
    const corners = cornersOf(scene.detections, index);
    const ring = [0, 2, 4, 6].map((at): Position => [corners[at]!, corners[at + 1]!]);
    const geometry = locator ? locator.polygon(ring.map(([x, y]) => locator.position(x, y))) : null;
    return featureOf(scene, index, geometry);
  });
  const system = sourceCrs ?? (scene.georeference && systemOfPlace(scene.georeference));
  if (crs !== 'source' || system === undefined) return { type: 'FeatureCollection', features };
  const name = systemAsName(system);
  return { type: 'FeatureCollection', crs: { type: 'name', properties: { name } }, features };
}

/**
 * The objects of several scenes in one collection, numbered through.
 * @throws UserError when the scenes are of different reference systems and these are to be written
 */
export function sceneCollection(
  scenes: readonly SceneDetections[],
  options: GeoJsonOptions = {},
): FeatureCollection {
  const collections = scenes.map((scene) => toGeoJson(scene, options));
  const [first] = collections;
  const system = first?.crs?.properties.name;
  const other = collections.findIndex(({ crs }) => crs?.properties.name !== system);
  if (other >= 0) {
    throw new UserError(
      `${scenes[0]!.name} and ${scenes[other]!.name} are in different reference systems, of which a file has one: leave ` +
        'out --crs, or write a file for each scene.',
    );
  }
  const features = collections.flatMap((collection) => collection.features);
  const numbered = features.map((feature, id) => ({ ...feature, id }));
  return first?.crs
    ? { type: 'FeatureCollection', crs: first.crs, features: numbered }
    : { type: 'FeatureCollection', features: numbered };
}

function featureOf(scene: SceneDetections, index: number, geometry: PolygonGeometry | null): Feature {
  const { detections, labels, name } = scene;
  const label = detections.classes[index]!;
  return {
    type: 'Feature',
    id: index,
    geometry,
    properties: {
      label: labels[label] ?? String(label),
      class: label,
      score: writtenScore(detections.scores[index]!),
      box: boundsOf(detections, index).map(writtenPixel),
      angle: detections.angles && Math.round(detections.angles[index]! * 1e6) / 1e6,
      scene: name,
    },
  };
}
