import { biasBinding, globalQueryBias } from './biases.js';
import { type AttentionPlan, tokenThreads } from './plan.js';
import { planStream } from './stream.js';
import type { Binding, KernelProgram } from './wgsl.js';
import { countFlops, gridUniforms, prelude, reportTally, unroll, withTally } from './wgsl.js';

/**
 * Gradients of the keys and values that the global queries see: one invocation a token and head. A token's key and
 * value are read once for the probabilities of a few global queries; then its gradients are written vec4 by vec4.
 *
 * Writes `keyGradient` and `valueGradient` [B, G + N, C].
 */
export function globalBackwardKey(plan: AttentionPlan): KernelProgram {
  const threads = tokenThreads(plan);
  return {
    name: 'global-backward-key',
    bindings: withTally(plan, bindings(plan)),
    uniforms: gridUniforms(plan),
    workgroups: [Math.ceil(plan.tokens / threads), plan.heads, plan.batch],
    code: code(plan, threads),
  };
}

function bindings(plan: AttentionPlan): Binding[] {
  return [
    { name: 'queryGlobal', kind: 'channels', access: 'read' },
    { name: 'keyGlobal', kind: 'channels', access: 'read' },
    { name: 'valueGlobal', kind: 'channels', access: 'read' },
    ...biasBinding(plan),
    { name: 'outputGradient', kind: 'channels', access: 'read' },
    { name: 'statistics', kind: 'scalars', access: 'read' },
    { name: 'keyGradient', kind: 'channels', access: 'write' },
    { name: 'valueGradient', kind: 'channels', access: 'write' },
  ];
}

function code(plan: AttentionPlan, threads: number): string {
  const { served } = planStream(plan, plan.tokens);
  const each = (line: (g: number) => string) => unroll(served, line, '\n        ');
  return `${prelude(plan, bindings(plan), { THREADS: threads, SERVED: served })}
${globalQueryBias(plan)}
var<workgroup> query_tile: array<vec4<f32>, SERVED * VECTORS>;
var<workgroup> gradient_tile: array<vec4<f32>, SERVED * VECTORS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let head = group.y;
  let image = group.z;
  let token = group.x * THREADS + thread;
  let row = image * token_count() + token;

  for (var first = 0u; first < GLOBALS; first += SERVED) {
    workgroupBarrier();
    for (var i = thread; i < SERVED * VECTORS; i += THREADS) {
      let query = min(first + i / VECTORS, GLOBALS - 1u);
      query_tile[i] = SCALE * load_queryGlobal(image * GLOBALS + query, head, i % VECTORS);
      gradient_tile[i] = load_outputGradient(image * token_count() + query, head, i % VECTORS);
    }
    workgroupBarrier();

    if (token < token_count()) {
      ${each((g) => `var logit_${g} = 0.0;\n        var value_dot_${g} = 0.0;`)}
      for (var v = 0u; v < VECTORS; v++) {
        let key = load_keyGlobal(row, head, v);
        let value = load_valueGlobal(row, head, v);
        ${each(
          (g) => `logit_${g} += dot(query_tile[${g}u * VECTORS + v], key);
        value_dot_${g} += dot(gradient_tile[${g}u * VECTORS + v], value);`,
        )}
      }
      ${countFlops(plan, '8u * HEAD_WIDTH * SERVED')}
      ${each((g) => probability(g))}
      for (var v = 0u; v < VECTORS; v++) {
        var key_gradient = vec4<f32>();
        var value_gradient = vec4<f32>();
        if (first > 0u) {
          key_gradient = load_keyGradient(row, head, v);
          value_gradient = load_valueGradient(row, head, v);
        }
        ${each(
          (g) => `key_gradient += logit_gradient_${g} * query_tile[${g}u * VECTORS + v];
        value_gradient += weight_${g} * gradient_tile[${g}u * VECTORS + v];`,
        )}
        store_keyGradient(row, head, v, key_gradient);
        store_valueGradient(row, head, v, value_gradient);
      }
    }
  }
  ${reportTally(plan)}
}
`;
}

function probability(g: number): string {
  return `let query_${g} = min(first + ${g}u, GLOBALS - 1u);
      let log_sum_exp_${g} = read_statistics(statistic(image, head, query_${g}));
      let output_dot_${g} = read_statistics(statistic(grid.batch + image, head, query_${g}));
      let bias_${g} = global_query_bias(head, query_${g}, token);
      // The last tile may be wider than what is left: queries past the end weigh nothing.
      let weight_${g} = select(0.0, exp(logit_${g} + bias_${g} - log_sum_exp_${g}), first + ${g}u < GLOBALS);
      let logit_gradient_${g} = weight_${g} * (value_dot_${g} - output_dot_${g});`;
}
