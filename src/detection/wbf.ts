import { BoxIndex } from './box-index.js';
import { overlapOf } from './box-overlap.js';
import type { Detections } from './detections.js';
import { rankByScore, selectDetections } from './detections.js';
import { checkShare } from './merge-options.js';

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
 * Of turned boxes, opposite directions count as the same.
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
  const sums: WeightedSum[] = [];
  const index = new BoxIndex(fused, classAgnostic);
  for (const box of order) {
    const cluster = bestMatch(index.near(detections, box), fused, detections, box, iou);
    if (cluster === undefined) {
      const slot = sums.length;
      copyBox(detections, box, fused, slot);
      sums.push(new WeightedSum(detections, box));
      index.insert(slot);
      continue;
    }
    index.remove(cluster);
    sums[cluster]!.add(detections, box);
    sums[cluster]!.writeMean(fused, cluster);
    index.insert(cluster);
  }
  return selectDetections(fused, Array.from(sums.keys()));
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

/** Coordinates of the boxes of one object, summed with their scores as weights. */
class WeightedSum {
  readonly #coordinates = new Float64Array(4);
  /** Of the first box; the others are turned by half turns until they are closest to it. */
  readonly #direction: number;
  #turn = 0;
  #weight = 0;

  constructor(detections: Detections, index: number) {
    this.#direction = detections.angles?.[index] ?? 0;
    this.add(detections, index);
  }

  add({ boxes, angles, scores }: Detections, index: number): void {
    // A score of 0 still has a say when it is the only one.
    const weight = Math.max(scores[index]!, Number.EPSILON);
    for (let side = 0; side < 4; side++) this.#coordinates[side]! += weight * boxes[4 * index + side]!;
    if (angles) this.#turn += weight * halfTurn(angles[index]! - this.#direction);
    this.#weight += weight;
  }

  writeMean(to: Detections, slot: number): void {
    for (let side = 0; side < 4; side++) to.boxes[4 * slot + side] = this.#coordinates[side]! / this.#weight;
    if (to.angles) to.angles[slot] = this.#direction + this.#turn / this.#weight;
  }
}

/** An angle brought into [-pi/2, pi/2) by half turns. */
function halfTurn(angle: number): number {
  return angle - Math.PI * Math.floor(angle / Math.PI + 0.5);
}
