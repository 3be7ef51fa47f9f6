import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Classification, ModelRunner } from '../../src/classify/classifier.js';
import { ImageClassifier } from '../../src/classify/classifier.js';
import { decodeRgb } from '../../src/image/decode.js';
import { readHeader } from '../../src/image/header.js';
import type { Preprocessing } from '../../src/image/preprocessing.js';
import { MeanColourRunner, standInParts } from '../helpers/stand-in-runner.js';
import { noisyJpeg } from './images.js';
import type { TinyTiff } from './raster/tiny-tiff.js';
import { tags, tinyTiff } from './raster/tiny-tiff.js';

const [width, height] = [200, 152];

/** Every channel differs, and near infrared takes all values: what took it for transparency would change every pixel. */
function level(x: number, y: number, band: number): number {
  return [(x * 5 + y) % 256, (y * 3 + 40) % 256, (x * y) % 199, (x * 7 + y * 11) % 256][band]!;
}

const fourBands: TinyTiff = { width, height, bands: 4, bits: 8, sample: level };
const rgbPixels = Uint8Array.from({ length: width * height * 3 }, (_, index) => {
  const pixel = Math.floor(index / 3);
  return level(pixel % width, Math.floor(pixel / width), index % 3);
});
const rgbImage = () => sharp(rgbPixels, { raw: { width, height, channels: 3 } });

/** What a model that resizes in a way is given of an image, and what it answers. */
async function given(bytes: Uint8Array, resize: Preprocessing['resize']) {
  const inputs: string[] = [];
  const inner = new MeanColourRunner();
  const runner: ModelRunner = {
    run(input) {
      const { data, width, height } = {
        ...input,
        data: new Uint8Array(input.image.buffer, input.image.byteOffset, input.image.byteLength),
      };
      inputs.push(`${width} x ${height}: ${createHash('sha256').update(data).digest('hex')}`);
      return inner.run(input);
    },
    close: () => inner.close(),
  };
  const answer: Classification = await new ImageClassifier(standInParts(runner, resize)).classify(bytes);
  return { inputs, labels: answer.labels };
}

const ways: [string, Preprocessing['resize']][] = [
  ['not at all', { mode: 'none' }],
  ['by stretching', { mode: 'stretch' }],
  ['by cropping', { mode: 'crop', shorterSide: 50 }],
];

describe.each(ways)('a model that resizes %s', (_, resize) => {
  it.each<[string, Partial<TinyTiff>]>([
    ['ExtraSamples 0', { shorts: { [tags.extraSamples]: [0] } }],
    ['ExtraSamples absent', {}],
    ['ExtraSamples 0, in tiles', { tile: 64, shorts: { [tags.extraSamples]: [0] } }],
    ['ExtraSamples absent, each band apart', { isPlanar: true }],
  ])('classifies RGB and near infrared as the RGB alone: %s', async (_, layout) => {
    const expected = await given(await rgbImage().png().toBuffer(), resize);
    expect(await given(tinyTiff({ ...fourBands, ...layout }), resize)).toEqual(expected);
  });

  it('does so with 16 bits too', async () => {
    const deep = { ...fourBands, bits: 16, sample: (...at: [number, number, number]) => 257 * level(...at) };
    const expected = await given(tinyTiff({ ...deep, bands: 3 }), resize);
    for (const shorts of [{ [tags.extraSamples]: [0] }, {}] as TinyTiff['shorts'][])
      expect(await given(tinyTiff({ ...deep, shorts }), resize)).toEqual(expected);
  });

  it('is given the same by PNG, lossless WebP and TIFF', async () => {
    const expected = await given(await rgbImage().png().toBuffer(), resize);
    expect(await given(await rgbImage().webp({ lossless: true }).toBuffer(), resize)).toEqual(expected);
    expect(await given(await rgbImage().tiff({ compression: 'lzw' }).toBuffer(), resize)).toEqual(expected);
    expect(await given(await rgbImage().tiff({ compression: 'deflate' }).toBuffer(), resize)).toEqual(
      expected,
    );
  });

  it.each([
    [640, 480],
    [1333, 1001],
  ])('is given the same by a JPEG as by its pixels in a PNG: %i x %i', async (columns, rows) => {
    const jpeg = await noisyJpeg(columns, rows);
    const png = await sharp(jpeg).png().toBuffer();
    expect(await given(jpeg, resize)).toEqual(await given(png, resize));
  });
});

describe('a TIFF that is read block by block', () => {
  const orientations = [1, 2, 3, 4, 5, 6, 7, 8];
  const box = { left: 30, top: 71, width: 64, height: 50 };

  it.each(orientations)('is turned as a PNG of EXIF orientation %i is', async (orientation) => {
    const png = await rgbImage().withMetadata({ orientation }).png().toBuffer();
    const whole = await decodeRgb(png);
    const part = await decodeRgb(png, { box });
    for (const layout of [{ rows: 10 }, { tile: 64 }, { tile: 32, isPlanar: true }]) {
      const tiff = tinyTiff({ ...fourBands, ...layout, shorts: { 274: [orientation] } });
      const header = await readHeader(tiff);
      expect(header.reader).toBe('tiff');
      expect([header.width, header.height]).toEqual([whole.width, whole.height]);
      expectSame(await decodeRgb(tiff), whole);
      expectSame(await decodeRgb(tiff, { box }), part);
    }
  });
});

type Pixels = Awaited<ReturnType<typeof decodeRgb>>;

function expectSame(image: Pixels, expected: Pixels): void {
  expect([image.width, image.height]).toEqual([expected.width, expected.height]);
  expect(Buffer.compare(image.data, expected.data)).toBe(0);
}
