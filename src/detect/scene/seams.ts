import type { Detections } from '../../boxes/detections.js';
import { boundsOf, selectDetections } from '../../boxes/detections.js';
import type { Core } from './plan.js';

/** How far two tiles may disagree about the centre of an object: this share of its sides, plus some pixels. */
const toleratedShare = 0.1;
const toleratedPixels = 2;

/**
 * Keeps the detections of a tile whose centre lies in its core, up to a tolerance.
 *
 * An object that the tile's border cuts, no larger than the overlap, has its visible centre outside of the core: it is
 * dropped here, as the neighbour sees it whole. Objects near the middle of the overlap may be kept from both sides;
 * merging makes them one. What is larger than the overlap is kept, in parts, from all tiles.
 * @param detections in pixels of the scene
 */
export function keepOwned(detections: Detections, core: Core): Detections {
  const kept: number[] = [];
  for (let index = 0; index < detections.count; index++) {
    const [left, top, right, bottom] = boundsOf(detections, index);
    const [x, y] = [(left + right) / 2, (top + bottom) / 2];
    const slackX = toleratedPixels + toleratedShare * (right - left);
    const slackY = toleratedPixels + toleratedShare * (bottom - top);
    const isWithinColumns = x >= core.left - slackX && x <= core.right + slackX;
    if (isWithinColumns && y >= core.top - slackY && y <= core.bottom + slackY) kept.push(index);
  }
  return selectDetections(detections, kept);
}
