import { UserError } from '../base/errors.js';
import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';
import { resizeGridArray } from './resize-table.js';
import type { TransformerCheckpoint } from './transformer-checkpoint.js';

/**
 * Fits a transformer's tables to another image size: that of positions as its family does, those of relative positions
 * linearly. What global tokens have stays.
 * @param imageSize height and width in pixels
 * @returns the model itself when it has that size
 * @throws UserError when the size is no multiple of the patch
 */
export function resizeTables(
  transformer: TransformerCheckpoint,
  imageSize: readonly [number, number],
): TransformerCheckpoint {
  if (String(imageSize) === String(transformer.imageSize)) return transformer;
  const { patch, parts, weights } = transformer;
  if (imageSize.some((side) => side < patch || side % patch !== 0)) {
    throw new UserError(
      `the image size ${imageSize.join(' x ')} must be a multiple of the model's patch, ${patch}`,
    );
  }
  const [from, to] = [transformer.imageSize, imageSize].map((size) =>
    size.map((side) => Math.floor(side / patch)),
  );
  const grids: Grids = { from: from as [number, number], to: to as [number, number] };
  const resized = Object.entries(weights).map(([name, array]) => {
    if (name === 'positions') return [name, resizePositions(array, grids, parts.tableResize)] as const;
    const isBias = name.endsWith('relative_position_bias_table');
    return [name, isBias ? resizeBias(array, grids) : array] as const;
  });
  const size: [number, number] = [imageSize[0], imageSize[1]];
  return { ...transformer, imageSize: size, weights: Object.fromEntries(resized) as NamedArrays };
}

interface Grids {
  readonly from: [number, number];
  readonly to: [number, number];
}

function resizePositions(
  { data, shape }: NamedArray,
  { from, to }: Grids,
  method: Parameters<typeof resizeGridArray>[3],
): NamedArray {
  return { shape: [1, to[0] * to[1], shape[2]!], data: resizeGridArray(data, from, to, method) };
}

function resizeBias({ data, shape }: NamedArray, { from, to }: Grids): NamedArray {
  const heads = shape[1]!;
  const distances = ([rows, columns]: [number, number]): [number, number] => [2 * rows - 1, 2 * columns - 1];
  const [before, after] = [distances(from), distances(to)];
  const count = before[0] * before[1] * heads;
  const local = resizeGridArray(data.subarray(0, count), before, after, 'bilinear');
  const all = new Float32Array(local.length + data.length - count);
  all.set(local);
  all.set(data.subarray(count), local.length);
  return { shape: [all.length / heads, heads], data: all };
}
