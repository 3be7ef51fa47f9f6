/**
 * Measures whole-scene detection with a real detector; prints a line of JSON for each figure of docs/scenes.md.
 *
 * `npx tsx scripts/scene-bars.ts seams --model aircraft --data test.json --images folder --tiles 1664,2048 --overlap 768`:
 *   of the objects that a border of a tile of the first run cuts, how many the second run, with its seams elsewhere, has
 *   to an IoU of 0.95 and a score of 0.05.
 * `npx tsx scripts/scene-bars.ts pace --model aircraft --scene scene.tif [--rounds 3] [--tile 3200] [--fresh]`:
 *   megapixels a second with large tiles and with slices of 512 pixels that overlap by a fifth, in turns in one run; graphs are made
 *   in the first of three rounds or more, or with `--fresh` in each, by a detector of its own.
 * `npx tsx scripts/scene-bars.ts scene --scene scene.tif --side 16384`: writes a synthetic scene to run `vil detect` on.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../src/benchmark/timing.js';
import type { Detector } from '../src/detect/detector.js';
import { loadDetector } from '../src/detect/load.js';
import { detectScene } from '../src/detect/scene/detect-scene.js';
import { openRaster } from '../src/image/raster/open-raster.js';
import { SyntheticScene } from '../test/helpers/synthetic/synthetic-scenes.js';
import { writeSceneTiff } from '../test/helpers/synthetic/write-tiff.js';
import { seamAgreement } from './scene/seam-agreement.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'aircraft' },
    data: { type: 'string', default: 'test.json' },
    images: { type: 'string', default: '.' },
    count: { type: 'string', default: '1000' },
    tiles: { type: 'string', default: '1664,2048' },
    overlap: { type: 'string', default: '768' },
    scene: { type: 'string', default: 'scene.tif' },
    side: { type: 'string', default: '16384' },
    threads: { type: 'string', default: '2' },
    tile: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    fresh: { type: 'boolean', default: false },
  },
});

async function seams(detector: Detector): Promise<object> {
  const { images } = JSON.parse(await readFile(values.data, 'utf8')) as { images: { file_name: string }[] };
  const tiles = values.tiles.split(',').map(Number) as [number, number];
  const overlap = Number(values.overlap);
  const sum = { objects: 0, alike: 0, missing: 0 };
  for (const { file_name } of images.slice(0, Number(values.count))) {
    const source = await openRaster(join(values.images, file_name));
    const found = await seamAgreement(source, detector, { tiles, overlap });
    await source.close();
    for (const key of ['objects', 'alike', 'missing'] as const) sum[key] += found[key];
  }
  return { figure: 'seams', model: values.model, tiles, overlap, ...sum };
}

async function pace(kept: Detector): Promise<object> {
  const source = await openRaster(values.scene);
  const tileSize = values.tile === undefined ? undefined : Number(values.tile);
  const rounds: { large: Spent; sliced: Spent }[] = [];
  let cut = {};
  for (let round = 0; round < Number(values.rounds); round++) {
    // A detector that is kept makes its graphs in the first round, which the median leaves out.
    const use = values.fresh ? withDetector : <Result>(run: (detector: Detector) => Result) => run(kept);
    const slices = await use((detector) =>
      timed(() => detectScene({ source, detector: freelyPlaced(detector), tileSize: 512, overlap: 102 })),
    );
    const large = await use((detector) => timed(() => detectScene({ source, detector, tileSize })));
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
    fresh: values.fresh,
    ...cut,
    megapixelsPerSecond: megapixels / middle(({ large }) => large.seconds),
    slicedMegapixelsPerSecond: megapixels / middle(({ sliced }) => sliced.seconds),
    ratio: middle(({ large, sliced }) => sliced.seconds / large.seconds),
    // Changed less by other work on the machine; of use with one thread only, as more wait for each other in loops.
    processorRatio: middle(({ large, sliced }) => sliced.processorSeconds / large.processorSeconds),
  };
}

/** A detector whose slices start wherever they have to, as SAHI's do: their overlap is a fifth, not what stride and grid make of it. */
function freelyPlaced(detector: Detector): Detector {
  const { labels, oriented } = detector;
  return {
    labels,
    stride: 1,
    oriented,
    detect: (...args) => detector.detect(...args),
    prepare: (size) => detector.prepare!(size),
    close: async () => {},
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
  return withDetector(positionals[0] === 'pace' ? pace : seams);
}

async function withDetector<Result>(use: (detector: Detector) => Promise<Result>): Promise<Result> {
  const detector = await loadDetector(values.model, { threads: Number(values.threads) });
  try {
    return await use(detector);
  } finally {
    await detector.close();
  }
}

process.stdout.write(`${JSON.stringify(await measure())}\n`);
