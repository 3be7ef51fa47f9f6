import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { ImageClassifier } from '../../src/classify/classifier.js';
import { MeanColourRunner, standInParts } from '../helpers/stand-in-runner.js';
import { gradientImage, plain } from '../image/images.js';

const reddish = { r: 120, g: 100, b: 20 };

describe('ImageClassifier', () => {
  it('returns softmax scores, best first', async () => {
    const classifier = new ImageClassifier(standInParts());
    const result = await classifier.classify(await plain(64, 48, reddish).png().toBuffer());
    expect(result.labels.map(({ label }) => label)).toEqual(['red', 'green', 'blue']);
    expect(result.labels[0]!.score).toBeCloseTo(1 / (1 + Math.exp(-2) + Math.exp(-10)), 4);
    expect(result.labels.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
    expect(result).toMatchObject({ width: 64, height: 48, tiles: 1 });
    expect(result.attention).toBeUndefined();
    expect(result.seconds).toBeGreaterThan(0);
  });

  it('limits the labels to topK and refuses a senseless one', async () => {
    const classifier = new ImageClassifier(standInParts());
    const png = await plain(64, 48, reddish).png().toBuffer();
    expect((await classifier.classify(png, { topK: 1 })).labels).toHaveLength(1);
    for (const topK of [0, 1.5, Number.NaN]) {
      await expect(classifier.classify(png, { topK })).rejects.toMatchObject({
        name: 'UserError',
        status: 400,
      });
    }
  });

  it('runs at full resolution, padded to the stride, images smaller than a patch too', async () => {
    const runner = new MeanColourRunner();
    const classifier = new ImageClassifier(standInParts(runner));
    await classifier.classify(await plain(1000, 333, reddish).png().toBuffer());
    await classifier.classify(await plain(3, 1, reddish).png().toBuffer());
    expect(runner.sizes).toEqual([
      [336, 1008],
      [16, 16],
    ]);
  });

  it('gives the same answer in tiles as in one pass', async () => {
    const png = await sharp(await gradientImage(250, 200).png().toBuffer())
      .linear(1, -20)
      .png()
      .toBuffer();
    const classifier = new ImageClassifier(standInParts());
    const whole = await classifier.classify(png, { attention: true });
    const done: string[] = [];
    const tiled = await classifier.classify(png, {
      attention: true,
      pixelsPerPass: 8192,
      onTile: (index, total) => done.push(`${index}/${total}`),
    });
    expect(tiled.tiles).toBe(9);
    expect(done.at(-1)).toBe('9/9');
    // Padding repeats some pixels at the borders, which shifts the means a little.
    for (const [index, { label, score }] of tiled.labels.entries()) {
      expect(label).toBe(whole.labels[index]!.label);
      expect(score).toBeCloseTo(whole.labels[index]!.score, 1);
    }
    expect(tiled.attention).toMatchObject({
      rows: 13,
      columns: 16,
      box: { left: 0, top: 0, width: 256, height: 208 },
    });
  });

  it('resizes for models that ask for it, unless told not to', async () => {
    const png = await plain(500, 600, reddish).png().toBuffer();
    const runner = new MeanColourRunner();
    const stretching = new ImageClassifier(standInParts(runner, { mode: 'stretch' }));
    const stretched = await stretching.classify(png, { attention: true });
    expect(stretched).toMatchObject({ width: 500, height: 600, attention: { rows: 2, columns: 3 } });
    expect(stretched.attention!.box).toEqual({ left: 0, top: 0, width: 500, height: 600 });
    await stretching.classify(png, { fullResolution: true });
    expect(runner.sizes).toEqual([
      [32, 48],
      [608, 512],
    ]);
  });

  it('cuts the centre out for models that ask for it', async () => {
    const runner = new MeanColourRunner();
    const cropping = new ImageClassifier(standInParts(runner, { mode: 'crop', shorterSide: 50 }));
    const centre = await plain(490, 400, { r: 0, g: 255, b: 0 }).png().toBuffer();
    const png = await plain(1000, 500, { r: 255, g: 0, b: 0 })
      .composite([{ input: centre }])
      .png()
      .toBuffer();
    const { labels, attention } = await cropping.classify(png, { attention: true });
    expect(runner.sizes).toEqual([[32, 48]]);
    expect(labels[0]!.label).toBe('green');
    expect(attention!.box).toEqual({ left: 260, top: 90, width: 480, height: 320 });
  });

  it('says where the global token looked', async () => {
    const square = await plain(32, 32, { r: 255, g: 0, b: 0 }).png().toBuffer();
    const image = plain(160, 96, { r: 0, g: 0, b: 0 }).composite([{ input: square, left: 64, top: 32 }]);
    const { attention } = await new ImageClassifier(standInParts()).classify(await image.png().toBuffer(), {
      attention: true,
    });
    const brightest = attention!.data.indexOf(Math.max(...attention!.data));
    expect([Math.floor(brightest / 10), brightest % 10]).toEqual([2, 4]);
  });

  it('stops between tiles when asked to', async () => {
    const controller = new AbortController();
    const runner = new MeanColourRunner();
    const work = new ImageClassifier(standInParts(runner)).classify(
      await plain(512, 512, reddish).png().toBuffer(),
      {
        pixelsPerPass: 16384,
        signal: controller.signal,
        onTile: () => controller.abort(new Error('enough')),
      },
    );
    await expect(work).rejects.toThrow('enough');
    expect(runner.sizes).toHaveLength(1);
  });

  it('passes a failure of the runner on', async () => {
    const runner = { run: () => Promise.reject(new Error('out of memory')), close: async () => undefined };
    const work = new ImageClassifier(standInParts(runner)).classify(
      await plain(512, 512, reddish).png().toBuffer(),
      {
        pixelsPerPass: 16384,
      },
    );
    await expect(work).rejects.toThrow('out of memory');
  });
});
