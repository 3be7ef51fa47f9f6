import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TinyTiff } from '../../image/raster/tiny-tiff.js';
import { tinyTiff } from '../../image/raster/tiny-tiff.js';

const program = fileURLToPath(new URL('./memory-process.ts', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'memory-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Side of the file's own tiles, each with a blob of 24 x 24 pixels in its middle. */
const side = 256;
const isBlob = (at: number) => at % side >= 116 && at % side < 140;

/** What a process needs at most to find the blobs of a scene. */
async function run(width: number, height: number, bands: number) {
  const tiff: TinyTiff = {
    width,
    height,
    bands,
    bits: 8,
    tile: side,
    isRepeated: true,
    sample: (x, y) => (isBlob(x) && isBlob(y) ? 200 : 10),
  };
  const path = join(folder, `${width}-${bands}.tif`);
  await writeFile(path, tinyTiff(tiff));
  const args = ['--import', import.meta.resolve('tsx'), program, path];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as { peakBytes: number; tileSize: number; tiles: number; objects: number };
}

it.each([
  ['libvips', 3],
  ['geotiff.js', 4],
])('a scene of 50 megapixels takes little more memory than one of 3, read by %s', async (_reader, bands) => {
  const [width, height] = [8192, 6144];
  const small = await run(2048, 1536, bands);
  const large = await run(width, height, bands);
  expect(large.tiles).toBeGreaterThan(8 * small.tiles);
  expect(large.tileSize).toBe(small.tileSize);
  // Nothing is left out for the sake of memory.
  expect(large.objects).toBe((width * height) / side ** 2);
  // Were the scene held, it would be all of them.
  const pixels = 3 * (width * height - 2048 * 1536);
  expect(large.peakBytes - small.peakBytes).toBeLessThan(pixels / 2);
});
