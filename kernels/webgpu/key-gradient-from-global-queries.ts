import { backwardInputs } from './backward-inputs.js';
import { globalQueryBias } from './biases.js';
import { fillQueryTiles, GLOBAL_QUERY_TILES, queryProducts, queryStatistics } from './global-queries.js';
import { attentionKernel } from './kernel.js';
import { type AttentionPlan, tokenThreads } from './plan.js';
import { eachServed, planStream } from './stream.js';
import type { KernelProgram } from './wgsl.js';
import { channels } from './wgsl.js';

/**
 * Gradients of the keys and values that the global queries see: one invocation a token and head. A token's
 * key and value are read once for the probabilities of a few global queries; then its gradients are written
 * vec4 by vec4.
 *
 * Writes `keyGradient` and `valueGradient` [B, G + N, C].
 */
export function keyGradientFromGlobalQueries(plan: AttentionPlan): KernelProgram {
  const threads = tokenThreads(plan);
  return attentionKernel(plan, {
    name: 'key-gradient-from-global-queries',
    bindings: [
      ...backwardInputs(plan, ['queryGlobal', 'keyGlobal', 'valueGlobal']),
      ...channels('write', ['keyGradient', 'valueGradient']),
    ],
    workgroups: [Math.ceil(plan.tokens / threads), plan.heads, plan.batch],
    constants: { THREADS: threads, SERVED: planStream(plan, plan.tokens).served },
    declarations: `${globalQueryBias(plan)}
${GLOBAL_QUERY_TILES}`,
    body: body(plan),
  });
}

const SERVED = { image: 'image', head: 'head', first: 'first' };

function body(plan: AttentionPlan): string {
  return `let head = group.y;
  let image = group.z;
  let token = group.x * THREADS + thread;
  let row = image * token_count() + token;

  for (var first = 0u; first < GLOBALS; first += SERVED) {
    workgroupBarrier();
    ${fillQueryTiles(SERVED, true)}
    workgroupBarrier();

    if (token < token_count()) {
      ${queryProducts(plan, 'row', 'head')}
      // flops: 8u * HEAD_WIDTH * SERVED
      ${eachServed(plan, probability)}
      for (var v = 0u; v < VECTORS; v++) {
        var key_gradient = vec4<f32>();
        var value_gradient = vec4<f32>();
        if (first > 0u) {
          key_gradient = load_keyGradient(row, head, v);
          value_gradient = load_valueGradient(row, head, v);
        }
        ${eachServed(
          plan,
          (g) => `key_gradient += logit_gradient_${g} * query_tile[${g}u * VECTORS + v];
        value_gradient += weight_${g} * gradient_tile[${g}u * VECTORS + v];`,
        )}
        store_keyGradient(row, head, v, key_gradient);
        store_valueGradient(row, head, v, value_gradient);
      }
    }
  }`;
}

function probability(g: number): string {
  return `${queryStatistics(g, SERVED)}
      let bias_${g} = global_query_bias(head, query_${g}, token);
      // The last tile may be wider than what is left: queries past the end weigh nothing.
      let weight_${g} = select(0.0, exp(logit_${g} + bias_${g} - log_sum_exp_${g}), first + ${g}u < GLOBALS);
      let logit_gradient_${g} = weight_${g} * (value_dot_${g} - output_dot_${g});`;
}
