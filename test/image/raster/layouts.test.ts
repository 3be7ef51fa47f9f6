import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingPixels } from '../../../src/image/raster/missing.js';
import { openRaster } from '../../../src/image/raster/open-raster.js';
import type { RasterTile } from '../../../src/image/raster/raster-source.js';
import { renderRgb } from '../../../src/image/raster/render.js';
import { planStretch } from '../../../src/image/raster/scaling.js';
import type { TinyTiff } from './tiny-tiff.js';
import { tags, tinyTiff } from './tiny-tiff.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layouts-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

/** Sample of a pixel of a tile. */
function at({ planes }: RasterTile, x: number, y: number, band: number): number {
  const { samples, offset, step, rowStep } = planes[band]!;
  return samples[offset + y * rowStep + x * step]!;
}

const size = { width: 70, height: 50 };
const byte = (x: number, y: number, band: number) => (5 * x + 3 * y + 70 * band) % 256;
const plain = { ...size, bands: 3, bits: 8, sample: byte } as const satisfies TinyTiff;
const deflate = (block: Buffer) => deflateSync(block);

/** Reads all of a file and a window, and compares each sample. */
async function expectSamples(name: string, tiff: TinyTiff): Promise<void> {
  const source = await openRaster(await file(name, tinyTiff(tiff)));
  try {
    expect([source.width, source.height, source.bands, source.bitDepth]).toEqual([
      70,
      50,
      tiff.bands,
      tiff.bits,
    ]);
    const window = { left: 19, top: 13, width: 40, height: 30 };
    for (const { left, top, width, height } of [{ ...size, left: 0, top: 0 }, window]) {
      const tile = await source.read({ left, top, width, height });
      for (let band = 0; band < tiff.bands; band++)
        for (let y = 0; y < height; y++)
          for (let x = 0; x < width; x++)
            if (at(tile, x, y, band) !== tiff.sample(left + x, top + y, band))
              expect(`${at(tile, x, y, band)} at ${x} ${y} ${band}`).toBe(
                tiff.sample(left + x, top + y, band),
              );
    }
  } finally {
    await source.close();
  }
}

describe('every layout gives its samples', () => {
  const layouts: [string, Partial<TinyTiff>][] = [
    ['strips', { rows: 7 }],
    ['strips, bands apart', { rows: 7, isPlanar: true }],
    ['tiles', { tile: 32 }],
    ['tiles, bands apart', { tile: 32, isPlanar: true }],
    ['deflated tiles, bands apart', { tile: 32, isPlanar: true, deflate }],
    ['big-endian deflated strips', { rows: 9, deflate, bigEndian: true }],
  ];
  const packed = [1, 2, 4, 10, 11, 12, 14].map((bits): [string, TinyTiff] => [
    `${bits} bits`,
    { ...plain, bits, sample: (x, y, band) => (x * 37 + y * 11 + band) % 2 ** bits },
  ]);
  const types: [string, TinyTiff][] = [
    ...packed,
    ['8 bits', plain],
    ['int8', { ...plain, kind: 'int', sample: (x, y, band) => byte(x, y, band) - 128 }],
    ['uint16', { ...plain, bits: 16, sample: (x, y, band) => 250 * byte(x, y, band) }],
    ['int16', { ...plain, bits: 16, kind: 'int', sample: (x, y, band) => 250 * byte(x, y, band) - 32768 }],
    ['uint32', { ...plain, bits: 32, sample: (x, y, band) => 16_000_000 * byte(x, y, band) }],
    ['uint64', { ...plain, bits: 64, sample: (x, y, band) => 2 ** 40 * byte(x, y, band) }],
    ['int64', { ...plain, bits: 64, kind: 'int', sample: (x, y, band) => -(2 ** 40) * byte(x, y, band) }],
    ['float32', { ...plain, bits: 32, float: true, sample: (x, y, band) => byte(x, y, band) / 4 - 9 }],
    ['float64', { ...plain, bits: 64, float: true, sample: (x, y, band) => byte(x, y, band) / 3 }],
  ];
  it.each(
    types.flatMap(([type, tiff]) =>
      layouts.map(([layout, more]) => [type, layout, { ...tiff, ...more }] as const),
    ),
  )('%s in %s', (type, layout, tiff) =>
    expectSamples(`${type}-${layout}.tif`.replaceAll(/[ ,]/g, '-'), tiff),
  );

  it.each<[string, TinyTiff]>([
    ['8 bits', { ...plain, predictor: 2, deflate }],
    ['8 bits, bands apart, in tiles', { ...plain, predictor: 2, deflate, isPlanar: true, tile: 32 }],
    [
      '16 bits, big-endian',
      { ...plain, bits: 16, sample: (x, y) => 700 * x + y, predictor: 2, deflate, bigEndian: true },
    ],
    ['32 bits', { ...plain, bits: 32, sample: (x, y) => 70_000 * x + y, predictor: 2, deflate, tile: 16 }],
    ['floats', { ...plain, bits: 32, float: true, sample: (x, y) => x / 8 - y, predictor: 3, deflate }],
    [
      'floats, bands apart',
      {
        ...plain,
        bits: 32,
        float: true,
        sample: (x, y) => x / 8 - y,
        predictor: 3,
        deflate,
        isPlanar: true,
        tile: 16,
      },
    ],
    [
      'floats of 64 bits',
      {
        ...plain,
        bits: 64,
        float: true,
        sample: (x, y) => x / 7 - y,
        predictor: 3,
        deflate,
        bigEndian: true,
      },
    ],
  ])('differences of %s', (name, tiff) =>
    expectSamples(`predictor-${name}.tif`.replaceAll(/[ ,]/g, '-'), tiff),
  );
});

describe('what libvips decompresses', () => {
  it.each(['lzw', 'webp', 'jpeg', 'ccittfax4', 'packbits'] as const)(
    '%s gives the pixels that libvips gives',
    async (compression) => {
      const bilevel = compression === 'ccittfax4';
      const samples = Uint8Array.from({ length: 3 * 70 * 50 }, (_, index) =>
        byte(Math.floor(index / 3) % 70, Math.floor(index / 210), index % 3),
      );
      const image = sharp(samples, { raw: { ...size, channels: 3 } });
      const grey = bilevel ? image.toColourspace('b-w').threshold(128) : image;
      const bytes = await grey
        .tiff({
          compression,
          tile: !bilevel,
          tileWidth: 32,
          tileHeight: 32,
          quality: 90,
          ...(bilevel && { bitdepth: 1 }),
          predictor: 'none',
        })
        .toBuffer();
      const path = await file(`by-vips-${compression}.tif`, bytes);
      const expected = await sharp(bytes).toColourspace('srgb').removeAlpha().raw().toBuffer();
      // Given twice it is read as stored.
      const source = await openRaster([path, path]);
      const bands = bilevel ? [0] : [0, 1, 2];
      const tile = await source.read({ left: 0, top: 0, ...size }, { bands });
      const rendered = renderRgb(tile, await planStretch(source, bands, undefined));
      expect(Buffer.from(rendered.data).equals(expected)).toBe(true);
      await source.close();
    },
  );
});

describe('colours', () => {
  async function rendered(name: string, tiff: TinyTiff) {
    const source = await openRaster(await file(name, tinyTiff(tiff)));
    const bands = source.colourBands;
    const tile = await source.read({ left: 0, top: 0, ...size }, { bands });
    const { data } = renderRgb(tile, await planStretch(source, bands, undefined));
    await source.close();
    return [...data.subarray(3 * (7 * 70 + 11), 3 * (7 * 70 + 11) + 3)];
  }
  const grey = { ...plain, bands: 1 } as const;
  const value = byte(11, 7, 0);

  it('that are all of the range of few bits, or of signed bytes, go from black to white', async () => {
    expect(await rendered('white.tif', { ...grey, bits: 1, sample: () => 1 })).toEqual([255, 255, 255]);
    expect(await rendered('four.tif', { ...grey, bits: 4, sample: () => 5 })).toEqual([85, 85, 85]);
    const signed = { ...grey, kind: 'int', sample: (x: number, y: number) => byte(x, y, 0) - 128 } as const;
    expect(await rendered('signed.tif', signed)).toEqual([value, value, value]);
  });

  it.each([false, true])('of MINISWHITE are turned around (deflated: %s)', async (isDeflated) => {
    const inverted = { ...grey, photometric: 0, sample: (x: number, y: number) => 255 - byte(x, y, 0) };
    expect(await rendered('inverted.tif', { ...inverted, ...(isDeflated && { deflate }) })).toEqual([
      value,
      value,
      value,
    ]);
  });

  it.each([
    [3, false],
    [3, true],
    [1, false],
    [1, true],
  ])('of a colour map are looked up (photometric %d, deflated: %s)', async (photometric, isDeflated) => {
    const map = [0, 1, 2].flatMap((channel) =>
      Array.from({ length: 256 }, (_, code) => 257 * ((code + 40 * channel) % 256)),
    );
    const tiff = { ...grey, photometric, shorts: { 320: map }, ...(isDeflated && { deflate }) };
    expect(await rendered('map.tif', tiff)).toEqual([value, (value + 40) % 256, (value + 80) % 256]);
  });

  it('are the bands that the file says are', async () => {
    const item = (band: number, role: string) =>
      `<Item name="COLORINTERP" sample="${band}" role="colorinterp">${role}</Item>`;
    const roles = ['Blue', 'Green', 'Red', 'NIR'].map((role, band) => item(band, role)).join('');
    const texts = { 42112: `<GDALMetadata>${roles}</GDALMetadata>` };
    // As GDAL writes it: the fourth of four bands of 8 bits is alpha, unless its metadata say otherwise.
    const tiff = { ...plain, bands: 4, photometric: 1, texts, shorts: { [tags.extraSamples]: [0, 0, 2] } };
    expect(await rendered('bgr.tif', tiff)).toEqual([byte(11, 7, 2), byte(11, 7, 1), byte(11, 7, 0)]);
  });
});

describe('what was not recorded', () => {
  async function missing(name: string, tiff: TinyTiff, beside?: TinyTiff): Promise<number> {
    const path = await file(name, tinyTiff(tiff));
    if (beside) await file(`${name}.msk`, tinyTiff(beside));
    const source = await openRaster(path);
    const tile = await source.read({ left: 0, top: 0, ...size }, { bands: source.colourBands });
    await source.close();
    return missingPixels(tile)?.reduce((sum, value) => sum + value, 0) ?? 0;
  }
  const isHole = (x: number, y: number) => x < 10 && y < 6;

  it('is so where all bands are: white aircraft stay', async () => {
    const texts = { [tags.nodata]: '255' };
    const some = {
      ...plain,
      texts,
      sample: (x: number, y: number, band: number) => (isHole(x, y) || (band === 0 && y > 20) ? 255 : 9),
    };
    expect(await missing('white-aircraft.tif', some)).toBe(60);
    expect(await missing('white-aircraft-16.tif', { ...some, bits: 16, tile: 16 })).toBe(60);
  });

  it.each(['-9999.9', '1e20', '-3.4e+38', '1e+20', 'nan', 'inf', '-inf'])('floats of %s', async (text) => {
    const value = Number(text.replace('inf', 'Infinity').replace('nan', 'NaN'));
    const sample = (x: number, y: number) => (isHole(x, y) ? value : 1 + x / 70);
    for (const bits of [32, 64] as const) {
      const tiff = { ...plain, bits, float: true, sample, texts: { [tags.nodata]: text }, deflate };
      expect(await missing('float.tif', tiff)).toBe(60);
      const source = await openRaster(join(folder, 'float.tif'));
      const { low, high } = await planStretch(source, [0], undefined);
      expect([low[0]! >= 1, high[0]! <= 2]).toEqual([true, true]);
      await source.close();
    }
  });

  it('infinities and NaN count without being declared', async () => {
    for (const value of [Infinity, -Infinity, Number.NaN]) {
      const sample = (x: number, y: number) => (isHole(x, y) ? value : x);
      expect(await missing('undeclared.tif', { ...plain, bits: 32, float: true, sample })).toBe(60);
    }
  });

  it('alpha, of ExtraSamples 1 and 2 only', async () => {
    const sample = (x: number, y: number, band: number) =>
      band === 3 ? (isHole(x, y) ? 0 : 200) : byte(x, y, band);
    for (const [extra, expected] of [
      [2, 60],
      [1, 60],
      [0, 0],
    ] as const) {
      for (const bits of [8, 16] as const) {
        const tiff = { ...plain, bits, bands: 4, sample, shorts: { [tags.extraSamples]: [extra] } };
        expect(await missing('alpha.tif', tiff)).toBe(expected);
      }
    }
    expect(await missing('absent.tif', { ...plain, bands: 4, sample })).toBe(0);
  });

  it('a mask beside the file, and a clear word where it is of another one', async () => {
    const mask = { ...plain, bands: 1, sample: (x: number, y: number) => (isHole(x, y) ? 0 : 255) };
    expect(await missing('masked.tif', plain, mask)).toBe(60);
    expect(
      await missing(
        'masked-16.tif',
        { ...plain, bits: 16 },
        { ...mask, bits: 1, sample: (x, y) => (isHole(x, y) ? 0 : 1) },
      ),
    ).toBe(60);
    await expect(missing('other.tif', plain, { ...mask, width: 71 })).rejects.toThrow(
      /other\.tif\.msk is 71 x 50 pixels/,
    );
    const damaged = (block: Buffer) => deflateSync(block).fill(0xff, 9);
    await expect(missing('damaged.tif', plain, { ...mask, deflate: damaged })).rejects.toThrow(
      /damaged\.tif\.msk cannot be read: it is damaged/,
    );
  });

  it('a mask in the file', async () => {
    const mask = {
      ...plain,
      bands: 1,
      bits: 1,
      photometric: 4,
      shorts: { 254: [4] },
      sample: (x: number, y: number) => (isHole(x, y) ? 0 : 1),
    } as const;
    for (const more of [{}, { bits: 16 }, { tile: 16 }, { deflate }] as const)
      expect(await missing('inner.tif', { ...plain, ...more, next: mask })).toBe(60);
  });
});

describe('damage', () => {
  it.each([{ tile: 32 }, { rows: 10 }])(
    'in deflated blocks is found by their checksum: %j',
    async (layout) => {
      const noise = (x: number, y: number, band: number) =>
        (x * 7919 + y * 104729 + band * 31 + ((x * y) % 17)) % 256;
      const whole = tinyTiff({ ...plain, ...layout, sample: noise, deflate });
      for (let flip = 1; flip < 20; flip++) {
        const bytes = Buffer.from(whole);
        const place = Math.floor(bytes.length * (0.25 + 0.035 * flip));
        bytes[place]! ^= 1 << (flip % 8);
        const source = await openRaster(await file('flipped.tif', bytes));
        await expect(source.read({ left: 0, top: 0, ...size })).rejects.toThrow(
          /flipped\.tif cannot be read: it is damaged/,
        );
        await source.close();
      }
    },
  );

  it.each<[string, number, RegExp]>([
    ['LZMA', 34925, /compressed with LZMA \(34925\).*gdal_translate/],
    ['JPEG 2000', 34712, /compressed with JPEG 2000/],
    ['what nobody knows', 54321, /a method unknown here \(54321\)/],
  ])('is not what is called %s, which is not read', async (_name, compression, message) => {
    const path = await file('unread.tif', tinyTiff({ ...plain, compression }));
    await expect(openRaster(path)).rejects.toThrow(message);
    await expect(openRaster(path)).rejects.not.toThrow(/damaged/);
  });

  it.each<[string, Partial<TinyTiff>, RegExp]>([
    ['complex samples', { bits: 64, shorts: { 339: [6, 6, 6] } }, /complex samples.*AMPLITUDE/],
    ['CIELAB', { photometric: 8 }, /CIELAB/],
    ['CMYK of 16 bits', { photometric: 5, bits: 16, bands: 4 }, /CMYK of 16 bits/],
  ])('is not what %s are', async (_name, more, message) => {
    await expect(openRaster(await file('unread.tif', tinyTiff({ ...plain, ...more })))).rejects.toThrow(
      message,
    );
  });
});
