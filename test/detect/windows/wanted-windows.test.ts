import { expect, it } from 'vitest';
import { reduced } from '../../../src/detect/windows/reduce.js';
import { windowsOf } from '../../../src/detect/windows/wanted-windows.js';

const grid = { rows: 3, columns: 4, side: 10 };
const rowsOf = (mask: Uint8Array) => [0, 4, 8].map((start) => mask.slice(start, start + 4).join(''));

it('wants the windows that a candidate lies in, and those within the margin', () => {
  const one = { count: 1, boxes: Float32Array.of(11, 11, 15, 15), scores: Float32Array.of(0.5) };
  expect(rowsOf(windowsOf(one, grid, { margin: 0, sure: 0.5 }))).toEqual(['0000', '0100', '0000']);
  expect(rowsOf(windowsOf(one, grid, { margin: 3, sure: 0.5 }))).toEqual(['1100', '1100', '0000']);
  expect(rowsOf(windowsOf(one, grid, { margin: 10, sure: 0.5 }))).toEqual(['1110', '1110', '1110']);
});

it('wants windows of the grid alone, however far a candidate reaches, and none without one', () => {
  const large = { count: 1, boxes: Float32Array.of(-50, 5, 500, 6), scores: Float32Array.of(0.5) };
  expect(rowsOf(windowsOf(large, grid, { margin: 0, sure: 0.5 }))).toEqual(['1111', '0000', '0000']);
  expect(rowsOf(windowsOf({ ...large, count: 0 }, grid, { margin: 99, sure: 0.5 }))).toEqual([
    '0000',
    '0000',
    '0000',
  ]);
});

it('takes the middle of a box alone whose score is too low for it to be trusted', () => {
  const wide = { count: 1, boxes: Float32Array.of(5, 12, 33, 18), scores: Float32Array.of(0.4) };
  expect(rowsOf(windowsOf(wide, grid, { margin: 0, sure: 0.5 }))).toEqual(['0000', '0100', '0000']);
  expect(rowsOf(windowsOf(wide, grid, { margin: 0, sure: 0.4 }))).toEqual(['0000', '1111', '0000']);
});

it('reduces an image to the means of its squares, rounded', () => {
  const grey = [1, 2, 9, 4, 3, 5, 9, 4, 0, 0, 0, 0];
  const image = {
    data: Uint8Array.from(grey.flatMap((value) => [value, 2 * value, 0])),
    width: 4,
    height: 3,
  };
  expect(reduced(image, 2)).toEqual({ data: Uint8Array.of(3, 6, 0, 7, 13, 0), width: 2, height: 1 });
});
