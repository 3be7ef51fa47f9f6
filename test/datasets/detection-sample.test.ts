import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainingWindow } from '../../datasets/annotations/windows.js';
import type { DetectionRecipe, DetectionSample } from '../../datasets/detection-sample.js';
import { loadDetectionSample, withPartners } from '../../datasets/detection-sample.js';
import { ImageCache } from '../../datasets/image-cache.js';
import { SamplePool } from '../../datasets/sample-pool.js';
import { UserError } from '../../src/base/errors.js';
import { randomStream } from '../../src/base/random.js';
import type { AnnotatedObject, BoxEdges } from '../../src/boxes/annotations.js';
import { cornersOfBox } from '../../src/boxes/rotated-box.js';
import { litBox } from './marked-images.js';

const width = 200;
const height = 160;
const boxes: readonly BoxEdges[] = [
  [20, 30, 36, 40],
  [90, 60, 110, 92],
  [150, 100, 162, 128],
  [60, 120, 84, 132],
];
let folder: string;
let window: TrainingWindow;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vil-detection-'));
  const data = new Uint8Array(3 * width * height);
  for (const [left, top, right, bottom] of boxes) {
    for (let y = top; y < bottom; y++) data.fill(255, 3 * (y * width + left), 3 * (y * width + right));
  }
  const path = join(folder, 'boxes.png');
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
  const objects = boxes.map((box, label): AnnotatedObject => ({ box, label }));
  window = {
    image: { path, width, height, objects },
    window: { left: 40, top: 20, width: 128, height: 128 },
  };
});
afterAll(() => rm(folder, { recursive: true }));

const plain: DetectionRecipe = { width: 128, height: 128, mean: [0, 0, 0], std: [1, 1, 1] };
const symmetry = { horizontalFlip: true, verticalFlip: true, rotations: true };
const moving: DetectionRecipe = { ...plain, augment: { symmetry, scale: [0.7, 1.6], rotation: 0 } };

/** Distances of the edges of a sample's boxes from those of the lit pixels under them: left, top, right, bottom. */
function missesOf({ image, boxes: found }: DetectionSample): number[] {
  const planes = { width: 128, height: 128, data: image };
  return [...found].map((edge, index) => {
    const at = index - (index % 4);
    const box = [...found.subarray(at, at + 4)] as unknown as BoxEdges;
    const lit = litBox(planes, [box[0] - 3, box[1] - 3, box[2] + 3, box[3] + 3]);
    return lit[index - at]! - edge;
  });
}

describe('loadDetectionSample', () => {
  it('shows the window as it is without augmentation, boxes in its pixels', async () => {
    const sample = await loadDetectionSample(window, plain, []);
    expect([...sample.labels]).toEqual([1, 2, 3]);
    expect([...sample.boxes]).toEqual([50, 40, 70, 72, 110, 80, 122, 108, 20, 100, 44, 112]);
    expect([...sample.ignored]).toEqual([]);
    expect(missesOf(sample).every((miss) => miss === 0)).toBe(true);
  });

  it('scales to what the recipe says and pads with the mean', async () => {
    const recipe = { ...plain, width: 96, height: 96, scale: 0.5, mean: [0.2, 0.4, 0.6] };
    const sample = await loadDetectionSample(
      { ...window, window: { left: 0, top: 0, width, height } },
      recipe,
      [],
    );
    expect([...sample.boxes].slice(0, 4)).toEqual([10, 15, 18, 20]);
    expect(sample.labels.length).toBe(4);
    const lastRow = 96 * 95;
    for (const channel of [0, 1, 2]) expect(sample.image[channel * 96 * 96 + lastRow]).toBeCloseTo(0, 2);
  });

  it('stretches the whole window to the input, whatever its aspect ratio', async () => {
    const whole = { ...window, window: { left: 0, top: 0, width, height } };
    const recipe = { ...plain, width: 100, height: 160, scale: 'stretch' as const };
    const sample = await loadDetectionSample(whole, recipe, []);
    // Half as wide, as high as before.
    expect([...sample.boxes].slice(0, 8)).toEqual([10, 30, 18, 40, 45, 60, 55, 92]);
    expect(litBox({ width: 100, height: 160, data: sample.image }, [40, 50, 60, 100])).toEqual([
      45, 60, 55, 92,
    ]);
  });

  it('moves pixels and boxes together, and gives the same sample for the same keys', async () => {
    const misses: number[] = [];
    for (let key = 0; key < 40; key++) {
      const sample = await loadDetectionSample(window, moving, [1, key]);
      misses.push(...missesOf(sample));
      if (key < 3) expect(await loadDetectionSample(window, moving, [1, key])).toEqual(sample);
    }
    expect(misses.length).toBeGreaterThan(240);
    // Half a pixel, and half one of the image magnified; no shift on average, for any edge.
    for (const miss of misses) expect(Math.abs(miss)).toBeLessThan(0.5 + 1.6 / 2);
    for (const edge of [0, 1, 2, 3]) {
      const own = misses.filter((_, index) => index % 4 === edge);
      expect(Math.abs(own.reduce((sum, miss) => sum + miss, 0) / own.length)).toBeLessThan(0.15);
    }
  });

  it('makes a mosaic whose boxes lie on their objects', async () => {
    const windows = Array.from({ length: 4 }, () => window);
    let objects = 0;
    for (let key = 0; key < 30; key++) {
      const mosaic = withPartners(windows, 0, 1, randomStream(key));
      expect(mosaic.partners).toHaveLength(3);
      const sample = await loadDetectionSample(mosaic, moving, [2, key]);
      // Neighbours in the mosaic may touch: only look for boxes that miss their own lit pixels.
      for (let at = 0; at < sample.boxes.length; at += 4) {
        const box = [...sample.boxes.subarray(at, at + 4)] as unknown as BoxEdges;
        const lit = litBox({ width: 128, height: 128, data: sample.image }, box);
        for (const edge of [0, 1, 2, 3]) expect(Math.abs(lit[edge]! - box[edge]!)).toBeLessThan(1.01);
      }
      objects += sample.labels.length;
    }
    expect(objects).toBeGreaterThan(30);
  });

  it('turns oriented objects with their pixels', async () => {
    const objects = boxes.map(([left, top, right, bottom], label): AnnotatedObject => {
      return {
        box: [left, top, right, bottom],
        polygon: [left, top, right, top, right, bottom, left, bottom],
        label,
      };
    });
    const oriented = { ...window, image: { ...window.image, objects } };
    const recipe = {
      ...moving,
      oriented: true,
      augment: { ...moving.augment!, rotation: 180, scale: [1, 1] as const },
    };
    for (let key = 0; key < 20; key++) {
      const sample = await loadDetectionSample(oriented, recipe, [3, key]);
      const planes = { width: 128, height: 128, data: sample.image };
      for (let at = 0; at < sample.labels.length; at++) {
        const [x, y, length, breadth] = sample.boxes.subarray(4 * at, 4 * at + 4) as unknown as [
          number,
          number,
          number,
          number,
        ];
        const [left, top, right, bottom] = boxes[sample.labels[at]!]!;
        expect(length).toBeCloseTo(Math.max(right - left, bottom - top), 3);
        const corners = cornersOfBox({ x, y, length, breadth, angle: sample.angles![at]! });
        // Just inside the four corners it is bright, just outside dark.
        for (const corner of [0, 1, 2, 3]) {
          for (const [factor, bright] of [
            [0.75, true],
            [1.35, false],
          ] as const) {
            const px = Math.floor(x + factor * (corners[2 * corner]! - x));
            const py = Math.floor(y + factor * (corners[2 * corner + 1]! - y));
            if (px < 0 || py < 0 || px > 127 || py > 127) continue;
            expect(planes.data[py * 128 + px]! > 0.5).toBe(bright);
          }
        }
      }
    }
  });

  it('refuses an image of another size than its labels are for', async () => {
    const wrong = { ...window, image: { ...window.image, width: 210 } };
    await expect(loadDetectionSample(wrong, plain, [])).rejects.toThrow(
      /200 x 160 pixels, but its labels are for 210/,
    );
  });

  it('gives the same in a worker thread, and tells unreadable images from faults', async () => {
    const pool = new SamplePool(2);
    const samples = await Promise.all([7, 8, 9].map((key) => pool.loadDetection(window, moving, [key])));
    for (const [index, key] of [7, 8, 9].entries()) {
      expect(samples[index]).toEqual(await loadDetectionSample(window, moving, [key]));
    }
    const absent = { ...window, image: { ...window.image, path: 'absent.jpg' } };
    await expect(pool.loadDetection(absent, plain, [])).rejects.toThrow(UserError);
    await pool.close();
  });
});

describe('ImageCache', () => {
  it('holds no more than it may, and reads the same from large images part by part', async () => {
    const bytes = 3 * width * height;
    const box = { left: 10, top: 20, width: 50, height: 40 };
    const [small, large] = [new ImageCache(1.9 * bytes), new ImageCache(10 * bytes)];
    const size = { width, height };
    const cut = await small.read(window.image.path, size, box);
    expect(small.bytes).toBe(0);
    expect([...(await large.read(window.image.path, size, box)).data]).toEqual([...cut.data]);
    expect(large.bytes).toBe(bytes);
    const copies = await Promise.all(
      [0, 1, 2, 3].map(async (index) => {
        const path = join(folder, `copy-${index}.png`);
        await sharp(window.image.path).toFile(path);
        return path;
      }),
    );
    const few = new ImageCache(2.5 * bytes);
    for (const path of copies) await few.read(path, size, box);
    expect(few.bytes).toBe(2 * bytes);
    await expect(few.read('absent.png', size, box)).rejects.toThrow(UserError);
    expect(few.bytes).toBeLessThanOrEqual(2.5 * bytes);
  });
});
