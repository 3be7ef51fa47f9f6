import type { NamedArray } from '../tensor/named-arrays.js';

/** Multiplies each row of a linear weight, or each number of a bias, by its own factor. */
export function scaleRows({ shape, data }: NamedArray, factors: NamedArray | undefined): NamedArray {
  if (!factors) return { shape, data };
  const columns = data.length / shape[0]!;
  return { shape, data: data.map((value, at) => value * factors.data[Math.floor(at / columns)]!) };
}

/** Puts rows into another order. @param order for each new row the old one's number */
export function reorderRows({ shape, data }: NamedArray, order: readonly number[]): NamedArray {
  const columns = data.length / shape[0]!;
  const result = new Float32Array(data.length);
  for (const [row, from] of order.entries()) {
    result.set(data.subarray(from * columns, (from + 1) * columns), row * columns);
  }
  return { shape, data: result };
}

/** Cuts an array along its first axis into the first `rows` and the rest. */
export function splitRows({ shape, data }: NamedArray, rows: number): [NamedArray, NamedArray] {
  const rest = shape.slice(1);
  const cut = (rows * data.length) / shape[0]!;
  return [
    { shape: [rows, ...rest], data: data.slice(0, cut) },
    { shape: [shape[0]! - rows, ...rest], data: data.slice(cut) },
  ];
}

/** The same numbers in another shape. */
export function reshaped({ data }: NamedArray, shape: readonly number[]): NamedArray {
  return { shape, data };
}

/** x W^T + b of a single row. */
export function linearRow(x: Float32Array, weight: NamedArray, bias: NamedArray | undefined): Float32Array {
  const columns = x.length;
  return Float32Array.from({ length: weight.shape[0]! }, (_, row) => {
    let sum = bias?.data[row] ?? 0;
    for (let at = 0; at < columns; at++) sum += x[at]! * weight.data[row * columns + at]!;
    return sum;
  });
}
