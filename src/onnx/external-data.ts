import type { ExternalLocation } from './model.js';

/** Tensors start at multiples of this many bytes, so that a runtime may use them in place. */
const alignment = 64;

/** Several tensors in one file, and where each lies. */
export interface ExternalData {
  /** Memory that threads share, so that each session reads the weights in place. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly locations: Readonly<Record<string, ExternalLocation>>;
}

/**
 * Lays tensors out in one external-data file, in the order given.
 * @param file name under which graphs refer to the file
 */
export function packExternalData(file: string, tensors: Readonly<Record<string, Uint8Array>>): ExternalData {
  const locations: Record<string, ExternalLocation> = {};
  let end = 0;
  for (const [name, data] of Object.entries(tensors)) {
    const offset = Math.ceil(end / alignment) * alignment;
    locations[name] = { file, offset, length: data.length };
    end = offset + data.length;
  }
  const bytes = new Uint8Array(new SharedArrayBuffer(end));
  for (const [name, data] of Object.entries(tensors)) bytes.set(data, locations[name]!.offset);
  return { bytes, locations };
}
