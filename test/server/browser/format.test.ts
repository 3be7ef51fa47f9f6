import { expect, it } from 'vitest';
import { formatBytes, formatSeconds, formatSize, plural } from '../../../server/browser/dom/format.js';

it('says "1 tile" and "2 tiles"', () => {
  expect([plural(0, 'tile'), plural(1, 'tile'), plural(2500, 'tile')]).toEqual([
    '0 tiles',
    '1 tile',
    '2,500 tiles',
  ]);
});

it.each([
  [0, '0 B'],
  [940, '940 B'],
  [64_200, '64 kB'],
  [999_499, '999 kB'],
  [999_600, '1.0 MB'],
  [9_960_000, '10 MB'],
  [123_400_000, '123 MB'],
  [1_234_000_000, '1.2 GB'],
])('says %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [0.04, '0.0 s'],
  [9.96, '10 s'],
  [59.7, '1 min 0 s'],
  [119.7, '2 min 0 s'],
  [3725, '1 h 2 min'],
])('says %d seconds as %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

it.each([
  [20, 10, '20 × 10'],
  [640, 224, '640 × 224, 0.14 megapixels'],
  [1000, 1000, '1,000 × 1,000, 1 megapixel'],
  [2560, 2560, '2,560 × 2,560, 6.6 megapixels'],
  [16_384, 16_384, '16,384 × 16,384, 268 megapixels'],
])('says how large %d by %d is', (width, height, text) => {
  expect(formatSize({ width, height })).toBe(text);
});
