/** Floats, bytes or indices. */
export type FeedData = Float32Array | Uint8Array | Int32Array;

/** A tensor in plain memory, as it crosses between threads. */
export interface PlainTensor<Data extends FeedData = Float32Array> {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Data;
}

export type PlainTensors = Readonly<Record<string, PlainTensor>>;

/** What a model is given. */
export type Feeds = Readonly<Record<string, PlainTensor<FeedData>>>;
