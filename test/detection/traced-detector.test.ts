import { describe, expect, it } from 'vitest';
import { initialDetectorWeights } from '../../models/initialise-detector.js';
import type { ModelFolder } from '../../src/checkpoint/model-folder.js';
import { TracedDetector } from '../../src/detection/traced-detector.js';
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

  it('refuses a classifier', async () => {
    const classifier = { ...folder, config: { ...config.backbone, classes: 2 } };
    await expect(TracedDetector.open(classifier)).rejects.toThrow(/small is a classifier/);
  });
});
