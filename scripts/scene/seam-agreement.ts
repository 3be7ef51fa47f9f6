import type { Detections } from '../../src/boxes/detections.js';
import { boundsOf } from '../../src/boxes/detections.js';
import { overlapOf } from '../../src/detect/box-overlap.js';
import type { Detector } from '../../src/detect/detector.js';
import { detectScene } from '../../src/detect/scene/detect-scene.js';
import type { SceneTile } from '../../src/detect/scene/plan.js';
import { planScene } from '../../src/detect/scene/plan.js';
import type { RasterSource } from '../../src/image/raster/raster-source.js';

/** How two runs over a scene agree on the objects that a seam of the first one cuts. */
export interface SeamAgreement {
  /** What the second run found on a seam of the first one, or on the border of one of its tiles. */
  readonly objects: number;
  /** Of these the first run found so many with an IoU of 0.95 and a score within 0.05. */
  readonly alike: number;
  /** And so many not at all: nothing overlaps them by half. */
  readonly missing: number;
}

export interface SeamRuns {
  /** Side of the tiles of the first run, whose seams are looked at, and of the second. */
  readonly tiles: readonly [number, number];
  readonly overlap: number;
}

type Bounds = readonly [number, number, number, number];

/** Objects count from this score; counterparts are looked for a little below it. */
const [leastScore, scoreTolerance] = [0.3, 0.05];
const leastIou = 0.95;

/** Runs a detector over a scene in tiles of two sizes, and compares what lies on the seams of the first run. */
export async function seamAgreement(
  source: RasterSource,
  detector: Detector,
  { tiles: [first, second], overlap }: SeamRuns,
): Promise<SeamAgreement> {
  const run = async (tileSize: number) => {
    const threshold = leastScore - scoreTolerance;
    return (await detectScene({ source, detector, tileSize, overlap, threshold })).detections;
  };
  const [cut, whole] = [await run(first), await run(second)];
  const lines = bordersOf(planScene(source, first, overlap, detector), source.width, source.height);
  let [objects, alike, missing] = [0, 0, 0];
  for (let index = 0; index < whole.count; index++) {
    if (whole.scores[index]! < leastScore || !isCut(boundsOf(whole, index), lines)) continue;
    const { iou, score } = counterpart(cut, whole, index);
    objects++;
    if (iou >= leastIou && Math.abs(score - whole.scores[index]!) <= scoreTolerance) alike++;
    if (iou < 0.5) missing++;
  }
  return { objects, alike, missing };
}

/** Where tiles, or the parts that they own, end within the scene. */
function bordersOf(tiles: readonly SceneTile[], width: number, height: number) {
  const within = (all: number[], length: number) => [...new Set(all)].filter((at) => at > 0 && at < length);
  return {
    x: within(
      tiles.flatMap(({ left, width, core }) => [left, left + width, core.left, core.right]),
      width,
    ),
    y: within(
      tiles.flatMap(({ top, height, core }) => [top, top + height, core.top, core.bottom]),
      height,
    ),
  };
}

function isCut([left, top, right, bottom]: Bounds, lines: { x: number[]; y: number[] }): boolean {
  return lines.x.some((x) => left < x && x < right) || lines.y.some((y) => top < y && y < bottom);
}

/** The detection that overlaps another run's box most. */
function counterpart(detections: Detections, other: Detections, box: number): { iou: number; score: number } {
  let best = { iou: 0, score: 0 };
  for (let index = 0; index < detections.count; index++) {
    const iou = overlapOf(detections, index, other, box, 'iou');
    if (iou > best.iou) best = { iou, score: detections.scores[index]! };
  }
  return best;
}
