import type { Recorded } from '../../src/onnx/recorder/recorder-kernel.js';
import type { LongformerAttentionInputs, ProjectedAttentionInputs } from '../attention-op.js';

/** The op's inputs as values of the graph under construction. */
export type RecordedInputs = {
  readonly [Name in keyof LongformerAttentionInputs]: Recorded;
};

/** Those of the op with its projections. */
export type RecordedProjectedInputs = {
  readonly [Name in keyof ProjectedAttentionInputs]: Recorded;
};
