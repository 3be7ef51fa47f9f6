import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ImageCache } from '../../datasets/image-cache.js';
import { noDetections } from '../../src/boxes/detections.js';
import type { Detector, DetectorTile } from '../../src/detect/detector.js';
import { detectScene } from '../../src/detect/scene/detect-scene.js';
import { findAsSahi, findInWhole } from '../../src/evaluate/evaluate-detector.js';
import { decodeRgb } from '../../src/image/decode.js';
import { openRaster } from '../../src/image/raster/open-raster.js';
import type { TinyTiff } from '../image/raster/tiny-tiff.js';
import { tags, tinyTiff } from '../image/raster/tiny-tiff.js';

const [width, height] = [96, 64];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-same-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Uses a small part of the range, as satellites do: over the full range next to nothing would be seen. */
const level = (x: number, y: number, band: number) => 300 + 4 * x + 3 * y + 50 * band;
const deep: TinyTiff = { width, height, bands: 3, bits: 16, sample: level };

function deepPng(): Promise<Buffer> {
  const samples = Uint16Array.from({ length: 3 * width * height }, (_, at) =>
    level(Math.floor(at / 3) % width, Math.floor(at / 3 / width), at % 3),
  );
  const image = sharp(samples, { raw: { width, height, channels: 3 } });
  return image.toColourspace('rgb16').png().toBuffer();
}

/** Half of it is no image: a scene has nothing there, where a photograph would be laid over white. */
function clearPng(): Promise<Buffer> {
  const samples = Uint8Array.from({ length: 4 * width * height }, (_, at) =>
    at % 4 === 3 ? 255 * Number(at % 16 > 7) : (at * 7) % 251,
  );
  return sharp(samples, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}

/** The pixels that a detector is shown. */
async function shown(look: (detector: Detector) => Promise<unknown>): Promise<Buffer> {
  const tiles: Buffer[] = [];
  const detect = async ({ data, ...size }: DetectorTile) => {
    expect(size).toMatchObject({ width, height });
    tiles.push(Buffer.from(data));
    return noDetections(false);
  };
  await look({ labels: ['any'], stride: 4, oriented: false, detect, close: async () => undefined });
  expect(tiles).toHaveLength(1);
  return tiles[0]!;
}

async function shownByScene(path: string): Promise<Buffer> {
  const source = await openRaster(path);
  try {
    return await shown((detector) => detectScene({ source, detector, tileSize: 128, overlap: 0 }));
  } finally {
    await source.close();
  }
}

async function shownElsewhere(path: string): Promise<Buffer[]> {
  const image = { path, width, height, objects: [] };
  const box = { left: 0, top: 0, width, height };
  const roomy = new ImageCache(2 ** 24);
  const tight = new ImageCache(1);
  // Asked twice, the second time with what is kept of the first.
  await tight.read(path, image, box);
  return [
    await shown((detector) => findInWhole(detector, 0.1)(image)),
    await shown((detector) => findAsSahi(detector, { threshold: 0.1, slice: 128, overlap: 0 })(image)),
    Buffer.from((await roomy.read(path, image, box)).data),
    Buffer.from((await tight.read(path, image, box)).data),
  ];
}

const files: [string, () => Promise<Buffer> | Buffer][] = [
  ['RGB of 16 bits', () => tinyTiff(deep)],
  ['RGB and near infrared of 12 bits', () => tinyTiff({ ...deep, bands: 4, bits: 12 })],
  ['one band of 11 bits', () => tinyTiff({ ...deep, bands: 1, bits: 11 })],
  ['16 bits with pixels missing', () => tinyTiff({ ...deep, texts: { [tags.nodata]: '300' }, bands: 1 })],
  ['16 bits, turned', () => tinyTiff({ ...deep, shorts: { 274: [3] } })],
  ['a PNG of 16 bits', deepPng],
  ['a PNG with transparency', clearPng],
];

it.each(files)('evaluation and training see what a scene shows: %s', async (name, bytes) => {
  const path = join(folder, `${name}.${name.includes('PNG') ? 'png' : 'tif'}`);
  await writeFile(path, await bytes());
  const expected = await shownByScene(path);
  expect(expected.some((value) => value > 200)).toBe(true);
  for (const pixels of await shownElsewhere(path)) expect(Buffer.compare(pixels, expected)).toBe(0);
});

it('plans the stretch of a part from the whole image', async () => {
  const path = join(folder, 'part.tif');
  await writeFile(path, tinyTiff(deep));
  const box = { left: 20, top: 9, width: 40, height: 30 };
  const expected = sharp(await shownByScene(path), { raw: { width, height, channels: 3 } }).extract(box);
  const part = await new ImageCache(1).read(path, { width, height }, box);
  expect(Buffer.compare(part.data, await expected.raw().toBuffer())).toBe(0);
});

it.each(['jpeg', 'png', 'tiff'] as const)('images of 8 bits are as decoded: %s', async (format) => {
  const path = join(folder, `eight.${format}`);
  const samples = Uint8Array.from({ length: 3 * width * height }, (_, at) => (at * 7) % 251);
  await sharp(samples, { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toFile(path);
  const { data } = await decodeRgb(path);
  for (const pixels of await shownElsewhere(path)) expect(Buffer.compare(pixels, data)).toBe(0);
});
