/** A float32 tensor as plain data, row-major. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Arrays by their official checkpoint names. */
export type NamedArrays = Readonly<Record<string, NamedArray>>;
