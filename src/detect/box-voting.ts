import { BoxIndex } from '../boxes/box-index.js';
import type { Detections } from '../boxes/detections.js';
import { overlapOf } from './box-overlap.js';
import { checkShare } from './merge-options.js';
import { WeightedBox } from './weighted-box.js';

export interface VoteOptions {
  /** Boxes that overlap one that stays by more than this, 0 to 1, contribute to its position. */
  readonly iou: number;
}

/** Each round starts from where the last one ends, so that it matters little which of the boxes had the best score. */
const rounds = 3;

/**
 * Box voting (Gidaris and Komodakis, ICCV 2015): what stays after suppression moves to the mean of all boxes of the
 * object, those suppressed included.
 *
 * Several cells find an object with almost the same score, and their boxes differ by pixels. Suppression takes the best
 * one, which may be another one as soon as anything changes a little, e.g. the tile in which the object is seen; the mean
 * does not jump. So that it depends on all boxes continuously, a box weighs its score times its overlap in excess of
 * `iou`, where the paper has the score alone.
 *
 * @param kept what stays; scores and classes remain
 * @param voters all boxes, `kept` included, whatever their class
 */
export function voteBoxes(kept: Detections, voters: Detections, { iou }: VoteOptions): Detections {
  checkShare('iou', iou);
  const index = new BoxIndex(voters, true);
  index.insertAll();
  let voted = kept;
  for (let round = 0; round < rounds; round++) voted = moved(voted, voters, index, iou);
  return voted;
}

function moved(from: Detections, voters: Detections, index: BoxIndex, iou: number): Detections {
  const to = { ...from, boxes: from.boxes.slice(), angles: from.angles?.slice() };
  for (let box = 0; box < from.count; box++) {
    const mean = new WeightedBox(from, box);
    let isEmpty = true;
    // In order of their indices: sums of floats depend on the order.
    for (const voter of index.near(from, box).sort((a, b) => a - b)) {
      const excess = overlapOf(from, box, voters, voter, 'iou') - iou;
      const weight = excess * voters.scores[voter]!;
      if (weight <= 0) continue;
      mean.add(voters, voter, weight);
      isEmpty = false;
    }
    if (!isEmpty) mean.writeMean(to, box);
  }
  return to;
}
