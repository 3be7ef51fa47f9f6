import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeRgb } from '../../../src/image/decode.js';
import { openRaster } from '../../../src/image/raster/open-raster.js';
import type { RasterSource, RasterTile } from '../../../src/image/raster/raster-source.js';
import { forgedPng, gradientImage, noisyJpeg } from '../images.js';
import type { TinyTiff } from './tiny-tiff.js';
import { tinyTiff } from './tiny-tiff.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'untrusted-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const deep = {
  width: 90,
  height: 70,
  bands: 1,
  bits: 16,
  sample: (x, y) => x + y,
} as const satisfies TinyTiff;
const rgb = { ...deep, bands: 3, bits: 8 } as const satisfies TinyTiff;

/** Where the entry of a tag is in a little-endian TIFF with its directory in front. */
function entryOf(bytes: Buffer, tag: number): number {
  const count = bytes.readUInt16LE(8);
  for (let at = 10; at < 10 + 12 * count; at += 12) if (bytes.readUInt16LE(at) === tag) return at;
  throw new Error(`no tag ${tag}`);
}

function withTag(bytes: Buffer, tag: number, change: { count?: number; value?: number }): Buffer {
  const at = entryOf(bytes, tag);
  if (change.count !== undefined) bytes.writeUInt32LE(change.count, at + 4);
  if (change.value !== undefined) bytes.writeUInt32LE(change.value, at + 8);
  return bytes;
}

/** Lets the last directory be followed by the first. */
function inRing(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(8, 10 + 12 * bytes.readUInt16LE(8));
  return bytes;
}

const [widthTag, heightTag, stripOffsets] = [256, 257, 273];
const hugeSize = (tiff: TinyTiff) =>
  withTag(withTag(tinyTiff(tiff), widthTag, { value: 400_000 }), heightTag, { value: 250_000 });

describe.each([
  ['16 bits, read by geotiff.js', deep],
  ['8 bits, read by libvips', rgb],
])('a TIFF of %s', (_kind, tiff) => {
  it.each<[string, Buffer, RegExp]>([
    ['says it has 100 gigapixels', hugeSize(tiff), /says it has 400000 x 250000 pixels, 100 gigapixels/],
    ['goes round in circles', inRing(tinyTiff(tiff)), /directories form a ring/],
    [
      'speaks of more strips than it has bytes',
      withTag(tinyTiff({ ...tiff, rows: 8 }), stripOffsets, { count: 2 ** 32 - 1 }),
      /tag 273 speaks of 17179869180 bytes/,
    ],
    ['ends in its first directory', tinyTiff(tiff).subarray(0, 60), /damaged, cut short/],
    ['has lost half of its pixels', halfOf(tinyTiff({ ...tiff, rows: 8 })), /is cut short: its pixels end/],
    [
      'says that its pixels take more than they can',
      tinyTiff({ ...tiff, tile: 16, deflate: () => Buffer.alloc(300_000) }),
      /16 x 16 pixels take 300000 bytes/,
    ],
  ])('that %s is refused by name', async (_what, bytes, message) => {
    const path = await file('bad.tif', bytes);
    const error: Error = await openRaster(path).then(
      () => expect.unreachable(),
      (reason) => reason,
    );
    expect(error.name).toBe('UserError');
    expect(error.message).toMatch(message);
    expect(error.message).toContain(path);
  });

  it('whose blocks inflate to a thousand times their pixels is refused, not inflated', async () => {
    const bomb = deflateSync(Buffer.alloc(2 ** 26));
    const source = await openRaster(
      await file('bomb.tif', tinyTiff({ ...tiff, tile: 64, deflate: () => bomb })),
    );
    const before = process.resourceUsage().maxRSS;
    const read = source.read({ left: 0, top: 0, width: 64, height: 64 });
    await expect(read).rejects.toThrow(/bomb\.tif cannot be read: it is damaged/);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(40_000);
    await source.close();
  });
});

function halfOf(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length / 2);
}

function samplesOf({ planes, width, height }: RasterTile): number[] {
  return planes.flatMap(({ samples, offset, step, rowStep }) =>
    Array.from({ length: width * height }, (_, at) => {
      return samples[offset + Math.floor(at / width) * rowStep + (at % width) * step]!;
    }),
  );
}

describe('other images', () => {
  it('a JPEG that is cut short has a size, but no pixels', async () => {
    const bytes = await noisyJpeg(400, 300);
    const source = await openRaster(await file('cut.jpg', halfOf(bytes)));
    await expect(source.read({ left: 0, top: 200, width: 400, height: 100 })).rejects.toThrow(
      /cut\.jpg is damaged or cut short/,
    );
  });

  it('a PNG with more data than its header speaks of takes the memory of its pixels', async () => {
    const png = forgedPng(100, 80, Buffer.alloc(2 ** 27));
    const before = process.resourceUsage().maxRSS;
    const source = await openRaster(await file('more.png', png));
    const tile = await source.read({ left: 0, top: 0, width: 100, height: 80 });
    expect(Math.max(...samplesOf(tile))).toBe(0);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(60_000);
  });

  it('a PNG of 16 bits keeps them, in colour and in grey', async () => {
    const [width, height] = [60, 40];
    const sample = (x: number, y: number, band: number) => 300 * x + y + 7 * band;
    for (const bands of [3, 1] as const) {
      const samples = Uint16Array.from({ length: width * height * bands }, (_, at) => {
        const pixel = Math.floor(at / bands);
        return sample(pixel % width, Math.floor(pixel / width), at % bands);
      });
      const image = sharp(samples, { raw: { width, height, channels: bands } });
      const bytes = await image
        .toColourspace(bands === 3 ? 'rgb16' : 'grey16')
        .png()
        .toBuffer();
      expect((await sharp(bytes).metadata()).depth).toBe('ushort');
      const source = await openRaster(await file('deep.png', bytes));
      expect([source.bitDepth, source.bands]).toEqual([16, 3]);
      const [red, , blue] = (await source.read({ left: 10, top: 20, width: 5, height: 5 })).planes;
      const third = bands === 3 ? 2 : 0;
      expect(red!.samples[red!.offset + 2 * red!.rowStep + 3 * red!.step]).toBe(sample(13, 22, 0));
      expect(blue!.samples[blue!.offset + 2 * blue!.rowStep + 3 * blue!.step]).toBe(sample(13, 22, third));
    }
  });

  it.each<[string, (image: Sharp) => Sharp]>([
    ['a JPEG of CMYK', (image) => image.toColourspace('cmyk').jpeg({ quality: 100 })],
    ...[2, 3, 6, 7, 8].map((orientation): [string, (image: Sharp) => Sharp] => [
      `a JPEG turned by its EXIF orientation ${orientation}`,
      (image) => image.withMetadata({ orientation }).jpeg({ quality: 100 }),
    ]),
  ])('%s is read in pieces as it is read whole', async (_kind, write) => {
    const path = await file('whole.jpg', await write(gradientImage(120, 80)).toBuffer());
    const source = await openRaster(path);
    const whole = await decodeRgb(path);
    expect([source.width, source.height]).toEqual([whole.width, whole.height]);
    for (const [left, top] of [
      [0, 0],
      [17, 33],
      [40, 40],
    ] as const) {
      const tile = await source.read({ left, top, width: 40, height: 30 }, { bands: [0, 1, 2] });
      expect(samplesOf(tile)).toEqual(samplesIn(whole, left, top, 40, 30));
    }
  });
});

function samplesIn(
  { data, width }: { data: Uint8Array; width: number },
  left: number,
  top: number,
  columns: number,
  rows: number,
): number[] {
  return [0, 1, 2].flatMap((band) =>
    Array.from({ length: columns * rows }, (_, at) => {
      const [x, y] = [left + (at % columns), top + Math.floor(at / columns)];
      return data[3 * (y * width + x) + band]!;
    }),
  );
}

describe('a file behind a server', () => {
  /** Serves bytes by ranges, as many times as told, then whole. */
  async function serve(bytes: Buffer, ranges: number, use: (url: string) => Promise<void>): Promise<void> {
    let answered = 0;
    const server = createServer((request, response) => {
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
      if (answered++ >= ranges) return response.writeHead(200).end(bytes);
      const part = bytes.subarray(Number(from), Number(to) + 1);
      const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
      return response.writeHead(206, { 'content-range': range }).end(part);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/scene.tif`);
    } finally {
      server.close();
    }
  }

  it('is refused like a local one', async () => {
    const cases: [Buffer, RegExp][] = [
      [inRing(tinyTiff(deep)), /scene\.tif cannot be read.*directories form a ring/],
      [
        withTag(tinyTiff({ ...deep, rows: 8 }), stripOffsets, { count: 2 ** 31 }),
        /tag 273 speaks of 8589934592 bytes/,
      ],
      [hugeSize(deep), /says it has 400000 x 250000 pixels/],
    ];
    for (const [bytes, message] of cases) {
      await serve(bytes, Infinity, (url) => expect(openRaster(url)).rejects.toThrow(message));
    }
  });

  it('whose server stops answering range requests gives an error, not a wrong image', async () => {
    // Larger than what is asked for in the beginning.
    const large = tinyTiff({ ...deep, width: 600, height: 600, tile: 64 });
    await serve(large, 3, async (url) => {
      let source: RasterSource | undefined;
      const reading = (async () => {
        source = await openRaster(url);
        return source.read({ left: 500, top: 500, width: 64, height: 64 });
      })();
      await expect(reading).rejects.toThrow(/scene\.tif cannot be read/);
      await source?.close();
    });
  });
});
