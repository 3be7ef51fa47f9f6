import { halfToNumber } from './half-precision.js';

/**
 * Decodes floats of 8 bits (Micikevicius et al. 2022, "FP8 formats for deep learning").
 * @param type E5M2 is the upper half of a half-precision number; E4M3 has no infinities, and one NaN of each sign
 */
export function eighthsToFloat32(type: 'F8_E4M3' | 'F8_E5M2', bits: Uint8Array): Float32Array {
  const decode = type === 'F8_E5M2' ? (value: number) => halfToNumber(value << 8) : decodeE4M3;
  const table = Float32Array.from({ length: 256 }, (_, value) => decode(value));
  const values = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index++) values[index] = table[bits[index]!]!;
  return values;
}

function decodeE4M3(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 3) & 0xf, bits & 7];
  if (exponent === 0xf && fraction === 7) return Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -9;
  return sign * (1 + fraction / 8) * 2 ** (exponent - 7);
}
