/**
 * How tables are resized: `bilinear` as PyTorch's interpolate; `bicubic` as its antialiased form (PIL, timm);
 * `bicubic-plain` as it is without antialiasing (transformers); `bicubic-offset` like that, the new size counted 0.1 cell
 * larger (the original code of DINOv2).
 */
export type Interpolation = 'bilinear' | 'bicubic' | 'bicubic-plain' | 'bicubic-offset';

/**
 * Linear map that resizes an axis, pixel centres at half integers (align_corners = False).
 * @returns [to, from], row-major; rows sum to 1
 */
export function interpolationMatrix(from: number, to: number, method: Interpolation): Float32Array {
  const matrix = new Float32Array(to * from);
  const scale = from / (method === 'bicubic-offset' ? to + 0.1 : to);
  for (let row = 0; row < to; row++) {
    fillers[method](matrix.subarray(row * from, (row + 1) * from), (row + 0.5) * scale, scale);
  }
  return matrix;
}

type FillRow = (weights: Float32Array, centre: number, scale: number) => void;
const fillers: Readonly<Record<Interpolation, FillRow>> = {
  bilinear: fillBilinear,
  bicubic: fillBicubic,
  'bicubic-plain': fillPlainBicubic,
  'bicubic-offset': fillPlainBicubic,
};

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
    return cubicKernel((begin + offset - centre + 0.5) / stretch, -0.5);
  });
  const sum = values.reduce((total, value) => total + value, 0);
  for (const [offset, value] of values.entries()) weights[begin + offset] = value / sum;
}

/** Without antialiasing: always the four nearest samples, those beyond a border being the border's. */
function fillPlainBicubic(weights: Float32Array, centre: number): void {
  const last = weights.length - 1;
  const nearest = Math.floor(centre - 0.5);
  for (let at = nearest - 1; at <= nearest + 2; at++) {
    weights[Math.min(Math.max(at, 0), last)]! += cubicKernel(at + 0.5 - centre, -0.75);
  }
}

/** Keys' cubic convolution kernel; PyTorch has a = -1/2 with antialiasing and -3/4 without. */
function cubicKernel(x: number, a: number): number {
  const distance = Math.abs(x);
  if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
  return 0;
}
