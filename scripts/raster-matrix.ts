/*
 * Reads TIFFs in all layouts that GDAL writes, and compares samples with what rasterio reads, and the objects found in scenes with
 * those in the image that the scenes were written from:
 *
 *   PYTHON=/path/to/python npx tsx scripts/raster-matrix.ts [--image photograph.jpg] [--model aerial-vehicles] [--all] [--part 1/4]
 *
 * PYTHON needs rasterio; without it there is nothing to compare with. --part looks at every so many-th variant. The table has one row a variant, with --all also those that
 * are right in every sample.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { exampleImage } from '../src/base/example-image.js';
import type { Detections } from '../src/boxes/detections.js';
import { resolveModel } from '../src/checkpoint/resolve-model.js';
import type { Detector } from '../src/detect/detector.js';
import { loadDetector } from '../src/detect/load.js';
import { detectScene } from '../src/detect/scene/detect-scene.js';
import { missingPixels } from '../src/image/raster/missing.js';
import { openRaster } from '../src/image/raster/open-raster.js';
import type { RasterSource, RasterTile } from '../src/image/raster/raster-source.js';

/** What the Python script says of a file. */
interface Variant {
  readonly name: string;
  readonly kind: 'pixels' | 'scene' | 'half' | 'refused';
  readonly tolerance: number;
  readonly expect: 'inverted' | 'ramp' | 'bgr' | 'any' | 'missing' | null;
  readonly shape?: readonly [bands: number, height: number, width: number];
  readonly at?: number;
  readonly mask?: number;
}

interface Row {
  readonly name: string;
  readonly pixels: string;
  readonly boxes: string;
  readonly places: string;
  readonly isRight: boolean;
}

const options = parseArgs({
  options: {
    image: { type: 'string', default: exampleImage() },
    model: { type: 'string', default: 'aerial-vehicles' },
    all: { type: 'boolean', default: false },
    part: { type: 'string', default: '1/1' },
  },
}).values;

const python = process.env.PYTHON ?? 'python3';
if (spawnSync(python, ['-c', 'import rasterio']).status !== 0) {
  console.log(`Skipped: ${python} has no rasterio to compare with. Give one by PYTHON=/path/to/python.`);
  process.exit(0);
}
const folder = await mkdtemp(join(tmpdir(), 'raster-matrix-'));
try {
  await compare();
} finally {
  await rm(folder, { recursive: true });
}

async function compare(): Promise<void> {
  const script = fileURLToPath(new URL('raster/write-matrix.py', import.meta.url));
  execFileSync(python, [script, options.image, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'));
  const detector = await loadDetector(resolveModel(options.model));
  const expected = await detect(await openRaster(options.image), detector);
  const rows: Row[] = [];
  const [part, parts] = options.part.split('/').map(Number) as [number, number];
  const variants = (index.variants as Variant[]).filter((_, at) => at % parts === part - 1);
  for (const variant of variants) rows.push(await rowOf(variant, detector, expected));
  await detector.close();
  const shown = options.all ? rows : rows.filter(({ isRight, boxes }) => !isRight || boxes !== '');
  console.log('| variant | pixels | boxes | places |\n|---|---|---|---|');
  for (const { name, pixels, boxes, places } of shown)
    console.log(`| ${name} | ${pixels} | ${boxes} | ${places} |`);
  const right = rows.filter(({ isRight }) => isRight).length;
  console.log(
    `\n${right} of ${rows.length} right; GDAL ${index.gdal} wrote or read ${index.skipped.length} others not itself.`,
  );
  if (right < rows.length) process.exitCode = 1;
}

async function rowOf(variant: Variant, detector: Detector, expected: Detections): Promise<Row> {
  const { name, kind } = variant;
  try {
    const source = await openRaster(join(folder, `${name}.tif`));
    try {
      const pixels = await comparePixels(source, variant);
      const boxes =
        kind === 'scene' || kind === 'half' ? await compareBoxes(source, variant, detector, expected) : '';
      const places = comparePlace(source);
      const isRight = pixels === 'same' && !boxes.includes('not') && places === 'same' && kind !== 'refused';
      return { name, pixels, boxes, places, isRight };
    } finally {
      await source.close();
    }
  } catch (error) {
    const { name: type, message } = error as Error;
    const isSaid = type === 'UserError' && !/damaged/.test(message);
    const isRight = kind === 'refused' && isSaid;
    return { name, pixels: `refused: ${message.replace(folder, '')}`, boxes: '', places: '', isRight };
  }
}

/** Compares samples and what is missing of them, in the whole and in a window. */
async function comparePixels(source: RasterSource, variant: Variant): Promise<string> {
  const [bands, height, width] = variant.shape!;
  if (source.width !== width || source.height !== height) return 'not the size';
  const truth = await readTruth(variant);
  const windows = [
    { left: 0, top: 0, width, height },
    { left: 13, top: 9, width: width - 20, height: height - 15 },
  ];
  for (const window of windows) {
    const tile = await source.read(window);
    const isMapped = variant.expect === 'ramp' || variant.expect === 'any';
    if (!isMapped && tile.planes.length !== bands && !(bands === 1 && tile.planes.length === 3))
      return `not ${bands} bands but ${tile.planes.length}`;
    const worst = variant.expect === 'any' ? 0 : worstDifference(tile, truth, window, variant);
    if (!(worst <= variant.tolerance)) return `not the samples: ${worst} apart`;
    const wrong =
      variant.expect === 'missing' || variant.expect === 'any'
        ? 0
        : wrongMissing(tile, truth, window, source);
    if (wrong > 0) return `not the mask: ${wrong} pixels`;
  }
  if (variant.expect === 'bgr' && source.colourBands.join() !== '2,1,0') return 'not the colours of the file';
  return 'same';
}

interface Truth {
  readonly samples: Float64Array;
  readonly mask: Uint8Array;
  readonly width: number;
  readonly height: number;
}

async function readTruth({ shape, at, mask }: Variant): Promise<Truth> {
  const [bands, height, width] = shape!;
  const file = await open(join(folder, 'truth.bin'));
  try {
    const samples = new Float64Array(bands * height * width);
    await file.read(new Uint8Array(samples.buffer), 0, samples.byteLength, at!);
    const valid = new Uint8Array(height * width);
    await file.read(valid, 0, valid.length, mask!);
    return { samples, mask: valid, width, height };
  } finally {
    await file.close();
  }
}

type Window = Parameters<RasterSource['read']>[0];

function worstDifference(tile: RasterTile, truth: Truth, window: Window, { expect }: Variant): number {
  let worst = 0;
  for (const [band, { samples, offset, step, rowStep }] of tile.planes.entries()) {
    const own = truth.samples.length / truth.width / truth.height;
    const wanted = Math.min(band, own - 1) * truth.width * truth.height;
    let sum = 0;
    for (let y = 0; y < window.height; y++) {
      for (let x = 0; x < window.width; x++) {
        const read = samples[offset + y * rowStep + x * step]!;
        const stored = truth.samples[wanted + (window.top + y) * truth.width + window.left + x]!;
        if (expect === 'inverted') {
          // White stored as 0: the two add up to the same everywhere.
          if (x === 0 && y === 0) sum = read + stored;
          worst = Math.max(worst, Math.abs(read + stored - sum) > 1e-5 ? Infinity : 0);
        } else worst = Math.max(worst, difference(read, expect === 'ramp' ? mapped(stored, band) : stored));
      }
    }
  }
  return worst;
}

function mapped(code: number, band: number): number {
  return [code, 255 - code, Math.floor(code / 2)][band]!;
}

function difference(read: number, stored: number): number {
  return Object.is(read, stored) || read === stored ? 0 : Math.abs(read - stored);
}

/** Pixels that rasterio's mask calls missing and the tile does not, or the other way round. */
function wrongMissing(tile: RasterTile, truth: Truth, window: Window, source: RasterSource): number {
  const missing = missingPixels(tile);
  let wrong = 0;
  for (let y = 0; y < window.height; y++) {
    for (let x = 0; x < window.width; x++) {
      const isMissing = missing?.[y * window.width + x] === 1;
      const isMissingThere = truth.mask[(window.top + y) * truth.width + window.left + x] === 0;
      if (isMissing !== isMissingThere && source.name) wrong++;
    }
  }
  return wrong;
}

async function detect(source: RasterSource, detector: Detector): Promise<Detections> {
  return (await detectScene({ source, detector })).detections;
}

async function compareBoxes(
  source: RasterSource,
  { kind, tolerance }: Variant,
  detector: Detector,
  expected: Detections,
): Promise<string> {
  const found = await detect(source, detector);
  if (kind === 'half') {
    const middle = source.width / 2;
    const inside = Array.from({ length: found.count }, (_, at) => found.boxes[4 * at + 2]! > middle);
    return inside.every(Boolean)
      ? `${found.count}, none where there is no image`
      : 'not only where there is an image';
  }
  if (tolerance === 0) {
    const isSame =
      found.boxes.join() === expected.boxes.join() && found.scores.join() === expected.scores.join();
    return isSame ? `the same ${found.count}` : `not the same: ${found.count} for ${expected.count}`;
  }
  const isClose = Math.abs(found.count - expected.count) <= 0.1 * expected.count;
  return isClose
    ? `${found.count} for ${expected.count}`
    : `not as many: ${found.count} for ${expected.count}`;
}

function comparePlace({ georeference }: RasterSource): string {
  const { a, c, e, f } = georeference?.transform ?? {};
  return a === 0.5 && c === 5e5 && e === -0.5 && f === 4e6 && georeference?.epsg === 32631
    ? 'same'
    : 'not the same';
}
