import type { Recorded } from '../../src/engine/recorder/recorder-kernel.js';
import type { LongformerAttentionInputs } from '../longformer-attention.js';

/** The op's inputs as values of the graph under construction. */
export type RecordedInputs = {
  readonly [Name in keyof LongformerAttentionInputs]: Recorded;
};
