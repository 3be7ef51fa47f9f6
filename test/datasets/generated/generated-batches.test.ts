import { afterAll, describe, expect, it } from 'vitest';
import type { GeneratedSource } from '../../../datasets/generated/generated-batches.js';
import { generatedBatches } from '../../../datasets/generated/generated-batches.js';
import { generateImage, generatorSchema, tasksOf } from '../../../datasets/generated/generator.js';
import { GeneratorPool } from '../../../datasets/generated/generator-pool.js';
import type { InputForm } from '../../../datasets/generated/image-input.js';
import { writeInput } from '../../../datasets/generated/image-input.js';
import { logitsOf, sliceOf } from '../../../models/label-task.js';

const settings = generatorSchema.parse({ generator: 'megapixel-mnist', canvas: 128, noise: 4 });
const form: InputForm = { height: 64, width: 64, mean: [0.5, 0.5, 0.5], std: [0.5, 0.25, 0.5] };
const pool = new GeneratorPool(2);
afterAll(() => pool.close());

async function collect(batchSize: number) {
  const source: GeneratedSource = { pool, settings, form, batchSize };
  const images: number[] = [];
  const targets: number[] = [];
  const sizes: number[] = [];
  for await (const batch of generatedBatches(source, 'train', { seed: 2, first: 3, count: 7 })) {
    images.push(...batch.image);
    targets.push(...batch.target);
    sizes.push(batch.size);
  }
  return { images, targets, sizes };
}

describe('generatedBatches', () => {
  it('draws the same images whatever the batch', async () => {
    const [one, three] = [await collect(1), await collect(3)];
    expect(three.sizes).toEqual([3, 3, 1]);
    expect(one.targets).toEqual(three.targets);
    expect(one.images).toEqual(three.images);
    expect(one.targets).toHaveLength(7 * 40);
    expect(one.images).toHaveLength(7 * 3 * 64 * 64);
  });

  it('gives the images that are asked for', async () => {
    const { targets } = await collect(4);
    expect(targets.slice(0, 40)).toEqual(generateImage(settings, 2, 'train', 3).target);
    expect(targets.slice(-40)).toEqual(generateImage(settings, 2, 'train', 9).target);
  });
});

describe('writeInput', () => {
  const image = generateImage(settings, 1, 'val', 0).canvas;

  it('normalises each channel by its own statistics', async () => {
    const full = { ...form, height: 128, width: 128 };
    const input = new Float32Array(3 * 128 * 128);
    await writeInput(image, full, input);
    for (const at of [0, image.pixels.indexOf(255), 5000]) {
      const value = image.pixels[at]! / 255;
      expect(input[at]).toBeCloseTo((value - 0.5) / 0.5, 6);
      expect(input[128 * 128 + at]).toBeCloseTo((value - 0.5) / 0.25, 6);
      expect(input[2 * 128 * 128 + at]).toBe(input[at]);
    }
  });

  it('keeps the mean brightness when it shrinks the image', async () => {
    const plain: InputForm = { height: 32, width: 32, mean: [0, 0, 0], std: [1, 1, 1] };
    const input = new Float32Array(3 * 32 * 32);
    await writeInput(image, plain, input);
    const mean = (values: ArrayLike<number>) =>
      Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(input)).toBeCloseTo(mean(image.pixels) / 255, 2);
  });
});

describe('the questions', () => {
  it('have a slice of the logits each', () => {
    const tasks = tasksOf(settings);
    expect(logitsOf(tasks)).toBe(40);
    expect(sliceOf(tasks, 'top')).toEqual({ from: 20, to: 30 });
    expect(sliceOf(tasks, 'multi')).toEqual({ from: 30, to: 40 });
  });

  it('are one for the needle', () => {
    const needle = generatorSchema.parse({ generator: 'needle', canvas: 64 });
    expect(tasksOf(needle).map(({ name }) => name)).toEqual(['needle']);
    expect(generateImage(needle, 0, 'val', 1).target).toHaveLength(2);
  });
});
