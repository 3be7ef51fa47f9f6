import { attentionKernel } from './kernel.js';
import { type AttentionPlan, tokenThreads } from './plan.js';
import type { KernelProgram } from './wgsl.js';
import { channels, scalars } from './wgsl.js';

/**
 * Statistics of the backward pass, `statistics` [2, B, heads, G + N]: the log-sum-exp of the forward pass,
 * then the dot product of each output with its gradient, which is sum over keys of p dp and so centres the
 * softmax's gradient.
 */
export function outputDot(plan: AttentionPlan): KernelProgram {
  const threads = tokenThreads(plan);
  return attentionKernel(plan, {
    name: 'output-dot',
    bindings: [
      ...channels('read', ['output', 'outputGradient']),
      ...scalars('read', ['logSumExp']),
      ...scalars('write', ['statistics']),
    ],
    workgroups: [Math.ceil(plan.tokens / threads), plan.heads, plan.batch],
    constants: { THREADS: threads },
    declarations: '',
    body: BODY,
  });
}

const BODY = `let token = group.x * THREADS + thread;
  if (token < token_count()) {
    let row = group.z * token_count() + token;
    var sum = 0.0;
    for (var v = 0u; v < VECTORS; v++) {
      sum += dot(load_output(row, group.y, v), load_outputGradient(row, group.y, v));
    }
    // flops: 2u * HEAD_WIDTH
    let at = statistic(group.z, group.y, token);
    write_statistics(at, read_logSumExp(at));
    write_statistics(statistic(grid.batch + group.z, group.y, token), sum);
  }`;
