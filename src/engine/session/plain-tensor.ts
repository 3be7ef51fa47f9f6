/** A float32 tensor in plain memory, as it crosses between threads. */
export interface PlainTensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

export type PlainTensors = Readonly<Record<string, PlainTensor>>;
