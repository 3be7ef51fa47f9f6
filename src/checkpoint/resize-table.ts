import type { Interpolation } from '../../models/layers/interpolation.js';
import { interpolationMatrix } from '../../models/layers/interpolation.js';
import type { Grid } from '../../models/layers/position-table.js';

/**
 * Resizes a table with one vector per grid cell, on plain arrays: what the models do at run time with tensors.
 * @param table rows * columns vectors for the grid `from`
 * @returns rows * columns vectors for the grid `to`
 */
export function resizeGridArray(
  table: Float32Array,
  from: Grid,
  to: Grid,
  method: Interpolation,
): Float32Array {
  const width = table.length / (from[0] * from[1]);
  const rowsResized = resizeAxis(
    table,
    { outer: 1, from: from[0], to: to[0], inner: from[1] * width },
    method,
  );
  return resizeAxis(rowsResized, { outer: to[0], from: from[1], to: to[1], inner: width }, method);
}

interface Axis {
  readonly outer: number;
  readonly from: number;
  readonly to: number;
  readonly inner: number;
}

/** Resizes the middle axis of an array [outer, from, inner]. */
function resizeAxis(
  source: Float32Array,
  { outer, from, to, inner }: Axis,
  method: Interpolation,
): Float32Array {
  const matrix = interpolationMatrix(from, to, method);
  const result = new Float32Array(outer * to * inner);
  for (let slice = 0; slice < outer; slice++) {
    for (let target = 0; target < to; target++) {
      for (let index = 0; index < from; index++) {
        const weight = matrix[target * from + index]!;
        if (weight === 0) continue;
        const read = (slice * from + index) * inner;
        const write = (slice * to + target) * inner;
        for (let offset = 0; offset < inner; offset++)
          result[write + offset]! += weight * source[read + offset]!;
      }
    }
  }
  return result;
}
