import { expect, it } from 'vitest';
import { defaultPixelsPerPass } from '../../src/image/memory.js';
import { mirrorPadded } from '../../src/image/mirror-padded.js';
import { toModelInput } from '../../src/image/model-input.js';
import { gradient } from './images.js';

const identity = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };

it('continues an image smaller than a patch by its mirror image, again and again', async () => {
  const { data, width, height } = mirrorPadded({ data: gradient(3, 1), width: 3, height: 1 }, 8);
  expect([width, height]).toEqual([8, 8]);
  const reds = Array.from({ length: 64 }, (_, pixel) => data[3 * pixel]!);
  const row = [0, 1, 2, 2, 1, 0, 0, 1];
  expect(reds).toEqual(Array(8).fill(row).flat());
});

it('separates the channels and pads to the stride, right and below', async () => {
  const input = await toModelInput({ data: gradient(5, 3), width: 5, height: 3 }, 4, identity);
  expect([input.width, input.height]).toEqual([8, 4]);
  const rounded = Array.from(input.data, Math.round);
  expect(rounded.slice(0, 8)).toEqual([0, 1, 2, 3, 4, 4, 3, 2]);
  expect(rounded.slice(32 + 24, 64)).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
  expect(new Set(rounded.slice(64))).toEqual(new Set([77]));
});

it('normalises by mean and standard deviation of RGB in [0, 1]', async () => {
  const white = { data: new Uint8Array(16 * 16 * 3).fill(255), width: 16, height: 16 };
  const { data } = await toModelInput(white, 16, { mean: [0.5, 0.4, 0.3], std: [0.5, 0.2, 0.1] });
  expect(data[0]).toBeCloseTo(1, 5);
  expect(data[256]).toBeCloseTo(3, 5);
  expect(data[512]).toBeCloseTo(7, 5);
});

it('gives the event loop turns while it works', async () => {
  let turns = 0;
  let next = setImmediate(function turn() {
    turns++;
    next = setImmediate(turn);
  });
  await toModelInput({ data: new Uint8Array(2048 * 2048 * 3), width: 2048, height: 2048 }, 32, identity);
  clearImmediate(next);
  expect(turns).toBeGreaterThan(10);
});

it('takes smaller passes where memory is short', () => {
  expect(defaultPixelsPerPass(64 * 2 ** 30)).toBe(2 ** 24);
  expect(defaultPixelsPerPass(8 * 2 ** 30)).toBe(2 ** 23);
  expect(defaultPixelsPerPass(0)).toBe(2 ** 20);
});
