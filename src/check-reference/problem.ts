import type { NamedArray, NamedArrays } from '../tensor/named-arrays.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * A computation with known results: what every layout of reference file is turned into, and engines compute.
 */
export interface ReferenceProblem {
  readonly kind: 'attention' | 'model';
  /** Input and weights, by the names they have in the file; gradients are taken by all of them. */
  readonly inputs: NamedArrays;
  /**
   * The outputs by name, from tensors named as `inputs`. Pure: may be called on any backend and any number of
   * times.
   */
  readonly evaluate: (inputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>;
  readonly outputs: NamedArrays;
  /** Present where the file has gradients: those of sum(output * upstream). */
  readonly gradients?: {
    readonly output: string;
    readonly upstream: NamedArray;
    /** By the name of the input. */
    readonly expected: NamedArrays;
  };
}

/** What an engine computed for a problem. */
export interface ReferenceResults {
  readonly outputs: NamedArrays;
  /** By the name of the input; empty for a problem without gradients. */
  readonly gradients: NamedArrays;
}

/** Something that can compute a problem. */
export interface ReferenceEngine {
  compute(problem: ReferenceProblem): Promise<ReferenceResults>;
  close(): Promise<void>;
}
