import type { Detections } from '../../boxes/detections.js';
import { rankByScore, selectDetections } from '../../boxes/detections.js';
import { greedyMerge } from '../greedy-nmm.js';
import { suppress } from '../nms.js';
import { fuseBoxes } from '../wbf.js';

export const mergeNames = ['nms', 'wbf', 'nmm', 'none'] as const;

/** Suppression, weighted box fusion, greedy merging, or all boxes as the tiles gave them. */
export type MergeName = (typeof mergeNames)[number];

export interface MergeChoice {
  readonly type: MergeName;
  /** Overlap from which boxes are of one object; the method's own default otherwise. */
  readonly overlap?: number;
  readonly classAgnostic?: boolean;
}

/** Makes one list of the detections of all tiles: best score first, equal scores in the order of tiles. */
export function mergeDetections(
  detections: Detections,
  { type, overlap, classAgnostic }: MergeChoice,
): Detections {
  switch (type) {
    case 'nms':
      return suppress(detections, { iou: overlap ?? 0.5, classAgnostic });
    case 'wbf':
      return fuseBoxes(detections, { iou: overlap, classAgnostic });
    case 'nmm':
      return greedyMerge(detections, { overlap, classAgnostic });
    case 'none':
      return selectDetections(detections, rankByScore(detections.scores));
  }
}
