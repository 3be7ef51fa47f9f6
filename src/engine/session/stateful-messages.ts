/** Plain numbers of one tensor, as they cross between threads. */
export interface PlainTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type PlainTensors = Readonly<Record<string, PlainTensor>>;

/** What a stateful session's thread can be asked. */
export type StatefulRequest =
  | { readonly kind: 'store'; readonly tensors: PlainTensors }
  | { readonly kind: 'read'; readonly names: readonly string[] }
  | {
      readonly kind: 'open';
      readonly graph: string;
      readonly model: Uint8Array;
      /** Outputs that replace a stored tensor, and that tensor's name. */
      readonly kept: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'run'; readonly graph: string; readonly feeds: PlainTensors };

/** What the thread starts with. */
export interface StatefulWorkerData {
  readonly threads: number;
}

export interface NumberedRequest {
  readonly id: number;
  readonly request: StatefulRequest;
}

export type NumberedReply =
  | { readonly id: number; readonly tensors: PlainTensors }
  | { readonly id: number; readonly error: Error };
