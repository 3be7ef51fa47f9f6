import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plain } from './images.js';

const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'large-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Classifies in a process of its own, and returns by how much its peak memory rose, in MiB, and the tiles. */
async function measure(path: string): Promise<{ rise: number; tiles: number }> {
  const source = (name: string) => JSON.stringify(new URL(`../../${name}`, import.meta.url).href);
  const program = `
    import sharp from 'sharp';
    import { ImageClassifier } from ${source('src/classify/classifier.ts')};
    import { standInParts } from ${source('test/helpers/stand-in-runner.ts')};
    sharp.cache(false);
    const classifier = new ImageClassifier(standInParts());
    await classifier.classify(await sharp({ create: { width: 2048, height: 2048, channels: 3, background: 'red' } }).png().toBuffer());
    const before = process.resourceUsage().maxRSS;
    const { tiles } = await classifier.classify(${JSON.stringify(path)}, { pixelsPerPass: 2 ** 22 });
    console.log(JSON.stringify({ rise: (process.resourceUsage().maxRSS - before) / 1024, tiles }));
  `;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program];
  const { stdout } = await run(process.execPath, args, { cwd: new URL('../..', import.meta.url) });
  return JSON.parse(stdout);
}

it('reads a large image in tiles, in less memory than its pixels take', { timeout: 300_000 }, async () => {
  const path = join(folder, 'large.tif');
  await plain(8000, 16_000, { r: 90, g: 120, b: 60 }).tiff({ tile: true, compression: 'lzw' }).toFile(path);
  const { rise, tiles } = await measure(path);
  expect(tiles).toBe(32);
  // Its pixels alone are 366 MiB, and as a model input 1465 MiB; a row of tiles is 46 MiB.
  expect(rise).toBeLessThan(250);
});
