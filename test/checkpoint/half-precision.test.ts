import { describe, expect, it } from 'vitest';
import { halfToNumber, halvesToFloat32, numberToHalf } from '../../src/checkpoint/half-precision.js';

describe('half precision', () => {
  // Values from IEEE 754-2008, binary16.
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [1 / 3, 0x3555],
    [65504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [Number.NaN, 0x7e00],
  ])('encodes %d', (value, bits) => expect(numberToHalf(value)).toBe(bits));

  it.each([
    ['ties to even, down', 1 + 2 ** -11, 1],
    ['ties to even, up', 1 + 3 * 2 ** -11, 1 + 2 ** -9],
    ['up into the next power of two', 2 - 2 ** -12, 2],
    ['the largest number that does not overflow', 65519.996, 65504],
    ['up to an infinity', 65520, Number.POSITIVE_INFINITY],
    ['subnormal ties to even', 1.5 * 2 ** -24, 2 ** -23],
    ['subnormal up to normal', 2 ** -14 - 2 ** -26, 2 ** -14],
    ['to zero', 2 ** -25, 0],
  ])('rounds %s', (_, value, expected) => expect(halfToNumber(numberToHalf(value))).toBe(expected));

  it('returns every half-precision number to its own bits', () => {
    for (let bits = 0; bits < 2 ** 16; bits++) {
      const value = halfToNumber(bits);
      const back = numberToHalf(value);
      if (Number.isNaN(value) ? (back & 0x7fff) !== 0x7e00 : back !== bits)
        expect.fail(`${bits} became ${back}`);
    }
  });

  it('decodes many as it decodes one', () => {
    const bits = Uint16Array.from({ length: 2 ** 16 }, (_, half) => half);
    expect(halvesToFloat32(bits)).toEqual(Float32Array.from(bits, halfToNumber));
  });
});
