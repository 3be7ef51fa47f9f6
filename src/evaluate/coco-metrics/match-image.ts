import type { AnnotatedObject, BoxEdges } from '../../boxes/annotations.js';
import { boxArea } from '../../boxes/annotations.js';
import type { AreaRange } from '../../boxes/protocol.js';
import { iouThresholds } from '../../boxes/protocol.js';

/** A detection of one image and class. */
export interface ScoredBox {
  readonly box: BoxEdges;
  readonly score: number;
}

/** Objects and detections of one image and class, detections by falling score, and how they overlap. */
export interface ImagePair {
  readonly objects: readonly AnnotatedObject[];
  readonly detections: readonly ScoredBox[];
  /** [detections, objects] */
  readonly overlaps: Float64Array;
}

/** What became of the detections of one image, class and area range. */
export interface ImageMatches {
  /** Of the detections, falling. */
  readonly scores: readonly number[];
  /** [thresholds, detections] 1 for a detection that found an object. */
  readonly matched: Uint8Array;
  /** [thresholds, detections] 1 for one that counts neither as right nor as wrong. */
  readonly ignored: Uint8Array;
  /** Objects that should be found. */
  readonly positives: number;
}

/**
 * Intersection over union as pycocotools computes it; with a crowd over the detection's area alone, so that a detection
 * within a crowd overlaps it fully. Boxes without area overlap nothing.
 */
export function cocoOverlap(detection: BoxEdges, object: BoxEdges, crowd: boolean): number {
  const width = Math.min(detection[2], object[2]) - Math.max(detection[0], object[0]);
  const height = Math.min(detection[3], object[3]) - Math.max(detection[1], object[1]);
  if (width <= 0 || height <= 0) return 0;
  const common = width * height;
  return common / (crowd ? boxArea(detection) : boxArea(detection) + boxArea(object) - common);
}

/**
 * Puts detections in order (stable: equal scores keep theirs), keeps the best, and measures all overlaps.
 * @param limit most detections that count
 */
export function pairImage(
  objects: readonly AnnotatedObject[],
  found: readonly ScoredBox[],
  limit: number,
): ImagePair {
  const detections = found.toSorted((a, b) => b.score - a.score).slice(0, limit);
  const overlaps = new Float64Array(detections.length * objects.length);
  for (const [row, { box }] of detections.entries()) {
    for (const [column, object] of objects.entries()) {
      overlaps[row * objects.length + column] = cocoOverlap(box, object.box, object.crowd ?? false);
    }
  }
  return { objects, detections, overlaps };
}

/** Objects of an area range in the order in which they are offered to detections: ignored ones last. */
interface Candidates {
  /** Positions in the pair. */
  readonly order: readonly number[];
  /** By position in the pair. */
  readonly ignored: readonly boolean[];
}

function candidatesOf(objects: readonly AnnotatedObject[], [least, most]: AreaRange): Candidates {
  const ignored = objects.map((object) => {
    const area = object.area ?? boxArea(object.box);
    return Boolean(object.crowd || object.difficult) || area < least || area > most;
  });
  const order = [...objects.keys()].sort((a, b) => Number(ignored[a]) - Number(ignored[b]));
  return { order, ignored };
}

/**
 * Gives each detection, best first, the object that it overlaps most among those not taken yet (COCO's evaluateImg).
 * An ignored object is only taken where no other one overlaps enough, and a crowd may be taken many times; detections
 * that take either, and those outside the area range that take nothing, are ignored.
 */
export function matchImage(pair: ImagePair, range: AreaRange): ImageMatches {
  const { detections, objects } = pair;
  const candidates = candidatesOf(objects, range);
  const count = detections.length;
  const matched = new Uint8Array(iouThresholds.length * count);
  const ignored = new Uint8Array(iouThresholds.length * count);
  const isOutside = detections.map(({ box }) => boxArea(box) < range[0] || boxArea(box) > range[1]);
  for (const [row, threshold] of iouThresholds.entries()) {
    const taken = matchAt(pair, candidates, threshold);
    for (const [column, object] of taken.entries()) {
      const at = row * count + column;
      matched[at] = Number(object >= 0);
      ignored[at] = Number(object >= 0 ? candidates.ignored[object] : isOutside[column]);
    }
  }
  const positives = candidates.ignored.filter((isIgnored) => !isIgnored).length;
  return { scores: detections.map(({ score }) => score), matched, ignored, positives };
}

/** The object that each detection takes at a threshold, -1 for none. */
function matchAt({ detections, objects, overlaps }: ImagePair, candidates: Candidates, threshold: number) {
  const isTaken = new Uint8Array(objects.length);
  return detections.map((_, row) => {
    let best = -1;
    let overlap = Math.min(threshold, 1 - 1e-10);
    for (const object of candidates.order) {
      if (isTaken[object] && !objects[object]!.crowd) continue;
      // All that follow are ignored as well.
      if (best >= 0 && !candidates.ignored[best] && candidates.ignored[object]) break;
      const own = overlaps[row * objects.length + object]!;
      if (own < overlap) continue;
      overlap = own;
      best = object;
    }
    if (best >= 0) isTaken[best] = 1;
    return best;
  });
}
