import { UserError } from '../base/errors.js';
import type { NamedArray } from '../tensor/named-arrays.js';

/**
 * Fits a patch embedding to patches of another size, so that it says of an image what it said before of the image
 * resized by the same factor: to larger patches by spreading each weight over the pixels it stands for, to smaller ones
 * by adding up.
 *
 * @param weight [width, channels, side, side]
 * @param side of the new patches; a multiple or an integer fraction of the old one
 * @throws UserError for any other side
 */
export function resizePatches(weight: NamedArray, side: number): NamedArray {
  const [width, channels, from] = weight.shape as [number, number, number];
  if (from === side) return weight;
  if (from % side !== 0 && side % from !== 0) {
    throw new UserError(
      `A patch embedding of ${from} x ${from} pixels cannot be resized to ${side} x ${side}: give a multiple or a fraction.`,
    );
  }
  const finer = Math.max(from, side);
  const share = side > from ? (from / side) ** 2 : 1;
  const data = new Float32Array(width * channels * side * side);
  for (let plane = 0; plane < width * channels; plane++) {
    for (let y = 0; y < finer; y++) {
      for (let x = 0; x < finer; x++) {
        const at = cell(plane, x, y, from, finer);
        data[cell(plane, x, y, side, finer)]! += weight.data[at]! * (side > from ? share : 1);
      }
    }
  }
  return { shape: [width, channels, side, side], data };
}

/** Index of the weight of a `side` x `side` kernel that covers position (x, y) of a grid of `finer` x `finer`. */
function cell(plane: number, x: number, y: number, side: number, finer: number): number {
  const scale = finer / side;
  return (plane * side + Math.floor(y / scale)) * side + Math.floor(x / scale);
}
