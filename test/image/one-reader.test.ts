import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mapPosition } from '../../src/geo/georeference.js';
import { decodeRgb } from '../../src/image/decode.js';
import { refuseOtherFormats } from '../../src/image/formats/allowed-formats.js';
import { readHeader } from '../../src/image/header.js';
import { decodeAsScene } from '../../src/image/raster/decode-as-scene.js';
import { openRaster } from '../../src/image/raster/open-raster.js';
import { renderRgb } from '../../src/image/raster/render.js';
import { planStretch } from '../../src/image/raster/scaling.js';
import type { FileServer } from '../helpers/file-server.js';
import { startFileServer } from '../helpers/file-server.js';
import { convertByGdal } from './formats/convert-by-gdal.js';
import { jpeg2000 } from './formats/write-jpeg2000.js';
import type { TinyTiff } from './raster/tiny-tiff.js';
import { geoKeys, tags, tinyTiff } from './raster/tiny-tiff.js';

const [width, height] = [60, 40];
/** What a mask says is no image: the upper left corner. */
const isMasked = (x: number, y: number) => x < 20 && y < 10;
const level = (x: number, y: number, band: number) => 40 + ((3 * x + 5 * y + 60 * band) % 200);
const rgbTiff: TinyTiff = { width, height, bands: 3, bits: 8, sample: level };
const maskTiff = (columns = width, rows = height, texts?: TinyTiff['texts']) =>
  tinyTiff({
    texts,
    width: columns,
    height: rows,
    bands: 1,
    bits: 8,
    sample: (x, y) => (isMasked(x, y) ? 0 : 255),
  });
const rgb = Uint8Array.from({ length: 3 * width * height }, (_, index) => {
  const pixel = Math.floor(index / 3);
  return level(pixel % width, Math.floor(pixel / width), index % 3);
});
const image = () => sharp(rgb, { raw: { width, height, channels: 3 } });

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-reader-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  delete process.env.VIL_SAFE_FORMATS;
});

/** The pixels that `detectScene` shows a detector. */
async function asScene(path: string) {
  const source = await openRaster(path);
  try {
    const bands = source.colourBands;
    const stretch = await planStretch(source, bands, undefined);
    const window = { left: 0, top: 0, width: source.width, height: source.height };
    return renderRgb(await source.read(window, { bands }), stretch);
  } finally {
    await source.close();
  }
}

const pixel = ({ data, width }: { data: Uint8Array; width: number }, x: number, y: number) =>
  Array.from(data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3));

/** Pixels of a model that classifies, of one that detects, and of a scene. */
async function allWays(path: string) {
  const header = await readHeader(path);
  return [await decodeRgb(path), await decodeAsScene(path, header), await asScene(path)] as const;
}

describe('a mask beside a file', () => {
  it.each([
    ['a PNG', 'mask.png', () => image().png().toBuffer()],
    ['a JPEG', 'mask.jpg', () => image().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer()],
    ['a lossless WebP', 'mask.webp', () => image().webp({ lossless: true }).toBuffer()],
    ['a TIFF that libvips reads', 'mask.tif', () => image().tiff({ compression: 'lzw' }).toBuffer()],
    ['a TIFF that is read here', 'deflate.tif', () => image().tiff({ compression: 'deflate' }).toBuffer()],
  ])('of %s is black in whatever looks at it', async (_, name, encode) => {
    await writeFile(at(name), await encode());
    await writeFile(at(`${name}.msk`), maskTiff());
    for (const seen of await allWays(at(name))) {
      expect([pixel(seen, 0, 0), pixel(seen, 19, 9)]).toEqual([
        [0, 0, 0],
        [0, 0, 0],
      ]);
      for (const [x, y] of [
        [20, 9],
        [19, 10],
        [59, 39],
      ] as const)
        for (const [band, value] of pixel(seen, x, y).entries())
          expect(Math.abs(value - level(x, y, band))).toBeLessThan(4);
    }
    // A part of it too, and before it is resized.
    const part = await decodeRgb(at(name), { box: { left: 10, top: 5, width: 20, height: 20 } });
    expect(pixel(part, 9, 4)).toEqual([0, 0, 0]);
    expect(pixel(part, 10, 4)[0]).toBeGreaterThan(30);
    const small = await decodeRgb(at(name), { resize: { width: 30, height: 20, interpolation: 'bilinear' } });
    expect(pixel(small, 2, 2)).toEqual([0, 0, 0]);
  });

  it('speaks of a JPEG as it is stored, not as EXIF turns it', async () => {
    await writeFile(at('turned.jpg'), await image().withMetadata({ orientation: 6 }).jpeg().toBuffer());
    await writeFile(at('turned.jpg.msk'), maskTiff());
    // Turned clockwise, the upper left corner comes to lie on the upper right.
    for (const seen of await allWays(at('turned.jpg'))) {
      expect([seen.width, seen.height]).toEqual([height, width]);
      expect(pixel(seen, 39, 0)).toEqual([0, 0, 0]);
      expect(pixel(seen, 31, 19)).toEqual([0, 0, 0]);
      expect(Math.max(...pixel(seen, 28, 10))).toBeGreaterThan(30);
      expect(Math.max(...pixel(seen, 0, 0))).toBeGreaterThan(30);
    }
  });

  it('of another size is refused by name', async () => {
    await writeFile(at('other.png'), await image().png().toBuffer());
    await writeFile(at('other.png.msk'), maskTiff(30, 20));
    await expect(decodeRgb(at('other.png'))).rejects.toThrow(/other\.png\.msk is 30 x 20 pixels/);
  });
});

describe('files beside a scene behind a server', () => {
  let server: FileServer;
  beforeAll(async () => {
    server = await startFileServer({ missing: 403 });
  });
  afterAll(() => server.close());

  it('are looked for: a mask, and where it lies', async () => {
    server.files.set('/a.tif', tinyTiff(rgbTiff));
    const bare = await openRaster(`${server.url}/a.tif?signature=1`);
    expect(bare.georeference).toBeUndefined();
    server.files.set('/a.tif.msk', maskTiff());
    server.files.set('/a.tfw', Buffer.from('10\n0\n0\n-10\n500005\n4999995\n'));
    const address = `${server.url}/a.tif?signature=1`;
    const seen = await asScene(address);
    expect([pixel(seen, 19, 9), pixel(seen, 20, 9)]).toEqual([
      [0, 0, 0],
      [0, 1, 2].map((b) => level(20, 9, b)),
    ]);
    expect((await openRaster(address)).georeference?.transform).toEqual({
      a: 10,
      b: 0,
      c: 500000,
      d: 0,
      e: -10,
      f: 5000000,
    });
    // What follows the path goes with every request.
    expect(server.requests.every(({ url }) => url!.endsWith('?signature=1'))).toBe(true);
  });

  it('are not taken from a server that has a page for every address', async () => {
    const page = Buffer.from('<!DOCTYPE html><html><body>Not here</body></html>');
    const pages = await startFileServer();
    pages.files.set('/b.tif', tinyTiff(rgbTiff));
    for (const name of [
      '/b.tif.msk',
      '/b.tif.aux.xml',
      '/b.tfw',
      '/b.tifw',
      '/b.wld',
      '/b_RPC.TXT',
      '/b.prj',
    ])
      pages.files.set(name, page);
    const source = await openRaster(`${pages.url}/b.tif`);
    expect(source.georeference).toBeUndefined();
    expect(pixel(await asScene(`${pages.url}/b.tif`), 0, 0)).toEqual([0, 1, 2].map((b) => level(0, 0, b)));
    await pages.close();
  });

  it('of a mask of another size are named', async () => {
    server.files.set('/c.tif', tinyTiff(rgbTiff));
    server.files.set('/c.tif.msk', maskTiff(8, 8));
    await expect(openRaster(`${server.url}/c.tif`)).rejects.toThrow(/c\.tif\.msk is 8 x 8 pixels/);
  });
});

describe('the orientation of a TIFF', () => {
  const own = { [tags.pixelScale]: [10, 10, 0], [tags.tiepoint]: [0, 0, 0, 500000, 5000000, 0] };
  const orientations = [2, 3, 4, 5, 6, 7, 8];
  /** Where the pixel is that only one place on Earth may have: it is white. */
  const marked = (shorts: Record<number, number[]>, doubles = {}) =>
    tinyTiff({
      width,
      height,
      bands: 3,
      bits: 8,
      sample: (x, y) => (x === 50 && y === 7 ? 255 : 60),
      shorts,
      doubles,
    });

  /** The coordinates of the middle of the marked pixel. */
  async function placeOfMark(path: string): Promise<[number, number]> {
    const source = await openRaster(path);
    const seen = await asScene(path);
    const index = seen.data.indexOf(255) / 3;
    await source.close();
    return mapPosition(
      source.georeference!,
      (index % seen.width) + 0.5,
      Math.floor(index / seen.width) + 0.5,
    );
  }

  it.each(orientations)('%i of a GeoTIFF is ignored, as GDAL and QGIS ignore it', async (orientation) => {
    await writeFile(at('geo.tif'), marked({ 274: [orientation], [tags.geoKeys]: geoKeys(32631) }, own));
    const { width: columns, height: rows } = await openRaster(at('geo.tif'));
    expect([columns, rows]).toEqual([width, height]);
    expect(await placeOfMark(at('geo.tif'))).toEqual([500505, 4999925]);
  });

  it.each(orientations)(
    '%i turns an image with files beside it, and its place with it',
    async (orientation) => {
      await writeFile(at(`world${orientation}.tif`), marked({ 274: [orientation] }));
      await writeFile(at(`world${orientation}.tfw`), '10\n0\n0\n-10\n500005\n4999995\n');
      const [x, y] = await placeOfMark(at(`world${orientation}.tif`));
      expect([x, y]).toEqual([500505, 4999925]);
    },
  );

  it('turns control points of the second degree too', async () => {
    const point = (px: number, py: number) => {
      const [X, Y] = [500000 + 10 * px + 0.01 * px * px, 5000000 - 10 * py + 0.02 * px * py];
      return `<GCP Id="" Pixel="${px}" Line="${py}" X="${X}" Y="${Y}"/>`;
    };
    const points = [0, 20, 40, 60].flatMap((px) => [0, 20, 40].map((py) => point(px, py))).join('');
    const xml = `<PAMDataset><GCPList Projection="EPSG:32631">${points}</GCPList></PAMDataset>`;
    for (const orientation of orientations) {
      const name = `gcp${orientation}.tif`;
      await writeFile(at(name), marked({ 274: [orientation] }));
      await writeFile(at(`${name}.aux.xml`), xml);
      const [x, y] = await placeOfMark(at(name));
      expect(x).toBeCloseTo(500000 + 505 + 0.01 * 50.5 ** 2, 5);
      expect(y).toBeCloseTo(5000000 - 75 + 0.02 * 50.5 * 7.5, 5);
    }
  });
});

describe('further formats', () => {
  it('of JPEG 2000 give the pixels of the same PNG, from files and in memory, to strangers too', async () => {
    const bytes = await jpeg2000({ width, height, bands: 3, bits: 8 }, rgb);
    await writeFile(at('a.j2k'), bytes);
    refuseOtherFormats();
    for (const source of [at('a.j2k'), Uint8Array.from(bytes)]) {
      expect(await readHeader(source)).toMatchObject({ width, height, depth: 8, reader: 'other' });
      expect(Buffer.from((await decodeRgb(source)).data).equals(rgb)).toBe(true);
      const box = { left: 7, top: 9, width: 20, height: 11 };
      expect(pixel(await decodeRgb(source, { box }), 3, 2)).toEqual([0, 1, 2].map((b) => level(10, 11, b)));
    }
    for (const seen of await allWays(at('a.j2k'))) expect(Buffer.from(seen.data).equals(rgb)).toBe(true);
  });

  it('of JPEG 2000 with 16 bits are seen over their full range, or stretched for detectors', async () => {
    const deep = Uint16Array.from({ length: width * height }, (_, at) => 8 * (at % width) + 100);
    await writeFile(
      at('deep.j2k'),
      await jpeg2000({ width, height, bands: 1, bits: 16 }, new Uint8Array(deep.buffer)),
    );
    const [classified, detected, scene] = await allWays(at('deep.j2k'));
    expect(pixel(classified, 59, 0)).toEqual([2, 2, 2]);
    expect(Buffer.from(detected.data).equals(scene.data)).toBe(true);
    expect(new Set(pixel(detected, 59, 0))).toEqual(new Set([255]));
  });

  it.each([
    ['HFA', 'img'],
    ['ENVI', 'dat'],
    ['BMP', 'bmp'],
  ])('of GDAL give them too: %s, with a mask beside it', async (driver, ending) => {
    await writeFile(at('source.tif'), tinyTiff(rgbTiff));
    await convertByGdal(at('source.tif'), at(`b.${ending}`), ['-of', driver]);
    for (const seen of await allWays(at(`b.${ending}`)))
      expect(Buffer.from(seen.data).equals(rgb)).toBe(true);
    // As GDAL marks its masks, and as others may leave them.
    const flags = '<GDALMetadata><Item name="INTERNAL_MASK_FLAGS_1">2</Item></GDALMetadata>';
    const masks = [maskTiff(width, height, { 42112: flags }), maskTiff()];
    for (const mask of masks) {
      await writeFile(at(`b.${ending}.msk`), mask);
      for (const seen of await allWays(at(`b.${ending}`)))
        expect([pixel(seen, 19, 9), pixel(seen, 20, 9)]).toEqual([
          [0, 0, 0],
          [0, 1, 2].map((b) => level(20, 9, b)),
        ]);
    }
  });
});

describe('samples without black and white of their own', () => {
  it.each<[string, Partial<TinyTiff>]>([
    ['floats', { bits: 32, float: true, sample: (x, y, band) => level(x, y, band) / 100 }],
    ['doubles', { bits: 64, float: true, sample: (x, y, band) => level(x, y, band) / 100 }],
    ['32 bits', { bits: 32, sample: (x, y, band) => 1_000_000 * level(x, y, band) }],
    ['signed 16 bits', { bits: 16, kind: 'int', sample: (x, y, band) => 100 * (level(x, y, band) - 120) }],
  ])('are stretched alike everywhere: %s', async (name, layout) => {
    const path = at(`${name}.tif`);
    await writeFile(path, tinyTiff({ ...rgbTiff, ...layout }));
    const header = await readHeader(path);
    expect(header.isStretched).toBe(true);
    const [classified, detected, scene] = await allWays(path);
    expect(Buffer.from(detected.data).equals(scene.data)).toBe(true);
    expect(Buffer.from(classified.data).equals(scene.data)).toBe(true);
    expect([Math.min(...scene.data), Math.max(...scene.data)]).toEqual([0, 255]);
    // A part is stretched as the whole is.
    const part = await decodeRgb(path, { header, box: { left: 5, top: 5, width: 3, height: 3 } });
    expect(pixel(part, 1, 1)).toEqual(pixel(scene, 6, 6));
  });
});

describe('transparency', () => {
  it('is no image for detectors, in evaluation as in scenes', async () => {
    const rgba = Uint8Array.from({ length: 4 * width * height }, (_, index) => {
      const at = index >> 2;
      if (index % 4 === 3) return isMasked(at % width, Math.floor(at / width)) ? 0 : 255;
      return rgb[3 * at + (index % 4)]!;
    });
    await writeFile(
      at('clear.png'),
      await sharp(rgba, { raw: { width, height, channels: 4 } })
        .png()
        .toBuffer(),
    );
    const [classified, detected, scene] = await allWays(at('clear.png'));
    expect(pixel(classified, 3, 3)).toEqual([255, 255, 255]);
    expect(pixel(detected, 3, 3)).toEqual([0, 0, 0]);
    expect(Buffer.from(detected.data).equals(scene.data)).toBe(true);
  });
});
