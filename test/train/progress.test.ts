import { describe, expect, it } from 'vitest';
import { formatDuration, progressLine, smoothedSeconds } from '../../src/train/progress.js';

describe('progress', () => {
  it.each([
    [42.4, '42 s'],
    [60, '1 min 00 s'],
    [750, '12 min 30 s'],
    [3599.6, '1 h 00 min'],
    [3900, '1 h 05 min'],
  ])('writes %d seconds as %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it('estimates the time left from the recent pace', () => {
    const line = progressLine({
      step: 10,
      totalSteps: 40,
      epoch: 0,
      epochs: 2,
      loss: 1.5,
      secondsPerStep: 2,
    });
    expect(line).toBe('epoch 1/2  step 10/40  loss 1.500  2.00 s/step  1 min 00 s left');
    expect(smoothedSeconds(undefined, 3)).toBe(3);
    expect(smoothedSeconds(2, 3)).toBeCloseTo(2.1);
  });
});
