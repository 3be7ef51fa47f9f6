/**
 * Measures whole-scene detection with a real detector; prints a line of JSON for each figure of docs/scenes.md.
 *
 * `npx tsx scripts/scene-bars.ts seams --model aircraft --data test.json --images folder --tiles 1408,1856 --overlap 512`:
 *   of the objects that a border of a tile of the first run cuts, how many the second run, with its seams elsewhere, has
 *   to an IoU of 0.95 and a score of 0.05.
 * `npx tsx scripts/scene-bars.ts pace --model aircraft --scene scene.tif [--rounds 3] [--tile 3200]`:
 *   megapixels a second with large tiles and with slices of 512 pixels that overlap by a fifth, in turns in one run.
 * `npx tsx scripts/scene-bars.ts scene --scene scene.tif --side 16384`: writes a synthetic scene to run `vil detect` on.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSceneTiff } from '../datasets/synthetic/write-tiff.js';
import { SyntheticScene } from '../datasets/synthetic-scenes.js';
import { median } from '../src/benchmark/timing.js';
import type { Detections } from '../src/detection/detections.js';
import { boundsOf } from '../src/detection/detections.js';
import type { Detector } from '../src/detection/detector.js';
import { detectScene } from '../src/detection/scene/detect-scene.js';
import type { SceneTile } from '../src/detection/scene/plan.js';
import { planScene } from '../src/detection/scene/plan.js';
import { openRaster } from '../src/image/raster/open-raster.js';
import { loadDetector } from '../src/model.js';

type Bounds = readonly [number, number, number, number];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'aircraft' },
    data: { type: 'string', default: 'test.json' },
    images: { type: 'string', default: '.' },
    count: { type: 'string', default: '1000' },
    tiles: { type: 'string', default: '1408,1856' },
    overlap: { type: 'string', default: '512' },
    scene: { type: 'string', default: 'scene.tif' },
    side: { type: 'string', default: '16384' },
    threads: { type: 'string', default: '2' },
    tile: { type: 'string' },
    rounds: { type: 'string', default: '1' },
  },
});

/** Objects count from this score; counterparts are looked for a little below it. */
const [least, tolerance] = [0.3, 0.05];

async function seams(detector: Detector): Promise<object> {
  const { images } = JSON.parse(await readFile(values.data, 'utf8')) as { images: { file_name: string }[] };
  const [first, second] = values.tiles.split(',').map(Number) as [number, number];
  const overlap = Number(values.overlap);
  const sum = { objects: 0, alike: 0, missing: 0 };
  for (const { file_name } of images.slice(0, Number(values.count))) {
    const source = await openRaster(join(values.images, file_name));
    const run = (tileSize: number) =>
      detectScene({ source, detector, tileSize, overlap, threshold: least - tolerance });
    const [cut, whole] = [(await run(first)).detections, (await run(second)).detections];
    const lines = bordersOf(planScene(source, first, overlap, detector), source.width, source.height);
    await source.close();
    for (let index = 0; index < whole.count; index++) {
      if (whole.scores[index]! < least || !isCut(boundsOf(whole, index), lines)) continue;
      const { iou, score } = counterpart(cut, boundsOf(whole, index));
      sum.objects++;
      if (iou >= 0.95 && Math.abs(score - whole.scores[index]!) <= tolerance) sum.alike++;
      if (iou < 0.5) sum.missing++;
    }
  }
  return { figure: 'seams', model: values.model, tiles: [first, second], overlap, ...sum };
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

/** The detection that overlaps a box most. */
function counterpart(detections: Detections, box: Bounds): { iou: number; score: number } {
  let best = { iou: 0, score: 0 };
  for (let index = 0; index < detections.count; index++) {
    const iou = overlapOf(box, boundsOf(detections, index));
    if (iou > best.iou) best = { iou, score: detections.scores[index]! };
  }
  return best;
}

function overlapOf(a: Bounds, b: Bounds): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  const area = ([left, top, right, bottom]: Bounds) => (right - left) * (bottom - top);
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (area(a) + area(b) - shared);
}

async function pace(detector: Detector): Promise<object> {
  const source = await openRaster(values.scene);
  const { labels, stride, oriented } = detector;
  // Slices start wherever they have to: their overlap is a fifth, not what the grid makes of it.
  const sliced: Detector = {
    labels,
    stride,
    oriented,
    detect: (...args) => detector.detect(...args),
    close: async () => {},
  };
  const tileSize = values.tile === undefined ? undefined : Number(values.tile);
  const rounds: { large: Spent; sliced: Spent }[] = [];
  let cut = {};
  for (let round = 0; round < Number(values.rounds); round++) {
    // Graphs are made within the first round: a second, beside minutes.
    const slices = await timed(() => detectScene({ source, detector: sliced, tileSize: 512, overlap: 102 }));
    const large = await timed(() => detectScene({ source, detector, tileSize }));
    rounds.push({ large: large.spent, sliced: slices.spent });
    const { tileSize: side, tiles, overlap } = large.result;
    cut = { tileSize: side, tiles, overlap, slices: slices.result.tiles };
  }
  await source.close();
  const megapixels = (source.width * source.height) / 1e6;
  const middle = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of));
  return {
    figure: 'pace',
    model: values.model,
    scene: [source.width, source.height],
    threads: Number(values.threads),
    ...cut,
    megapixelsPerSecond: megapixels / middle(({ large }) => large.seconds),
    slicedMegapixelsPerSecond: megapixels / middle(({ sliced }) => sliced.seconds),
    ratio: middle(({ large, sliced }) => sliced.seconds / large.seconds),
    // Changed less by other work on the machine; of use with one thread only, as more wait for each other in loops.
    processorRatio: middle(({ large, sliced }) => sliced.processorSeconds / large.processorSeconds),
  };
}

interface Spent {
  readonly seconds: number;
  /** Of all threads of this process. */
  readonly processorSeconds: number;
}

async function timed<Result>(run: () => Promise<Result>): Promise<{ result: Result; spent: Spent }> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1000;
  return { result, spent: { seconds, processorSeconds: (user + system) / 1e6 } };
}

async function writeScene(): Promise<object> {
  const side = Number(values.side);
  const scene = new SyntheticScene({ width: side, height: side, seed: 1 });
  const location = { epsg: 32631, origin: [430_000, 4_600_000], pixelSize: 0.5 } as const;
  await writeSceneTiff(scene, values.scene, { location });
  return { figure: 'scene', file: values.scene, side };
}

async function measure(): Promise<object> {
  if (positionals[0] === 'scene') return writeScene();
  const detector = await loadDetector(values.model, { threads: Number(values.threads) });
  try {
    return await (positionals[0] === 'pace' ? pace(detector) : seams(detector));
  } finally {
    await detector.close();
  }
}

process.stdout.write(`${JSON.stringify(await measure())}\n`);
