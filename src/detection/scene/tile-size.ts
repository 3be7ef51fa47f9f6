import type { Size } from '../../image/box.js';
import type { DetectorTraits } from '../detector.js';

/** What a pass of a detector may take unless the caller says otherwise. */
export const defaultMemoryBytes = 2e9;

/**
 * Pixels that tiles share unless the caller says otherwise: 256, or 1.7 periods of the detector's layout. Then what lies in the
 * middle of it is seen with so much context on both sides that more moves its box by less than a pixel (docs/scenes.md has
 * the figures).
 */
export function usualOverlap({ grid = 0 }: Pick<DetectorTraits, 'grid'>): number {
  return Math.max(256, Math.ceil((1.7 * grid) / 64) * 64);
}

/** Of detectors that do not say what they need. */
const usualBytesPerPixel = 420;

const [smallest, largest] = [1024, 8192];

/**
 * Side of square tiles, 1024 to 8192 pixels, that a pass of a detector has the memory for, such that the scene takes as few of
 * them as it can, neighbours overlap by no more than they must, and tiles are no larger than that takes.
 * @returns a multiple of the stride where the overlap is one
 */
export function tileSizeFor(
  memoryBytes: number,
  { stride, grid = stride, passBytes = usualBytes }: Pick<DetectorTraits, 'stride' | 'grid' | 'passBytes'>,
  overlap: number,
  scene: Size,
): number {
  const shared = Math.ceil(overlap / stride) * stride;
  // Steps of some hundred pixels, so that small differences of memory do not change how a scene is cut.
  const step = grid * Math.max(1, Math.round(256 / grid));
  const fits = (side: number) => side <= largest && passBytes(side) <= memoryBytes;
  let side = shared + step * Math.max(1, Math.ceil((smallest - shared) / step));
  while (fits(side + step)) side += step;
  const lengths = [scene.width, scene.height];
  const counts = (tileSize: number) =>
    lengths.map((length) => Math.ceil((length - shared) / (tileSize - shared)));
  const fewest = counts(side);
  const isEnough = (tileSize: number) =>
    counts(tileSize).every((count, axis) => count <= Math.max(1, fewest[axis]!));
  while (side - step >= smallest && isEnough(side - step)) side -= step;
  return side;
}

function usualBytes(side: number): number {
  return usualBytesPerPixel * side * side;
}
