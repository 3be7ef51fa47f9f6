import { expect, it } from 'vitest';
import { killTraining } from '../../scripts/kill/kill-training.js';
import { randomStream } from '../../src/base/random.js';

it('a training that is killed and run again ends with the same weights and log', async () => {
  const random = randomStream(4);
  const figures = await killTraining(3, random);
  expect(figures.kills).toBe(3);
  expect(figures.killsWithSteps.some).toBeGreaterThanOrEqual(1);
  expect(figures.steps).toBe(18);
}, 300_000);
