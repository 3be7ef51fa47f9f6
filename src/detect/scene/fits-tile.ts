import type { Detections } from '../../boxes/detections.js';
import type { DetectorTraits } from '../detector.js';
import type { SceneTile } from './plan.js';
import { keepOwned } from './seams.js';

/** Whether detections, in pixels of the scene, can be what a detector has found in a tile. */
export function fitsTile(
  detections: Detections,
  tile: SceneTile,
  { labels, oriented }: Pick<DetectorTraits, 'labels' | 'oriented'>,
): boolean {
  const { count, boxes, angles, scores, classes } = detections;
  const isWhole = boxes.length === 4 * count && classes.length === count;
  const hasAngles = angles ? angles.length === count : count === 0 || !oriented;
  const numbers = [boxes, scores, angles ?? []];
  return (
    isWhole &&
    hasAngles &&
    numbers.every((list) => list.every((value: number) => Number.isFinite(value))) &&
    classes.every((index) => index >= 0 && index < labels.length) &&
    keepOwned(detections, tile.core).count === count
  );
}
