/** What needs no files, so that a page can read safetensors as well. */

import type { NamedArrays } from '../tensor/named-arrays.js';
import { type DataType, elementsToFloat32, type TensorData, viewElements } from './data-types.js';
import { headerLength, LENGTH_BYTES, parseHeader, type TensorSpan } from './safetensors-header.js';

/** A tensor as a file holds it, row-major. */
export interface StoredTensor {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** The contents of a safetensors file, tensors in the order of its header. */
export interface SafetensorsFile {
  readonly metadata: Record<string, string>;
  readonly tensors: Record<string, StoredTensor>;
}

/**
 * Parses the bytes of a safetensors file; the tensors are copies.
 * @param source what to call the bytes in messages
 * @throws UserError as `readSafetensors`
 */
export function parseSafetensors(bytes: Uint8Array, source = 'the safetensors data'): SafetensorsFile {
  const length = headerLength(bytes.subarray(0, LENGTH_BYTES), bytes.byteLength, source);
  const data = bytes.subarray(LENGTH_BYTES + length);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length), data.byteLength, source);
  // Spans need not be aligned to their elements, so each is copied to a buffer of its own.
  const tensors = header.spans.map((span) => {
    return [
      span.name,
      storedTensor(span, new Uint8Array(data.subarray(span.begin, span.end)).buffer),
    ] as const;
  });
  return { metadata: header.metadata, tensors: Object.fromEntries(tensors) };
}

/** The tensor whose bytes these are. */
export function storedTensor({ dtype, shape }: TensorSpan, buffer: ArrayBuffer): StoredTensor {
  return { dtype, shape, data: viewElements(dtype, buffer) };
}

/** All tensors as float32, whatever they are stored as. */
export function toFloat32(tensors: Readonly<Record<string, StoredTensor>>): NamedArrays {
  const converted = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    return [name, { shape, data: elementsToFloat32(dtype, data) }] as const;
  });
  return Object.fromEntries(converted);
}
