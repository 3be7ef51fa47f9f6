import { biasBinding } from './biases.js';
import type { AttentionPlan } from './plan.js';
import type { Binding } from './wgsl.js';
import { channels, scalars } from './wgsl.js';

/**
 * What every kernel that computes gradients reads: queries, keys and values by the names of their buffers,
 * the biases, the gradient of the output and the statistics (log-sum-exp and dO . O, see `outputDot`).
 *
 * The two statistics share a buffer, since a device need not allow more than eight in one kernel.
 */
export function backwardInputs(plan: AttentionPlan, attended: readonly string[]): Binding[] {
  return [
    ...channels('read', attended),
    ...biasBinding(plan),
    ...channels('read', ['outputGradient']),
    ...scalars('read', ['statistics']),
  ];
}
