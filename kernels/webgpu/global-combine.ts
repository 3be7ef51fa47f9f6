import { attentionKernel } from './kernel.js';
import { type AttentionPlan, combiningThreads } from './plan.js';
import { planStream } from './stream.js';
import type { KernelProgram } from './wgsl.js';
import { channels, scalars } from './wgsl.js';

/**
 * Joins the splits of `globalForward`: rows 0..G-1 of `output` [B, G + N, C] and of `logSumExp` [B, heads, G
 * + N]. One workgroup takes one head of one global token.
 */
export function globalCombine(plan: AttentionPlan): KernelProgram {
  const { splits } = planStream(plan, plan.tokens);
  return attentionKernel(plan, {
    name: 'global-combine',
    bindings: [
      ...channels('read', ['partialOutput']),
      ...scalars('read', ['partialStatistics']),
      ...channels('write', ['output']),
      ...scalars('write', ['logSumExp']),
    ],
    workgroups: [plan.globals, plan.heads, plan.batch],
    constants: { SPLITS: splits, THREADS: combiningThreads(plan) },
    declarations: DECLARATIONS,
    body: BODY,
  });
}

const DECLARATIONS = `fn partial_row(split: u32, group: vec3<u32>) -> u32 { return (group.z * SPLITS + split) * GLOBALS + group.x; }
fn statistics_at(split: u32, group: vec3<u32>) -> u32 { return 2u * (partial_row(split, group) * HEADS + group.y); }`;

const BODY = `// Every invocation repeats these few sums: cheaper than sharing them.
  var highest = -3.4e38;
  for (var split = 0u; split < SPLITS; split++) {
    highest = max(highest, read_partialStatistics(statistics_at(split, group)));
  }
  var sum = 0.0;
  for (var split = 0u; split < SPLITS; split++) {
    let at = statistics_at(split, group);
    sum += exp(read_partialStatistics(at) - highest) * read_partialStatistics(at + 1u);
  }
  for (var v = thread; v < VECTORS; v += THREADS) {
    var weighted = vec4<f32>();
    for (var split = 0u; split < SPLITS; split++) {
      let weight = exp(read_partialStatistics(statistics_at(split, group)) - highest);
      // flops: 2u * min(4u, HEAD_WIDTH - 4u * v)
      weighted += weight * load_partialOutput(partial_row(split, group), group.y, v);
    }
    store_output(group.z * token_count() + group.x, group.y, v, weighted / sum);
  }
  if (thread == 0u) { write_logSumExp(statistic(group.z, group.y, group.x), highest + log(sum)); }`;
