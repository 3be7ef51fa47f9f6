import { describe, expect, it } from 'vitest';
import type { ScoredInput } from '../../../src/train/detection/score.js';
import { orientedAveragePrecision, scoreUpright } from '../../../src/train/detection/score.js';

const upright = (...box: number[]) => Float32Array.from(box);

/** An object of 20 x 10 pixels and what was found of it. @param angle of both, in radians */
function turnedInput(angle: number, found: { box: number[]; angle: number }): ScoredInput {
  return {
    shown: {
      boxes: upright(50, 50, 20, 10),
      angles: Float32Array.of(angle),
      labels: Int32Array.of(1),
      ignored: new Float32Array(0),
    },
    found: {
      count: 1,
      boxes: upright(...found.box),
      angles: Float32Array.of(found.angle),
      scores: Float32Array.of(0.9),
      classes: Int32Array.of(0),
    },
  };
}

describe('orientedAveragePrecision', () => {
  it('is the share of the overlaps from 0.5 to 0.95 that a box exceeds, whatever its class', () => {
    const at = (box: number[], angle = 0.3) => orientedAveragePrecision([turnedInput(0.3, { box, angle })]);
    expect(at([50, 50, 20, 10])).toBe(1);
    // Overlaps of 0.8, more than six of the ten, and of 0.4.
    expect(at([50, 50, 20, 8.02])).toBeCloseTo(0.7, 6);
    expect(at([50, 50, 8, 10])).toBe(0);
    expect(at([50, 50, 10, 20], 0.3 + Math.PI / 2)).toBe(1);
  });

  it('tells right angles from squares, which an overlap of 0.5 does not', () => {
    const square = { box: [50, 50, 15, 15], angle: 1.1 };
    const score = orientedAveragePrecision([turnedInput(0.3, square)]);
    expect(score).toBeGreaterThan(0);
    expect(score).toBeLessThan(0.35);
  });

  it('is 0 where there is nothing to find', () => {
    expect(orientedAveragePrecision([])).toBe(0);
  });
});

describe('scoreUpright', () => {
  it('looks at an overlap of 0.5 only', () => {
    const at = (...box: number[]) =>
      scoreUpright([
        {
          shown: { boxes: upright(0, 0, 20, 10), labels: Int32Array.of(1), ignored: new Float32Array(0) },
          found: {
            count: 1,
            boxes: upright(...box),
            scores: Float32Array.of(0.9),
            classes: Int32Array.of(0),
          },
        },
      ]);
    expect(at(0, 0, 20, 6).AP50).toBeCloseTo(1, 6);
    expect(at(0, 0, 20, 6).operatingPoint).toMatchObject({ threshold: expect.closeTo(0.9, 6), recall: 1 });
    expect(at(0, 0, 20, 4)).toEqual({ AP50: 0, operatingPoint: undefined });
  });
});
