import { describe, expect, it } from 'vitest';
import { planTraining } from '../../src/train/plan.js';
import { tinyConfig } from './tiny-run.js';

describe('planTraining', () => {
  it('counts whole optimiser steps and turns epochs of warm-up into steps', () => {
    const plan = planTraining(tinyConfig('data', 'out'), 43); // 4 images x 2 batches a step, 3 epochs
    expect(plan).toMatchObject({ stepsPerEpoch: 5, totalSteps: 15 });
    expect(plan.schedule).toMatchObject({ peak: 0.03, warmupSteps: 3, totalSteps: 15 });
  });

  it('says what to lower when the images do not fill one step', () => {
    expect(() => planTraining(tinyConfig('data', 'out'), 7)).toThrow(
      /7 training images.*step of 8.*batchSize/,
    );
  });
});
