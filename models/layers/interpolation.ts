/**
 * How tables are resized: `bilinear` as PyTorch's interpolate, `bicubic` as its antialiased form (and PIL).
 */
export type Interpolation = 'bilinear' | 'bicubic';

/**
 * Linear map that resizes an axis, pixel centres at half integers (align_corners = False).
 * @returns [to, from], row-major; rows sum to 1
 */
export function interpolationMatrix(from: number, to: number, method: Interpolation): Float32Array {
  const matrix = new Float32Array(to * from);
  const fillRow = method === 'bilinear' ? fillBilinear : fillBicubic;
  for (let row = 0; row < to; row++) {
    fillRow(matrix.subarray(row * from, (row + 1) * from), (row + 0.5) * (from / to), from / to);
  }
  return matrix;
}

/** Without antialiasing: always the two nearest samples. */
function fillBilinear(weights: Float32Array, centre: number): void {
  const last = weights.length - 1;
  const position = Math.min(Math.max(centre - 0.5, 0), last);
  const low = Math.floor(position);
  const high = Math.min(low + 1, last);
  weights[low]! += 1 - (position - low);
  weights[high]! += position - low;
}

/**
 * With antialiasing: when shrinking, the kernel widens with the scale; at borders it is cut and renormalised.
 */
function fillBicubic(weights: Float32Array, centre: number, scale: number): void {
  const stretch = Math.max(scale, 1);
  const begin = Math.max(Math.trunc(centre - 2 * stretch + 0.5), 0);
  const end = Math.min(Math.trunc(centre + 2 * stretch + 0.5), weights.length);
  const values = Array.from({ length: end - begin }, (_, offset) => {
    return cubicKernel((begin + offset - centre + 0.5) / stretch);
  });
  const sum = values.reduce((total, value) => total + value, 0);
  for (const [offset, value] of values.entries()) weights[begin + offset] = value / sum;
}

/** Keys' cubic convolution kernel with a = -1/2. */
function cubicKernel(x: number): number {
  const distance = Math.abs(x);
  if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1;
  if (distance < 2) return ((-0.5 * distance + 2.5) * distance - 4) * distance + 2;
  return 0;
}
