import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyColour, drawColour } from '../../../datasets/augment/colour.js';
import type { Planes } from '../../../datasets/augment/planes.js';
import { normalise, planesFromRgb } from '../../../datasets/augment/planes.js';
import { randomStream } from '../../../src/base/random.js';

const unchanged = { brightness: 1, contrast: 1, saturation: 1 };

function image(seed: number): Planes {
  const random = randomStream(seed);
  return { width: 4, height: 3, data: Float32Array.from({ length: 36 }, () => random()) };
}

describe('colour jitter', () => {
  it('draws factors around 1 and exactly 1 at strength 0', () => {
    expect(drawColour(randomStream(1), { brightness: 0, contrast: 0, saturation: 0 })).toEqual(unchanged);
    const random = randomStream(2);
    for (let trial = 0; trial < 100; trial++) {
      const { brightness } = drawColour(random, { brightness: 0.2, contrast: 0, saturation: 0 });
      expect(brightness).toBeGreaterThanOrEqual(0.8);
      expect(brightness).toBeLessThan(1.2);
    }
  });

  it('stays within [0, 1]', () => {
    const factor = fc.double({ min: 0, max: 3, noNaN: true });
    fc.assert(
      fc.property(factor, factor, factor, fc.integer(), (brightness, contrast, saturation, seed) => {
        const { data } = applyColour(image(seed), { brightness, contrast, saturation });
        expect(Math.min(...data)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...data)).toBeLessThanOrEqual(1);
      }),
      { seed: 1 },
    );
  });

  it('scales by brightness, greys without saturation, flattens without contrast', () => {
    const original = image(3);
    const darker = applyColour(original, { ...unchanged, brightness: 0.5 });
    for (const [index, value] of darker.data.entries())
      expect(value).toBeCloseTo(original.data[index]! / 2, 6);
    const grey = applyColour(original, { ...unchanged, saturation: 0 });
    for (let pixel = 0; pixel < 12; pixel++) expect(grey.data[pixel]).toBeCloseTo(grey.data[24 + pixel]!, 6);
    const flat = applyColour(original, { ...unchanged, contrast: 0 });
    expect(Math.max(...flat.data) - Math.min(...flat.data)).toBeLessThan(1e-6);
  });
});

describe('planes', () => {
  it('separates channels and normalises each with its own mean and deviation', () => {
    const planes = planesFromRgb(Uint8Array.from([255, 0, 51, 0, 255, 102]), 2, 1);
    expect([...planes.data]).toEqual([1, 0, 0, 1, 0.2, 0.4].map(Math.fround));
    const { data } = normalise(planes, [0.5, 0, 0.2], [0.5, 1, 0.2]);
    const expected = [1, -1, 0, 1, 0, 1];
    for (const [index, value] of expected.entries()) expect(data[index]).toBeCloseTo(value, 6);
  });
});
