import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawOverview } from '../../../src/detect/output/overview.js';
import { openRaster } from '../../../src/image/raster/open-raster.js';

let folder: string;
let image: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overview-'));
  image = join(folder, 'grey.png');
  await sharp(grey).png().toFile(image);
});
afterAll(() => rm(folder, { recursive: true }));

const grey = { create: { width: 200, height: 100, channels: 3, background: '#808080' } } as const;

/** Colour of a pixel, e.g. '808080'. */
async function colourAt(png: Buffer, left: number, top: number): Promise<string> {
  const raw = await sharp(png).removeAlpha().extract({ left, top, width: 1, height: 1 }).raw().toBuffer();
  return raw.toString('hex');
}

function hueOf(colour: string): string {
  const [red, , blue] = Buffer.from(colour, 'hex');
  return red! > blue! + 60 ? 'orange' : blue! > red! + 60 ? 'blue' : 'grey';
}

it('outlines boxes in the colours of their classes, the better ones on top, and leaves the rest as it is', async () => {
  const source = await openRaster(image);
  const detections = {
    count: 3,
    boxes: Float32Array.of(20, 20, 60, 60, 60, 20, 100, 60, 120, 20, 160, 60),
    scores: Float32Array.of(0.9, 0.8, 0.7),
    classes: Int32Array.of(0, 1, 1),
  };
  const png = await drawOverview(source, detections);
  expect(await sharp(png).metadata()).toMatchObject({ width: 200, height: 100 });
  // Lines of 1.5 pixels, blended with the ground at their edges.
  const [orange, blue, both] = await Promise.all([
    colourAt(png, 40, 20),
    colourAt(png, 80, 20),
    colourAt(png, 60, 40),
  ]);
  expect(hueOf(orange)).toBe('orange');
  expect(hueOf(blue)).toBe('blue');
  expect(hueOf(both)).toBe('orange');
  expect(await colourAt(png, 40, 40)).toBe('808080');
  expect(await colourAt(png, 180, 80)).toBe('808080');
  await source.close();
});

it('draws a hundred thousand boxes, turned ones as well', async () => {
  const source = await openRaster(image);
  const count = 100_000;
  const png = await drawOverview(source, {
    count,
    boxes: Float32Array.from({ length: 4 * count }, (_, at) => (at % 4 < 2 ? 50 + (at % 40) : 20)),
    angles: new Float32Array(count).fill(0.5),
    scores: new Float32Array(count).fill(0.5),
    classes: Int32Array.from({ length: count }, (_, at) => at % 9),
  });
  expect(await colourAt(png, 1, 1)).toBe('808080');
  await source.close();
});
