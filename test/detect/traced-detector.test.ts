import { describe, expect, it } from 'vitest';
import { initialDetectorWeights } from '../../models/initialise-detector.js';
import type { ModelFolder } from '../../src/checkpoint/model-folder.js';
import { TracedDetector } from '../../src/detect/traced-detector.js';
import { stretched } from '../../src/image/stretch.js';
import { smallDetectors } from '../models/detector-configs.js';

const config = smallDetectors['one stage'];
const folder: ModelFolder = {
  path: 'small',
  config,
  labels: ['square', 'circle'],
  weights: initialDetectorWeights(config, 3),
  preprocessing: {
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    interpolation: 'bicubic',
    imageSize: [32, 32],
    resize: { mode: 'none' },
  },
};

describe('TracedDetector', () => {
  it('finds boxes within a tile of any size, best first, and closes', async () => {
    const detector = await TracedDetector.open(folder, { threads: 1 });
    expect([detector.stride, detector.oriented]).toEqual([16, false]);
    const [width, height] = [37, 21];
    const data = Uint8Array.from({ length: 3 * width * height }, (_, index) => (7 * index) % 256);
    const found = await detector.detect({ data, width, height }, { threshold: 0 });
    expect(found.count).toBeGreaterThan(0);
    expect([...found.scores]).toEqual([...found.scores].sort((a, b) => b - a));
    expect(found.boxes.every((edge, at) => edge >= 0 && edge <= [width, height][at % 2]!)).toBe(true);
    expect((await detector.detect({ data, width, height }, { threshold: 1 })).count).toBe(0);
    await detector.close();
    await expect(detector.detect({ data, width, height })).rejects.toThrow('closed');
  });

  it('shows a tile stretched where its preprocessing says so, and finds boxes in the tile’s pixels', async () => {
    const preprocessing = { ...folder.preprocessing, resize: { mode: 'stretch' as const } };
    const stretching = await TracedDetector.open({ ...folder, preprocessing }, { threads: 1 });
    const plain = await TracedDetector.open(folder, { threads: 1 });
    const [width, height] = [96, 48];
    const data = Uint8Array.from({ length: 3 * width * height }, (_, index) => (index >> 6) % 256);
    const found = await stretching.detect({ data, width, height }, { threshold: 0 });
    const same = await plain.detect(await stretched({ data, width, height }, 32, 32, 'bicubic'), {
      threshold: 0,
    });
    expect(found.count).toBeGreaterThan(0);
    expect(found.scores).toEqual(same.scores);
    expect([...found.boxes]).toEqual(
      [...same.boxes].map((edge, at) => Math.fround(edge * (at % 2 === 0 ? 3 : 1.5))),
    );
    await Promise.all([stretching.close(), plain.close()]);
  });

  it('takes the memory that it is given, and no other', async () => {
    const detector = await TracedDetector.open(folder, { threads: 1 });
    const data = Uint8Array.from({ length: 3 * 64 * 32 }, (_, index) => (7 * index) % 256);
    const [kept, given] = [data.slice(), data.slice()];
    const found = await detector.detect({ data: kept, width: 64, height: 32 }, { threshold: 0 });
    const same = { data: given, width: 64, height: 32 };
    expect(await detector.detect(same, { threshold: 0, isGiven: true })).toEqual(found);
    expect([kept.length, given.length]).toEqual([data.length, 0]);
    await detector.close();
  });

  it('takes for duplicates what its configuration says', async () => {
    const data = Uint8Array.from({ length: 3 * 32 * 32 }, (_, index) => (7 * index) % 256);
    const countAt = async (iou: number) => {
      const own = { ...folder, config: { ...config, suppression: { iou, vote: 1 } } };
      const detector = await TracedDetector.open(own, { threads: 1 });
      const { count } = await detector.detect({ data, width: 32, height: 32 }, { threshold: 0 });
      await detector.close();
      return count;
    };
    const [strict, usual, lax] = [await countAt(0.1), await countAt(0.5), await countAt(1)];
    expect(strict).toBeLessThan(usual);
    expect(usual).toBeLessThan(lax);
  });

  it('refuses to look at the middle of an image only', async () => {
    const preprocessing = { ...folder.preprocessing, resize: { mode: 'crop' as const, shorterSide: 40 } };
    await expect(TracedDetector.open({ ...folder, preprocessing })).rejects.toThrow(/has to see all of it/);
  });

  it('refuses a classifier', async () => {
    const classifier = { ...folder, config: { ...config.backbone, classes: 2 } };
    await expect(TracedDetector.open(classifier)).rejects.toThrow(/small is a classifier/);
  });
});
