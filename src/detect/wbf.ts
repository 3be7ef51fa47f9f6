import { BoxIndex } from '../boxes/box-index.js';
import type { Detections } from '../boxes/detections.js';
import { rankByScore, selectDetections } from '../boxes/detections.js';
import { overlapOf } from './box-overlap.js';
import { checkShare } from './merge-options.js';
import { WeightedBox } from './weighted-box.js';

export interface FuseOptions {
  /** A box joins the fused box that it overlaps most, if by more than this, 0 to 1. Default 0.55. */
  readonly iou?: number;
  readonly classAgnostic?: boolean;
}

/**
 * Weighted box fusion (Solovyev, Wang, Gabruseva, 2021): boxes of one object become one, the mean of their coordinates
 * weighted by their scores.
 *
 * The score is the highest of them. The paper's mean, lowered where not all models found the object, is for ensembles:
 * here a tile that does not see an object says nothing against it.
 * Turned boxes are averaged as `WeightedBox` says.
 * @returns the fused boxes, best score first; equal scores in their given order
 */
export function fuseBoxes(
  detections: Detections,
  { iou = 0.55, classAgnostic }: FuseOptions = {},
): Detections {
  checkShare('iou', iou);
  const order = rankByScore(detections.scores);
  // Slot n holds the fused box of the nth cluster; a cluster's first box, its best, gives class and score.
  const fused = selectDetections(detections, order);
  const means: WeightedBox[] = [];
  const index = new BoxIndex(fused, classAgnostic);
  for (const box of order) {
    const cluster = bestMatch(index.near(detections, box), fused, detections, box, iou);
    if (cluster === undefined) {
      const slot = means.length;
      copyBox(detections, box, fused, slot);
      means.push(new WeightedBox(detections, box));
      means[slot]!.add(detections, box, weightOf(detections, box));
      index.insert(slot);
      continue;
    }
    index.remove(cluster);
    means[cluster]!.add(detections, box, weightOf(detections, box));
    means[cluster]!.writeMean(fused, cluster);
    index.insert(cluster);
  }
  return selectDetections(fused, Array.from(means.keys()));
}

/** A score of 0 still counts when it is the only one. */
function weightOf({ scores }: Detections, index: number): number {
  return Math.max(scores[index]!, Number.EPSILON);
}

function bestMatch(
  clusters: readonly number[],
  fused: Detections,
  detections: Detections,
  box: number,
  iou: number,
): number | undefined {
  let [best, highest]: [number | undefined, number] = [undefined, iou];
  for (const cluster of [...clusters].sort((a, b) => a - b)) {
    const share = overlapOf(fused, cluster, detections, box, 'iou');
    if (share > highest) [best, highest] = [cluster, share];
  }
  return best;
}

function copyBox(from: Detections, index: number, to: Detections, slot: number): void {
  to.boxes.set(from.boxes.subarray(4 * index, 4 * index + 4), 4 * slot);
  if (to.angles && from.angles) to.angles[slot] = from.angles[index]!;
  to.scores[slot] = from.scores[index]!;
  to.classes[slot] = from.classes[index]!;
}
