import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { shareThreads } from '../../../server/models/share-threads.js';

it.each([
  [1, 8, [8]],
  [2, 8, [4, 4]],
  [3, 8, [3, 3, 2]],
  [3, 2, [1, 1, 1]],
])('divides between %i models %i threads', (models, total, shares) => {
  expect(shareThreads(models, total)).toEqual(shares);
});

it('divides the processors where it is told no number', () => {
  expect(shareThreads(1)).toEqual([availableParallelism()]);
});
