import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MixableBatch } from '../../../datasets/augment/mixing.js';
import { applyMixing, drawMixing } from '../../../datasets/augment/mixing.js';
import { randomStream } from '../../../src/base/random.js';
import { smoothedTargets } from '../../../src/train/loss.js';

const [size, width, height, classes] = [3, 6, 5, 4];

/** Image `row` is filled with `row` and belongs to class `row`. */
function batch(): MixableBatch {
  const length = 3 * width * height;
  const image = Float32Array.from({ length: size * length }, (_, index) => Math.floor(index / length));
  return { size, width, height, image, target: smoothedTargets([0, 1, 2], classes, 0.1) };
}

function row(data: Float32Array, index: number): number[] {
  const length = data.length / size;
  return [...data.subarray(index * length, (index + 1) * length)];
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('mixing', () => {
  it('keeps every target row a distribution and every pixel within the batch', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const settings = { mixup: 0.8, cutmix: 1, probability: 1 };
        const mixing = drawMixing(randomStream(seed), settings, width, height);
        const mixed = applyMixing(batch(), mixing);
        for (let index = 0; index < size; index++) {
          expect(sum(row(mixed.target, index))).toBeCloseTo(1, 5);
        }
        expect(Math.min(...mixed.image)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...mixed.image)).toBeLessThanOrEqual(size - 1);
      }),
      { seed: 1 },
    );
  });

  it('blends images and targets with the reversed batch in the same ratio', () => {
    const mixed = applyMixing(batch(), { kind: 'mixup', ratio: 0.75 });
    expect(new Set(row(mixed.image, 0))).toEqual(new Set([0.5]));
    expect(new Set(row(mixed.image, 1))).toEqual(new Set([1]));
    expect(mixed.target[0]).toBeCloseTo(0.75 * 0.925 + 0.25 * 0.025, 6);
    expect(mixed.target[2]).toBeCloseTo(0.25 * 0.925 + 0.75 * 0.025, 6);
  });

  it('pastes the box of the partner, and the targets follow its area', () => {
    const box = { left: 4, top: 3, width: 2, height: 2 };
    const mixed = applyMixing(batch(), { kind: 'cutmix', box });
    const first = row(mixed.image, 0);
    for (const [index, value] of first.entries()) {
      const [x, y] = [index % width, Math.floor(index / width) % height];
      expect(value).toBe(x >= 4 && y >= 3 ? 2 : 0);
    }
    const kept = 1 - 4 / 30;
    expect(mixed.target[0]).toBeCloseTo(kept * 0.925 + (1 - kept) * 0.025, 6);
  });

  it('mixes the stated share of the batches, half of them by each kind', () => {
    const settings = { mixup: 0.8, cutmix: 1, probability: 0.6 };
    const kinds = Array.from(
      { length: 1000 },
      (_, seed) => drawMixing(randomStream(seed), settings, 8, 8).kind,
    );
    const share = (kind: string) => kinds.filter((each) => each === kind).length / 1000;
    expect(share('none')).toBeCloseTo(0.4, 1);
    expect(share('mixup')).toBeCloseTo(0.3, 1);
  });

  it('does nothing when both kinds are off', () => {
    const mixing = drawMixing(randomStream(1), { mixup: 0, cutmix: 0, probability: 1 }, 8, 8);
    expect(mixing).toEqual({ kind: 'none' });
    const unmixed = batch();
    expect(applyMixing(unmixed, mixing)).toBe(unmixed);
  });
});
