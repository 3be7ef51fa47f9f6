/** A tensor in plain memory, as it crosses between threads. */
export interface PlainTensor<Data extends Float32Array | Uint8Array = Float32Array> {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Data;
}

export type PlainTensors = Readonly<Record<string, PlainTensor>>;

/** What a model is given: floats or bytes. */
export type Feeds = Readonly<Record<string, PlainTensor<Float32Array | Uint8Array>>>;
