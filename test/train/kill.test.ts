import { expect, it } from 'vitest';
import { killTraining } from '../../scripts/kill/kill-training.js';
import { randomStream } from '../../src/base/random.js';

it('a training that is killed and run again ends with the same weights and log', async () => {
  const random = randomStream(4);
  // Not in the first half: it is spent on loading.
  const figures = await killTraining(2, () => 0.5 + 0.5 * random());
  expect(figures.kills).toBe(2);
  expect(figures.steps).toBe(18);
}, 300_000);
