import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { scoreModel } from '../../../src/cli/evaluate/detection.js';
import type { Detector } from '../../../src/detect/detector.js';

it('does not take a way to merge slices without slices', async () => {
  const open = () => Promise.reject(new Error('opened'));
  await expect(scoreModel({ model: 'any', data: 'none', merge: 'sahi' }, open)).rejects.toThrow(
    'give --slice too',
  );
});

it('runs a detector over the images of the labels, saves what it finds, and closes it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vil-score-model-'));
  await sharp({ create: { width: 40, height: 30, channels: 3, background: 'grey' } }).toFile(
    join(folder, 'a.png'),
  );
  const labels = {
    images: [{ id: 3, file_name: 'a.png', width: 40, height: 30 }],
    categories: [{ id: 8, name: 'car' }],
    annotations: [{ image_id: 3, category_id: 8, bbox: [2, 4, 10, 6] }],
  };
  const [data, save] = [join(folder, 'labels.json'), join(folder, 'results.json')];
  await writeFile(data, JSON.stringify(labels));
  let closed = 0;
  const detector: Detector = {
    labels: ['bus', 'car'],
    stride: 16,
    oriented: false,
    detect: async () => ({
      count: 1,
      boxes: Float32Array.of(2, 4, 12, 10),
      scores: Float32Array.of(0.75),
      classes: Int32Array.of(1),
    }),
    close: async () => {
      closed++;
    },
  };
  const scores = await scoreModel({ model: 'any', data, save }, async () => detector);
  expect(scores).toMatchObject({ images: 1, objects: 1, AP: expect.closeTo(1, 9) });
  expect(JSON.parse(await readFile(save, 'utf8'))).toEqual([
    { image_id: 3, category_id: 8, bbox: [2, 4, 10, 6], score: 0.75 },
  ]);
  expect(closed).toBe(1);
  await rm(folder, { recursive: true });
});
