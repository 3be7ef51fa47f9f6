import { eighthsToFloat32 } from './eighth-precision.js';
import { halvesToFloat32 } from './half-precision.js';

/** Element types of tensors in files, under the names safetensors gives them. */
export type DataType = keyof typeof arrayTypes;

// JavaScript has no 16-bit float arrays on Node 20, and none of 8 bits: they are kept as their bits and round-trip exactly.
const arrayTypes = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
  F8_E4M3: Uint8Array,
  F8_E5M2: Uint8Array,
} as const;

/** The elements of a tensor; floats of 16 and 8 bits as their bits, BOOL as 0 or 1. */
export type TensorData =
  | Float64Array
  | Float32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** Names of all element types that can be read and written. */
export const dataTypes = Object.keys(arrayTypes) as readonly DataType[];

export function isDataType(name: string): name is DataType {
  return Object.hasOwn(arrayTypes, name);
}

/** Bytes of one element. */
export function bytesPerElement(dtype: DataType): number {
  return arrayTypes[dtype].BYTES_PER_ELEMENT;
}

/**
 * Views little-endian bytes as elements. Every platform Node.js has binaries for but s390x is little-endian.
 * @param buffer a whole number of elements
 */
export function viewElements(dtype: DataType, buffer: ArrayBuffer): TensorData {
  return new arrayTypes[dtype](buffer);
}

/** The type an array's elements have when nothing else is said. */
export function dataTypeOf(data: TensorData): DataType {
  const found = dataTypes.find(
    (dtype) => dtype !== 'F16' && dtype !== 'BF16' && data instanceof arrayTypes[dtype],
  );
  if (!found) throw new Error(`no tensor element type for ${Object.prototype.toString.call(data)}`);
  return found;
}

/** bfloat16 is the upper half of a float32. */
function brainToFloat32(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let index = 0; index < bits.length; index++) words[index] = bits[index]! << 16;
  return new Float32Array(words.buffer);
}

/**
 * Converts elements of any type to float32. Integers beyond 2^24 and doubles are rounded.
 * Float32 data is returned as it is, not copied.
 */
export function elementsToFloat32(dtype: DataType, data: TensorData): Float32Array {
  if (data instanceof Float32Array) return data;
  if (dtype === 'BF16') return brainToFloat32(data as Uint16Array);
  if (dtype === 'F16') return halvesToFloat32(data as Uint16Array);
  if (dtype === 'F8_E4M3' || dtype === 'F8_E5M2') return eighthsToFloat32(dtype, data as Uint8Array);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float32Array.from(data, Number);
  return Float32Array.from(data);
}
