import { expect, it } from 'vitest';
import type { SampleRecipe } from '../../datasets/sample.js';
import { SamplePool } from '../../datasets/sample-pool.js';
import { UserError } from '../../src/base/errors.js';

const recipe: SampleRecipe = {
  height: 4,
  width: 4,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  interpolation: 'bicubic',
};

it('tells images that cannot be read from faults of the program', async () => {
  const pool = new SamplePool(1);
  await expect(pool.load('absent.jpg', recipe, [])).rejects.toThrow(UserError);
  const fault = pool.load('absent.jpg', undefined as unknown as SampleRecipe, []);
  await expect(fault).rejects.not.toBeInstanceOf(UserError);
  await pool.close();
});

it('answers nothing after it was closed', async () => {
  const pool = new SamplePool(1);
  const pending = pool.load('absent.jpg', recipe, []);
  const settled = expect(pending).rejects.toThrow();
  await pool.close();
  await settled;
  await expect(pool.load('absent.jpg', recipe, [])).rejects.toThrow(/closed/);
});
