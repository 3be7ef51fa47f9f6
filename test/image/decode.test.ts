import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Box } from '../../src/boxes/box.js';
import { decodeRgb } from '../../src/image/decode.js';
import { readHeader } from '../../src/image/header.js';
import type { ImageSource } from '../../src/image/source.js';
import { forgedPng, gradient, gradientImage, noisyJpeg, plain, sampleFormat, tiff } from './images.js';

const red = { r: 200, g: 50, b: 20 };

/** The colour of the pixel in the middle, after checking that the image has its full size. */
async function middle(source: ImageSource, width: number, height: number): Promise<number[]> {
  const image = await decodeRgb(source);
  expect([image.width, image.height, image.data.length]).toEqual([width, height, width * height * 3]);
  const at = 3 * ((height >> 1) * width + (width >> 1));
  return [...image.data.subarray(at, at + 3)];
}

function expectNear(colour: readonly number[], expected: readonly number[], tolerance: number): void {
  for (const [channel, value] of colour.entries()) {
    expect(Math.abs(value - expected[channel]!), `${colour} for ${expected}`).toBeLessThanOrEqual(tolerance);
  }
}

it.each(['png', 'jpeg', 'webp', 'tiff'] as const)(
  'reads a %s that was replaced anew, in parts too',
  async (format) => {
    const folder = await mkdtemp(join(tmpdir(), 'replaced-'));
    const path = join(folder, `latest.${format}`);
    for (const red of [255, 0]) {
      await plain(64, 64, { r: red, g: 9, b: 9 }).toFormat(format).toFile(path);
      const box = { left: 3, top: 3, width: 4, height: 4 };
      for (const options of [{}, { box }]) expectNear([(await decodeRgb(path, options)).data[0]!], [red], 4);
    }
    await rm(folder, { recursive: true });
  },
);

describe('formats', () => {
  it.each([
    ['jpeg', 4],
    ['png', 0],
    ['webp', 4],
    ['tiff', 4],
    ['avif', 6],
    ['gif', 1],
  ] as const)('decodes %s', async (format, tolerance) => {
    expectNear(
      await middle(await plain(40, 30, red).toFormat(format).toBuffer(), 40, 30),
      [200, 50, 20],
      tolerance,
    );
  });

  it('decodes SVG', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30" fill="#c83214"/></svg>';
    expect(await middle(Buffer.from(svg), 40, 30)).toEqual([200, 50, 20]);
  });

  it('resolves palettes', async () => {
    expect(await middle(await plain(40, 30, red).png({ palette: true }).toBuffer(), 40, 30)).toEqual([
      200, 50, 20,
    ]);
  });

  it('repeats grey in three channels', async () => {
    const grey = await plain(40, 30, { r: 90, g: 90, b: 90 }).toColourspace('b-w').png().toBuffer();
    expect(await middle(grey, 40, 30)).toEqual([90, 90, 90]);
  });

  it('takes the first frame of an animation and the first page of a document', async () => {
    const colours = [50, 150].map((r) => plain(8, 6, { r, g: 0, b: 0 }).png().toBuffer());
    const frames = await Promise.all(colours);
    for (const format of ['gif', 'tiff', 'webp'] as const) {
      const animated = await sharp(frames, { join: { animated: true } })
        .toFormat(format, { lossless: true })
        .toBuffer();
      expectNear(await middle(animated, 8, 6), [50, 0, 0], 2);
    }
  });
});

describe('colours', () => {
  it.each(['png', 'tiff'] as const)('scales 16 bits over their full range: %s', async (format) => {
    const samples = Uint16Array.from({ length: 20 * 10 * 3 }, (_, index) => [65535, 32768, 256][index % 3]!);
    const image = sharp(samples, { raw: { width: 20, height: 10, channels: 3 } }).toColourspace('rgb16');
    expect(await middle(await image.toFormat(format, { compression: 'lzw' }).toBuffer(), 20, 10)).toEqual([
      255, 128, 1,
    ]);
  });

  it('scales 16-bit grey over its full range', async () => {
    const grey = sharp(new Uint16Array(200).fill(0x8000), { raw: { width: 20, height: 10, channels: 1 } });
    expect(await middle(await grey.toColourspace('grey16').png().toBuffer(), 20, 10)).toEqual([
      128, 128, 128,
    ]);
  });

  it.each(['srgb', 'rgb16'])('converts a Display P3 image to sRGB: %s', async (space) => {
    const p3 = await plain(40, 30, red).toColourspace(space).withIccProfile('p3').png().toBuffer();
    expectNear(await middle(p3, 40, 30), [200, 50, 20], 1);
  });

  it('converts CMYK, with and without a profile', async () => {
    const cmyk = plain(40, 30, red).toColourspace('cmyk');
    expectNear(
      await middle(await cmyk.clone().withIccProfile('cmyk').jpeg().toBuffer(), 40, 30),
      [200, 50, 20],
      5,
    );
    expectNear(await middle(await cmyk.clone().jpeg().toBuffer(), 40, 30), [200, 50, 20], 25);
  });

  it.each(['srgb', 'rgb16'])('lays transparency over white: %s', async (space) => {
    const half = await plain(40, 30, { ...red, alpha: 0.5 })
      .toColourspace(space)
      .png()
      .toBuffer();
    expectNear(await middle(half, 40, 30), [228, 153, 138], 1);
  });

  it('takes the first three of many bands, whatever the rest may be', async () => {
    for (const bands of [3, 4, 8]) {
      const samples = Uint16Array.from(
        { length: 20 * 10 * bands },
        (_, index) => [65535, 32768, 256][index % bands] ?? 0,
      );
      const bytes = tiff({
        width: 20,
        height: 10,
        bands,
        bits: 16,
        format: sampleFormat.unsigned,
        photometric: 1,
        samples,
      });
      expect((await readHeader(bytes)).colourBands).toBeDefined();
      expect(await middle(bytes, 20, 10)).toEqual([255, 128, 1]);
    }
  });

  it('takes no band for alpha in RGB with two more bands', async () => {
    const samples = Uint8Array.from({ length: 20 * 10 * 5 }, (_, index) => [10, 20, 30, 0, 0][index % 5]!);
    const bytes = tiff({
      width: 20,
      height: 10,
      bands: 5,
      bits: 8,
      format: sampleFormat.unsigned,
      photometric: 2,
      samples,
    });
    expect(await middle(bytes, 20, 10)).toEqual([10, 20, 30]);
  });
});

describe('orientation and parts', () => {
  const orientations = [1, 2, 3, 4, 5, 6, 7, 8];

  it.each(orientations)(
    'cuts the same part out of the file as out of the upright image: %i',
    async (orientation) => {
      const bytes = await gradientImage(16, 12).withMetadata({ orientation }).png().toBuffer();
      const upright = await decodeRgb(bytes);
      expect([upright.width, upright.height]).toEqual(orientation < 5 ? [16, 12] : [12, 16]);
      const box: Box = { left: 2, top: 5, width: 7, height: 4 };
      const part = await decodeRgb(bytes, { box });
      const expected = sharp(upright.data, {
        raw: { width: upright.width, height: upright.height, channels: 3 },
      }).extract(box);
      expect([part.width, part.height]).toEqual([7, 4]);
      expect(Buffer.from(part.data)).toEqual(await expected.raw().toBuffer());
    },
  );

  it('puts the top left pixel of a phone image at the top right', async () => {
    const bytes = await gradientImage(16, 12).withMetadata({ orientation: 6 }).png().toBuffer();
    const { data, width } = await decodeRgb(bytes);
    expect([...data.subarray(3 * (width - 1), 3 * width)]).toEqual([0, 0, 77]);
  });

  it('resizes a part', async () => {
    const bytes = await gradientImage(100, 80).png().toBuffer();
    const box = { left: 20, top: 10, width: 40, height: 20 };
    for (const interpolation of ['bicubic', 'bilinear'] as const) {
      const { data, width, height } = await decodeRgb(bytes, {
        box,
        resize: { width: 20, height: 20, interpolation },
      });
      expect([width, height]).toEqual([20, 20]);
      const middleRed = data[3 * (10 * 20 + 10)]!;
      expect(Math.abs(middleRed - 41)).toBeLessThanOrEqual(1);
    }
  });

  it('leaves pixels alone otherwise', async () => {
    const { data } = await decodeRgb(await gradientImage(50, 40).png().toBuffer());
    expect(Buffer.from(data)).toEqual(Buffer.from(gradient(50, 40)));
  });
});

describe('bad input', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'decode-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const rejection = (source: ImageSource) => expect(decodeRgb(source)).rejects;

  it('names a missing file, a folder and an empty file', async () => {
    await rejection(join(folder, 'no.jpg')).toThrow(/cannot read .*no\.jpg: there is no such file/);
    await rejection(folder).toThrow(/is a folder/);
    await writeFile(join(folder, 'empty.jpg'), '');
    await rejection(join(folder, 'empty.jpg')).toThrow(/empty\.jpg is empty/);
    await rejection(new Uint8Array(0)).toThrow(/is empty/);
  });

  it('does not open a device', async () => {
    await rejection('/dev/null').toThrow(/not an ordinary file/);
  });

  it('tells a text file from an image, whatever its name', async () => {
    await writeFile(join(folder, 'text.tif'), 'Dear image,');
    await rejection(join(folder, 'text.tif')).toMatchObject({ name: 'UserError', status: 415 });
  });

  it('refuses images that are cut short', async () => {
    const jpeg = await noisyJpeg(300, 200);
    for (const length of [100, jpeg.length >> 1, jpeg.length - 30]) {
      await rejection(jpeg.subarray(0, length)).toThrow(/damaged or cut short/);
    }
    const png = await sharp(jpeg).png().toBuffer();
    await rejection(png.subarray(0, png.length >> 1)).toMatchObject({ name: 'UserError', status: 422 });
  });

  it('refuses a forged header before decoding, with the size and the limit', async () => {
    await rejection(forgedPng(400_000, 250_000)).toThrow(
      /400000 x 250000 pixels, 100,000 megapixels; the limit is 1,074/,
    );
    await rejection(forgedPng(400_000, 250_000)).toMatchObject({ status: 413 });
  });
});
