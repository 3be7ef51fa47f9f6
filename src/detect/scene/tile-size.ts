import { roundUp } from '../../base/round-up.js';
import type { Size } from '../../boxes/box.js';
import type { DetectorTraits } from '../detector.js';
import type { Layout } from './plan.js';
import { cutScene } from './plan.js';

/** What a pass of a detector may take unless the caller says otherwise. */
export const defaultMemoryBytes = 2e9;

/**
 * Pixels that tiles share unless the caller says otherwise: 256, or 1.55 periods of the detector's layout. Then what lies in the
 * middle of it is seen with so much context on both sides that more moves its box by less than a pixel (docs/scenes.md has
 * the figures).
 */
export function usualOverlap({ grid = 0 }: Pick<DetectorTraits, 'grid'>): number {
  return Math.max(256, roundUp(1.55 * grid, 64));
}

/** Of detectors that do not say what they need. */
const usualBytesPerPixel = 420;

const smallestTile = 1024;
/** Larger tiles gain little any more, and a scene in many goes on from where it was with less to do again. */
const largestTile = 8192;

/** Smaller tiles are worth so much more time: they take less memory. */
const tolerance = 1.02;

/**
 * Side of square tiles, from 1024 pixels, that a pass of a detector has the memory for, such that the scene takes the least time:
 * tiles share few pixels, and are of few sizes.
 * @returns a multiple of the stride
 */
export function tileSizeFor(
  scene: Size,
  overlap: number,
  traits: Layout & Pick<DetectorTraits, 'passBytes'>,
  memoryBytes: number,
): number {
  const { stride, passBytes = usualBytes } = traits;
  // A tile that shares less than half with its neighbours, however large an overlap is asked for.
  const first = roundUp(Math.max(smallestTile, 2 * overlap), stride);
  const sides = [first];
  for (let side = first + stride; side <= largestTile && passBytes(side) <= memoryBytes; side += stride)
    sides.push(side);
  const costs = sides.map((side) => cutScene(scene, side, overlap, traits).cost);
  const enough = tolerance * Math.min(...costs);
  return sides[costs.findIndex((cost) => cost <= enough)]!;
}

function usualBytes(side: number): number {
  return usualBytesPerPixel * side * side;
}
