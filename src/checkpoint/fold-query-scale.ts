import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';

/**
 * Multiplies the projections of queries, so that attention that is scaled as usual, by head width ^ -0.5, computes what
 * another scale did. Biases of relative positions are added behind the scale and stay.
 * @param factorOf the other scale over the usual one, for a tensor's name
 */
export function foldQueryScale(weights: NamedArrays, factorOf: (name: string) => number): NamedArrays {
  const scaled = Object.entries(weights).map(([name, array]) => {
    const [, kind] = /\.attn\.(qkv|query|query_global)\.(?:weight|bias)$/.exec(name) ?? [];
    // Queries come first of the fused three.
    return [name, kind ? scaleRows(array, factorOf(name), kind === 'qkv' ? 1 / 3 : 1) : array] as const;
  });
  return Object.fromEntries(scaled);
}

function scaleRows({ shape, data }: NamedArray, factor: number, share: number): NamedArray {
  const end = Math.round(data.length * share);
  return { shape, data: data.map((value, index) => (index < end ? value * factor : value)) };
}
