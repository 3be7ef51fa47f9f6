import type { DetectorConfig } from '../../models/detector-config.js';
import type { Size } from '../boxes/box.js';
import type { Detections } from '../boxes/detections.js';
import { selectDetections, withinTile } from '../boxes/detections.js';
import { voteBoxes } from './box-voting.js';
import type { CellOutputs } from './decode-detections.js';
import { decodeDetections } from './decode-detections.js';
import { suppress } from './nms.js';

export interface ObjectsOfCellsOptions {
  /** Objects with a lower score are left out. */
  readonly threshold: number;
  readonly oriented: boolean;
  readonly suppression: DetectorConfig['suppression'];
  /** The part of the input, from its top left corner, that is of the image: by default all of it. */
  readonly within?: Size;
}

/**
 * Cells with less have no say in where an object lies, whatever the threshold: boxes do not depend on it. About every
 * cell with some overlap with an object has more.
 */
const leastVote = 0.05;

/** Score of the cells that `objectsOfCells` needs to know of, for objects from a threshold on. */
export function leastCellScore({ vote }: DetectorConfig['suppression'], threshold: number): number {
  return vote === 1 ? threshold : Math.min(threshold, leastVote);
}

/** The objects that a detector's cells have found, duplicates suppressed, in pixels of its input; best score first. */
export function objectsOfCells(
  cells: CellOutputs,
  { threshold, oriented, suppression, within }: ObjectsOfCellsOptions,
): Detections {
  const { iou, vote } = suppression;
  const decoded = decodeDetections(cells, leastCellScore(suppression, threshold), oriented);
  const all = within ? withinTile(decoded, within) : decoded;
  const candidates = Array.from(all.scores.keys()).filter((index) => !(all.scores[index]! < threshold));
  const kept = suppress(selectDetections(all, candidates), { iou, classAgnostic: true });
  return vote === 1 ? kept : voteBoxes(kept, all, { iou: vote });
}
