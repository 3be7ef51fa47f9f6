import { describe, expect, it } from 'vitest';
import { resizePatches } from '../../src/checkpoint/resize-patches.js';
import type { NamedArray } from '../../src/tensor/named-arrays.js';

const weight: NamedArray = { shape: [1, 1, 2, 2], data: Float32Array.of(1, 2, 3, 4) };

/** What an embedding says of a patch. */
function embed({ data }: NamedArray, patch: readonly number[]): number {
  return patch.reduce((sum, value, index) => sum + value * data[index]!, 0);
}

describe('resizePatches', () => {
  it('says of a larger patch what it said of it reduced', () => {
    const larger = resizePatches(weight, 4);
    expect(larger.shape).toEqual([1, 1, 4, 4]);
    const patch = Array.from({ length: 16 }, (_, index) => index);
    const means = [2.5, 4.5, 10.5, 12.5];
    expect(embed(larger, patch)).toBeCloseTo(embed(weight, means), 6);
  });

  it('says of a smaller patch what it said of it enlarged', () => {
    const smaller = resizePatches(weight, 1);
    expect(embed(smaller, [5])).toBe(embed(weight, [5, 5, 5, 5]));
  });

  it('comes back to the same weights', () => {
    expect([...resizePatches(resizePatches(weight, 8), 2).data]).toEqual([...weight.data]);
    expect(resizePatches(weight, 2)).toBe(weight);
  });

  it('refuses sides that do not divide', () => {
    expect(() => resizePatches(weight, 3)).toThrow(/2 x 2 .* 3 x 3/);
  });
});
