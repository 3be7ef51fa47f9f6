import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRaster } from '../../../src/image/raster/open-raster.js';
import type { RasterTile } from '../../../src/image/raster/raster-source.js';
import { forgedPng, gradientImage } from '../images.js';
import type { TinyTiff } from './tiny-tiff.js';
import { geoKeys, tags, tinyTiff } from './tiny-tiff.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raster-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

/** Sample of a pixel of a tile. */
function at({ planes }: RasterTile, x: number, y: number, band: number): number {
  const { samples, offset, step, rowStep } = planes[band]!;
  return samples[offset + y * rowStep + x * step]!;
}

const sample = (x: number, y: number, band: number) => (3 * x + 7 * y + 1000 * band) % 4096;
const plain = { width: 90, height: 70, bands: 1, bits: 16, sample } as const satisfies TinyTiff;

describe.each<[string, TinyTiff]>([
  ['16 bits in strips', { ...plain, rows: 8 }],
  ['16 bits in strips, big-endian', { ...plain, rows: 4, bigEndian: true }],
  ['8 bands of 16 bits in tiles', { ...plain, bands: 8, tile: 32 }],
  ['8 bands of 16 bits in tiles, big-endian', { ...plain, bands: 8, tile: 16, bigEndian: true }],
  ['floats in tiles', { ...plain, bits: 32, float: true, tile: 32 }],
  [
    '4 bands of 8 bits, the last near infrared',
    { ...plain, bands: 4, bits: 8, sample: (x, y, b) => (x + y + 9 * b) % 256 },
  ],
  [
    '8 bands of 8 bits in tiles',
    { ...plain, bands: 8, bits: 8, tile: 32, sample: (x, y, b) => (x + y + 9 * b) % 256 },
  ],
  ['16 bits in tiles, deflated', { ...plain, tile: 32, deflate: (block) => deflateSync(block) }],
])('a TIFF of %s', (name, tiff) => {
  it('gives windows and bands sample by sample', async () => {
    const source = await openRaster(await file(`${name.replaceAll(/\W/g, '-')}.tif`, tinyTiff(tiff)));
    expect([source.width, source.height, source.bands, source.bitDepth]).toEqual([
      90,
      70,
      tiff.bands,
      tiff.bits,
    ]);
    const last = tiff.bands - 1;
    for (const [left, top] of [
      [0, 0],
      [37, 41],
      [60, 41],
    ] as const) {
      const tile = await source.read({ left, top, width: 30, height: 20 }, { bands: [last, 0] });
      for (const [x, y] of [
        [0, 0],
        [29, 19],
        [13, 5],
      ] as const) {
        expect(at(tile, x, y, 0)).toBe(tiff.sample(left + x, top + y, last));
        expect(at(tile, x, y, 1)).toBe(tiff.sample(left + x, top + y, 0));
      }
    }
    const small = await source.read(
      { left: 0, top: 0, width: 90, height: 70 },
      { size: { width: 45, height: 35 } },
    );
    expect([small.width, small.height, small.planes.length]).toEqual([45, 35, tiff.bands]);
    await source.close();
  });
});

describe('openRaster', () => {
  it('reads local images of 8-bit colours through libvips, as they are', async () => {
    const path = await file('image.png', await gradientImage(120, 80).png().toBuffer());
    const source = await openRaster(path);
    const tile = await source.read({ left: 30, top: 20, width: 40, height: 10 });
    expect([at(tile, 5, 6, 0), at(tile, 5, 6, 1), at(tile, 5, 6, 2)]).toEqual([35, 26, 77]);
    const tiled = await file(
      'tiled.tif',
      await gradientImage(300, 200).tiff({ tile: true, pyramid: true, compression: 'deflate' }).toBuffer(),
    );
    const fromTiles = await openRaster(tiled);
    expect(fromTiles.overviews.length).toBeGreaterThan(0);
    const window = await fromTiles.read({ left: 130, top: 120, width: 40, height: 10 });
    expect([at(window, 5, 6, 0), at(window, 5, 6, 1)]).toEqual([135, 126]);
  });

  it('takes the files of a scene with one band each as its bands', async () => {
    const paths = await Promise.all(
      [4, 3, 2].map((band) =>
        file(`B0${band}.tif`, tinyTiff({ ...plain, sample: (x, y) => sample(x, y, band) })),
      ),
    );
    const source = await openRaster(paths);
    expect(source.bands).toBe(3);
    const tile = await source.read({ left: 5, top: 6, width: 20, height: 20 }, { bands: [2, 0] });
    expect([at(tile, 1, 2, 0), at(tile, 1, 2, 1)]).toEqual([sample(6, 8, 2), sample(6, 8, 4)]);
    const other = await file('other.tif', tinyTiff({ ...plain, width: 80 }));
    await expect(openRaster([paths[0]!, other])).rejects.toThrow('other.tif is 80 x 70 pixels');
  });

  it('reads nodata, however it is written', async () => {
    const open = async (text: string) =>
      openRaster(await file('nodata.tif', tinyTiff({ ...plain, texts: { [tags.nodata]: text } })));
    expect((await open('65535')).nodata).toBe(65535);
    expect((await open('nan')).nodata).toBeNaN();
    expect((await openRaster(await file('without.tif', tinyTiff(plain)))).nodata).toBeUndefined();
  });

  it('changes its fingerprint with the file', async () => {
    const path = await file('changing.tif', tinyTiff(plain));
    const before = (await openRaster(path)).fingerprint;
    expect((await openRaster(path)).fingerprint).toBe(before);
    await writeFile(path, tinyTiff({ ...plain, sample: (x, y) => x + y }));
    expect((await openRaster(path)).fingerprint).not.toBe(before);
  });
});

describe('what cannot be read', () => {
  it.each<[string, string, Uint8Array | string, RegExp]>([
    [
      'text under a wrong name',
      'text.tif',
      'Just some words.',
      /text\.tif is not an image of a known format/,
    ],
    ['a file that is empty', 'empty.tif', '', /empty\.tif is empty/],
    [
      'a TIFF cut within its tags',
      'tags.tif',
      tinyTiff(plain).subarray(0, 60),
      /tags\.tif cannot be read: it is damaged, cut short/,
    ],
    [
      'a header of 100 gigapixels',
      'huge.png',
      forgedPng(400_000, 250_000),
      /huge\.png has 400000 x 250000 pixels/,
    ],
    [
      'a TIFF that says it has 100 gigapixels',
      'huge.tif',
      tinyTiff({ ...plain, width: 1, height: 1, doubles: {} }),
      /./,
    ],
  ])('%s is refused by name', async (_case, name, bytes, message) => {
    const forged = name === 'huge.tif' ? forgeSize(bytes as Buffer, 400_000, 250_000) : bytes;
    const expected =
      name === 'huge.tif' ? /huge\.tif says it has 400000 x 250000 pixels, 100 gigapixels/ : message;
    await expect(openRaster(await file(name, forged))).rejects.toThrow(expected);
  });

  it('a TIFF without its last strips is refused, not read as black', async () => {
    const whole = tinyTiff({ ...plain, rows: 8, bigEndian: true });
    const path = await file('cut.tif', whole.subarray(0, whole.length - 4000));
    await expect(openRaster(path)).rejects.toThrow(/cut\.tif is cut short: its pixels end at byte/);
  });

  it('a file in one block too large to decode says how to rewrite it', async () => {
    const forged = forgeSize(tinyTiff({ ...plain, width: 1, height: 1, rows: 60_000 }), 60_000, 60_000);
    await expect(openRaster(await file('block.tif', forged))).rejects.toThrow(
      /blocks of 60000 x 60000 pixels.*gdal_translate/,
    );
  });
});

/** Overwrites the size in the first two tags of a little-endian TIFF. */
function forgeSize(bytes: Buffer, width: number, height: number): Buffer {
  bytes.writeUInt32LE(width, 10 + 8);
  bytes.writeUInt32LE(height, 10 + 12 + 8);
  return bytes;
}

describe('a GeoTIFF behind an HTTP server', () => {
  const whole = tinyTiff({
    ...plain,
    width: 800,
    height: 600,
    bands: 3,
    tile: 64,
    doubles: { [tags.pixelScale]: [10, 10, 0], [tags.tiepoint]: [0, 0, 0, 500000, 4000000, 0] },
    shorts: { [tags.geoKeys]: geoKeys(32631) },
  });
  let server: Server;
  let base: string;
  let sent = 0;
  let failures = 0;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/missing.tif') return response.writeHead(404).end();
      if (request.url === '/whole.tif') return response.writeHead(200).end(whole);
      if (failures > 0) {
        failures--;
        return response.destroy();
      }
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
      const part = whole.subarray(Number(from), Number(to) + 1);
      sent += part.length;
      const range = `bytes ${from}-${Number(from) + part.length - 1}/${whole.length}`;
      return response.writeHead(206, { 'content-range': range, 'content-length': part.length }).end(part);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it('is read by ranges, and only those', async () => {
    const source = await openRaster(`${base}/scene.tif`);
    const tile = await source.read({ left: 700, top: 500, width: 64, height: 64 }, { bands: [2] });
    expect(at(tile, 3, 4, 0)).toBe(sample(703, 504, 2));
    expect(source.georeference?.epsg).toBe(32631);
    expect(sent).toBeLessThan(whole.length / 2);
    await source.close();
  });

  it('is asked for again when a request fails', async () => {
    const source = await openRaster(`${base}/scene.tif`);
    failures = 1;
    const tile = await source.read({ left: 10, top: 20, width: 64, height: 64 }, { bands: [0] });
    expect(at(tile, 1, 1, 0)).toBe(sample(11, 21, 0));
    await source.close();
  });

  it('is refused clearly when it is not there or only comes whole', async () => {
    await expect(openRaster(`${base}/missing.tif`)).rejects.toThrow('the server answers 404');
    await expect(openRaster(`${base}/whole.tif`)).rejects.toThrow('does not answer range requests');
    await expect(openRaster('http://127.0.0.1:1/scene.tif')).rejects.toThrow(
      'cannot reach http://127.0.0.1:1/scene.tif',
    );
  });
});

it('libvips and geotiff.js see the same pixels', async () => {
  const bytes = await gradientImage(200, 150)
    .tiff({ tile: true, tileWidth: 64, tileHeight: 64, compression: 'lzw' })
    .toBuffer();
  const path = await file('same.tif', bytes);
  const [vips, other] = [await openRaster(path), await openRaster([path, path])];
  const window = { left: 61, top: 33, width: 70, height: 60 };
  const [a, b] = [await vips.read(window), await other.read(window, { bands: [0, 1, 2] })];
  for (let band = 0; band < 3; band++) expect(at(a, 17, 23, band)).toBe(at(b, 17, 23, band));
  expect((await sharp(bytes).metadata()).format).toBe('tiff');
});
