import type { NamedArrays } from '../../src/tensor/named-arrays.js';
import { elementCount } from '../../src/tensor/named-arrays.js';

/** Numbers from -1 to 1 that test/fixtures/transformers/make.py makes in the same way: FNV-1a of a name, mixed with the place. */
export function hashed(name: string, count: number): Float64Array {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193) >>> 0;
  return Float64Array.from({ length: count }, (_, index) => {
    let x = (Math.imul(index + 1, 0x9e3779b1) ^ seed) >>> 0;
    x = Math.imul(x ^ (x >>> 15), 0x85ebca6b) >>> 0;
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0;
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 31 - 1;
  });
}

/** The weights of a reference model, from the shapes of its tensors. */
export function hashedWeights(shapes: Readonly<Record<string, readonly number[]>>): NamedArrays {
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const numbers = hashed(name, elementCount(shape));
    return [name, { shape, data: Float32Array.from(numbers, scaleOf(name, shape)) }] as const;
  });
  return Object.fromEntries(entries);
}

function scaleOf(name: string, shape: readonly number[]): (value: number) => number {
  if (shape.length === 1) {
    const isFactor = /(weight|gamma|lambda1|gamma_[12]|lambda_[12])$/.test(name);
    return (value) => (isFactor ? 1 + 0.3 * value : 0.2 * value);
  }
  if ((shape.length !== 2 && shape.length !== 4) || name.endsWith('mask_token')) return (value) => value;
  const inputs = elementCount(shape.slice(1));
  return (value) => (value * 1.7) / Math.sqrt(inputs);
}
