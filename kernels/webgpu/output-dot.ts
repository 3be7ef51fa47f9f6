import { type AttentionPlan, tokenThreads } from './plan.js';
import type { Binding, KernelProgram } from './wgsl.js';
import { countFlops, gridUniforms, prelude, reportTally, withTally } from './wgsl.js';

/**
 * Statistics of the backward pass, `statistics` [2, B, heads, G + N]: the log-sum-exp of the forward pass, then the
 * dot product of each output with its gradient, which is sum over keys of p dp and so centres the softmax's gradient.
 */
export function outputDot(plan: AttentionPlan): KernelProgram {
  const threads = tokenThreads(plan);
  return {
    name: 'output-dot',
    bindings: withTally(plan, BINDINGS),
    uniforms: gridUniforms(plan),
    workgroups: [Math.ceil(plan.tokens / threads), plan.heads, plan.batch],
    code: code(plan, threads),
  };
}

const BINDINGS: readonly Binding[] = [
  { name: 'output', kind: 'channels', access: 'read' },
  { name: 'outputGradient', kind: 'channels', access: 'read' },
  { name: 'logSumExp', kind: 'scalars', access: 'read' },
  { name: 'statistics', kind: 'scalars', access: 'write' },
];

function code(plan: AttentionPlan, threads: number): string {
  return `${prelude(plan, BINDINGS, { THREADS: threads })}
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let token = group.x * THREADS + thread;
  if (token < token_count()) {
    let row = group.z * token_count() + token;
    var sum = 0.0;
    for (var v = 0u; v < VECTORS; v++) {
      sum += dot(load_output(row, group.y, v), load_outputGradient(row, group.y, v));
    }
    ${countFlops(plan, '2u * HEAD_WIDTH')}
    let at = statistic(group.z, group.y, token);
    write_statistics(at, read_logSumExp(at));
    write_statistics(statistic(grid.batch + group.z, group.y, token), sum);
  }
  ${reportTally(plan)}
}
`;
}
