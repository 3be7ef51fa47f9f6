import type { PlainTensors } from '../../tensor/plain-tensor.js';

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
