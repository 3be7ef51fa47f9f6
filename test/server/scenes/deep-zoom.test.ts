import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { halve, topZoomLevel, writeDeepZoom, zoomDescriptor } from '../../../server/scenes/deep-zoom.js';
import { folderBytes } from '../../../server/scenes/durable-files.js';
import { integer, randomStream } from '../../../src/base/random.js';
import { openRaster } from '../../../src/image/raster/open-raster.js';

const [width, height] = [1301, 1111];
let folder: string;
let scene: string;
let pixels: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zoom-'));
  scene = join(folder, 'scene.png');
  // Large smooth patches, which JPEG keeps.
  const random = randomStream(3);
  const small = Uint8Array.from({ length: 3 * 9 * 7 }, () => integer(random, 256));
  const image = sharp(small, { raw: { width: 9, height: 7, channels: 3 } }).resize(width, height, {
    fit: 'fill',
  });
  await image.clone().png().toFile(scene);
  pixels = await image.raw().toBuffer();
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, limit = Number.POSITIVE_INFINITY): Promise<string> {
  const source = await openRaster(scene);
  const target = join(folder, name);
  try {
    expect(await writeDeepZoom(source, target, limit)).toBe(await folderBytes(target));
  } finally {
    await source.close();
  }
  return target;
}

/** So little that libvips, which cannot be told to stop, is not trusted with it; enough for the tiles all the same. */
const tight = 3 * width * height - 1;

/** Puts a level together from its tiles. */
async function assemble(tiles: string, level: number, size: { width: number; height: number }) {
  const names = await readdir(join(tiles, String(level)));
  const parts = names.map((name) => {
    const [column, row] = name.split(/[_.]/).map(Number) as [number, number];
    return { input: join(tiles, String(level), name), left: 512 * column, top: 512 * row };
  });
  const canvas = sharp({ create: { ...size, channels: 3, background: 'magenta' } });
  return canvas.composite(parts).removeAlpha().raw().toBuffer();
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs(a[at]! - b[at]!);
  return sum / a.length;
}

describe('writeDeepZoom', () => {
  it.each([
    ['by libvips', Number.POSITIVE_INFINITY],
    ['row by row', tight],
  ])('writes the pixels of the scene at its top level, and halves of them below: %s', async (way, limit) => {
    const tiles = await write(way, limit);
    const top = topZoomLevel({ width, height });
    expect(top).toBe(11);
    expect(await readdir(join(tiles, String(top)))).toHaveLength(9);
    expect(meanDifference(await assemble(tiles, top, { width, height }), pixels)).toBeLessThan(1.5);
    for (const level of [10, 9]) {
      const size = {
        width: Math.ceil(width / 2 ** (top - level)),
        height: Math.ceil(height / 2 ** (top - level)),
      };
      const expected = await sharp(pixels, { raw: { width, height, channels: 3 } })
        .resize(size.width, size.height, { fit: 'fill', kernel: 'linear' })
        .raw()
        .toBuffer();
      expect(meanDifference(await assemble(tiles, level, size), expected)).toBeLessThan(4);
    }
    const pixel = await sharp(join(tiles, '0', '0_0.jpeg')).metadata();
    expect([pixel.width, pixel.height]).toEqual([1, 1]);
  });

  it('writes the same tiles either way', async () => {
    const list = async (tiles: string) => (await readdir(tiles, { recursive: true })).sort();
    const [rowByRow, byVips] = [await write('one way', tight), await write('other way')];
    expect(await list(byVips)).toEqual(await list(rowByRow));
    for (const level of [11, 8, 5]) {
      const size = {
        width: Math.ceil(width / 2 ** (11 - level)),
        height: Math.ceil(height / 2 ** (11 - level)),
      };
      const [one, other] = [await assemble(byVips, level, size), await assemble(rowByRow, level, size)];
      expect(meanDifference(one, other)).toBeLessThan(2);
    }
  });

  it('leaves nothing behind when the tiles take too much', async () => {
    await expect(write('small', 10_000)).rejects.toThrow(/no room/);
    expect((await readdir(folder)).filter((name) => name.startsWith('small'))).toEqual([]);
  });

  it('is described as OpenSeadragon reads it', () => {
    expect(zoomDescriptor({ width: 7000, height: 300 })).toMatch(
      /TileSize="512"><Size Width="7000" Height="300"\/>/,
    );
  });
});

it('halves odd sizes without looking past their edge', () => {
  const grey = (values: number[]) => Uint8Array.from(values.flatMap((value) => [value, value, value]));
  expect(halve(grey([10, 20, 50, 30, 40, 70]), 3, 2)).toEqual(grey([25, 60]));
  expect(halve(grey([10, 20, 90]), 3, 1)).toEqual(grey([15, 90]));
});
