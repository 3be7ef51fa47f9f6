import { UserError } from '../base/errors.js';

/** Numbers of heads of the published sizes; the tensors do not show them. */
const headsByWidth: Readonly<Record<number, number>> = {
  192: 3,
  384: 6,
  768: 12,
  1024: 16,
  1152: 16,
  1280: 16,
  1408: 16,
  1664: 16,
};

/** @throws UserError when no published model has that width */
export function publishedHeads(width: number, source: string): number {
  const heads = headsByWidth[width];
  if (heads) return heads;
  throw new UserError(
    `${source}: no published model has the width ${width}, and its number of heads cannot be seen in the tensors. ` +
      'Give it with --heads.',
  );
}
