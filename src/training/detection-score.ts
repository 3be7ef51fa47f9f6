import type { Detections } from '../detection/detections.js';

/** What a picture shows, and what was found in it. */
export interface ScoredPicture {
  readonly found: Detections;
  /** [objects, 4] xmin, ymin, xmax, ymax. */
  readonly objects: Float32Array;
  /** [regions, 4]; what is found there neither counts for nor against. */
  readonly ignored: Float32Array;
}

interface Outcome {
  readonly score: number;
  readonly isRight: boolean;
}

/**
 * Average precision of upright boxes at an overlap of 0.5, whatever their class: the area under the curve of precision,
 * made monotonous, over recall. For choosing among the epochs of a run; results are measured by COCO's rules.
 */
export function averagePrecision50(pictures: readonly ScoredPicture[]): number {
  const objects = pictures.reduce((sum, picture) => sum + picture.objects.length / 4, 0);
  if (objects === 0) return 0;
  const outcomes = pictures.flatMap(outcomesOf).sort((a, b) => b.score - a.score);
  let right = 0;
  const precision = outcomes.map(({ isRight }, index) => {
    if (isRight) right++;
    return right / (index + 1);
  });
  let area = 0;
  let best = 0;
  for (let index = outcomes.length - 1; index >= 0; index--) {
    best = Math.max(best, precision[index]!);
    if (outcomes[index]!.isRight) area += best / objects;
  }
  return area;
}

/** Best first, each detection takes the free object that it overlaps most. */
function outcomesOf({ found, objects, ignored }: ScoredPicture): Outcome[] {
  const isTaken = new Uint8Array(objects.length / 4);
  const order = Array.from(found.scores.keys()).sort((a, b) => found.scores[b]! - found.scores[a]!);
  return order.flatMap((index): Outcome[] => {
    const box = found.boxes.subarray(4 * index, 4 * index + 4);
    let best = -1;
    let overlap = 0.5;
    for (let object = 0; object < isTaken.length; object++) {
      const candidate = overlapOf(box, objects.subarray(4 * object, 4 * object + 4));
      if (isTaken[object] || candidate < overlap) continue;
      overlap = candidate;
      best = object;
    }
    if (best >= 0) isTaken[best] = 1;
    else if (isIgnored(box, ignored)) return [];
    return [{ score: found.scores[index]!, isRight: best >= 0 }];
  });
}

function isIgnored(box: Float32Array, ignored: Float32Array): boolean {
  for (let at = 0; at < ignored.length; at += 4) {
    if (intersectionOf(box, ignored.subarray(at, at + 4)) > 0.5 * areaOf(box)) return true;
  }
  return false;
}

function overlapOf(a: Float32Array, b: Float32Array): number {
  const common = intersectionOf(a, b);
  return common === 0 ? 0 : common / (areaOf(a) + areaOf(b) - common);
}

function intersectionOf(a: Float32Array, b: Float32Array): number {
  const width = Math.min(a[2]!, b[2]!) - Math.max(a[0]!, b[0]!);
  const height = Math.min(a[3]!, b[3]!) - Math.max(a[1]!, b[1]!);
  return width > 0 && height > 0 ? width * height : 0;
}

function areaOf(box: Float32Array): number {
  return (box[2]! - box[0]!) * (box[3]! - box[1]!);
}
