import RBush from 'rbush';
import { UserError } from '../../base/errors.js';
import { convexIntersectionArea, signedArea } from '../../boxes/convex-intersection.js';
import { boundsOf, cornersOf, selectDetections } from '../../boxes/detections.js';
import type { Locator } from './locate.js';
import { locatorFor } from './locate.js';
import type { SceneDetections } from './scene-detections.js';

/** Share of the smaller of two boxes from which they are of one object: what a border cuts lies within the whole. */
const sameShare = 0.5;
/** Pixels within which an object is cut by its scene's border. */
const borderPixels = 2;

/** An object on Earth, in degrees. */
interface Placed {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
  readonly corners: readonly number[];
  readonly scene: number;
  readonly index: number;
  readonly label: string;
  readonly score: number;
  readonly isCut: boolean;
}

/**
 * Leaves out what neighbouring scenes have seen too: of objects of one class that overlap on Earth, in different scenes,
 * the one stays that no border cuts, or else that with the better score. Scenes that do not say where they lie are left as
 * they are.
 */
export function mergeScenes(scenes: readonly SceneDetections[], sourceCrs?: string): SceneDetections[] {
  if (scenes.length < 2) return [...scenes];
  const objects = scenes.flatMap((scene, index) => placedObjects(scene, index, sourceCrs));
  objects.sort((a, b) => Number(a.isCut) - Number(b.isCut) || b.score - a.score);
  const kept = new RBush<Placed>();
  const dropped = scenes.map(() => new Set<number>());
  for (const object of objects) {
    const others = kept.search(object).filter(({ scene, label }) => {
      return scene !== object.scene && label === object.label;
    });
    if (others.some((other) => areSame(other, object))) dropped[object.scene]!.add(object.index);
    else kept.insert(object);
  }
  return scenes.map((scene, index) => without(scene, dropped[index]!));
}

function placedObjects(scene: SceneDetections, sceneIndex: number, sourceCrs?: string): Placed[] {
  const { detections, labels, width, height } = scene;
  const locator = knownPlace(scene, sourceCrs);
  if (!locator) return [];
  return Array.from({ length: detections.count }, (_, index): Placed => {
    const pixels = cornersOf(detections, index);
    const corners = [0, 2, 4, 6].flatMap((at) => locator.position(pixels[at]!, pixels[at + 1]!));
    const [xs, ys] = [0, 1].map((axis) => corners.filter((_value, at) => at % 2 === axis)) as [
      number[],
      number[],
    ];
    const [left, top, right, bottom] = boundsOf(detections, index);
    const label = detections.classes[index]!;
    return {
      minX: Math.min(...xs),
      minY: Math.min(...ys),
      maxX: Math.max(...xs),
      maxY: Math.max(...ys),
      corners,
      scene: sceneIndex,
      index,
      label: labels[label] ?? String(label),
      score: detections.scores[index]!,
      isCut:
        Math.min(left, top) < borderPixels || right > width - borderPixels || bottom > height - borderPixels,
    };
  });
}

/** Scenes in a system that is not known can be written in their own coordinates all the same. */
function knownPlace(scene: SceneDetections, sourceCrs?: string): Locator | undefined {
  try {
    return locatorFor(scene, 'wgs84', sourceCrs);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Shares of areas do not depend on how long a degree is in each direction. */
function areSame(a: Placed, b: Placed): boolean {
  const [areaA, areaB] = [Math.abs(signedArea(a.corners)), Math.abs(signedArea(b.corners))];
  return convexIntersectionArea(a.corners, b.corners) >= sameShare * Math.min(areaA, areaB);
}

function without(scene: SceneDetections, dropped: ReadonlySet<number>): SceneDetections {
  if (dropped.size === 0) return scene;
  const { detections } = scene;
  const kept = Array.from(detections.scores.keys()).filter((index) => !dropped.has(index));
  return { ...scene, detections: selectDetections(detections, kept) };
}
