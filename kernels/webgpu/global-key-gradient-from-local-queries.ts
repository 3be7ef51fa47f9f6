import { backwardInputs } from './backward-inputs.js';
import { biasToGlobal } from './biases.js';
import type { AttentionPlan } from './plan.js';
import { eachServed, streamKernel } from './stream.js';
import type { KernelProgram } from './wgsl.js';
import { channels, scalars } from './wgsl.js';

/**
 * Gradients of the global tokens' keys and values from the local queries, which all see them, over one split
 * of the queries a workgroup; `sumPartials` adds the splits.
 *
 * Writes `partials` [2, B, splits, G, C], of keys and of values, and `biasPartials` [B, splits, heads, G],
 * the gradient of the bias of each global key.
 */
export function globalKeyGradientFromLocalQueries(plan: AttentionPlan): KernelProgram {
  return streamKernel(plan, {
    name: 'global-key-gradient-from-local-queries',
    bindings: [
      ...backwardInputs(plan, ['query', 'key', 'value']),
      // Keys first, then values: one buffer keeps the kernel within the eight that every device allows.
      ...channels('write', ['partials']),
      ...scalars('write', ['biasPartials']),
    ],
    streamed: 'local tokens',
    declarations: `${biasToGlobal(plan)}
${TILES}`,
    start: start(plan),
    ofToken: ofToken(plan),
    ofChannels: ofChannels(plan),
    finish,
  });
}

const TILES = `var<workgroup> key_tile: array<vec4<f32>, SERVED * VECTORS>;
var<workgroup> value_tile: array<vec4<f32>, SERVED * VECTORS>;
var<workgroup> weight_tile: array<f32, SERVED * THREADS>;
var<workgroup> logit_gradient_tile: array<f32, SERVED * THREADS>;`;

function start(plan: AttentionPlan): string {
  return `for (var i = thread; i < SERVED * VECTORS; i += THREADS) {
    let row = place.image * token_count() + min(place.first_global + i / VECTORS, GLOBALS - 1u);
    key_tile[i] = load_key(row, place.head, i % VECTORS);
    value_tile[i] = load_value(row, place.head, i % VECTORS);
  }
  ${eachServed(plan, (g) => `var key_sum_${g} = vec4<f32>();\n  var value_sum_${g} = vec4<f32>();\n  var bias_sum_${g} = 0.0;`)}
  let first_query = place.image * local_count();
  let first_gradient = place.image * token_count() + GLOBALS;`;
}

/** A query's probabilities of the global keys, and the gradients of their logits. */
function ofToken(plan: AttentionPlan): string {
  const each = (line: (g: number) => string) => eachServed(plan, line);
  return `workgroupBarrier();
    let token = start + thread;
    if (token < end) {
      ${each((g) => `var logit_${g} = 0.0;\n    var value_dot_${g} = 0.0;`)}
      for (var v = 0u; v < VECTORS; v++) {
        let query = SCALE * load_query(first_query + token, place.head, v);
        let gradient = load_outputGradient(first_gradient + token, place.head, v);
        ${each(
          (g) => `logit_${g} += dot(query, key_tile[${g}u * VECTORS + v]);
        value_dot_${g} += dot(gradient, value_tile[${g}u * VECTORS + v]);`,
        )}
      }
      // flops: 4u * HEAD_WIDTH * SERVED
      let log_sum_exp = read_statistics(statistic(place.image, place.head, GLOBALS + token));
      let output_dot = read_statistics(statistic(grid.batch + place.image, place.head, GLOBALS + token));
      ${each(
        (g) => `{
        let global = min(place.first_global + ${g}u, GLOBALS - 1u);
        let weight = exp(logit_${g} + bias_to_global(place.head, global) - log_sum_exp);
        let logit_gradient = weight * (value_dot_${g} - output_dot);
        weight_tile[${g}u * THREADS + thread] = weight;
        logit_gradient_tile[${g}u * THREADS + thread] = logit_gradient;
        bias_sum_${g} += logit_gradient;
      }`,
      )}
    }`;
}

/** The weighted sums of the queries and of the output gradients. */
function ofChannels(plan: AttentionPlan): string {
  return `let query = SCALE * load_query(first_query + start + i, place.head, summed_vector(thread));
      let gradient = load_outputGradient(first_gradient + start + i, place.head, summed_vector(thread));
      // flops: 4u * min(4u, HEAD_WIDTH - 4u * summed_vector(thread)) * SERVED
      ${eachServed(
        plan,
        (g) => `key_sum_${g} += logit_gradient_tile[${g}u * THREADS + i] * query;
      value_sum_${g} += weight_tile[${g}u * THREADS + i] * gradient;`,
      )}`;
}

function finish(g: number): string {
  return `{
    let key_sum = group_sum(key_sum_${g}, thread);
    let value_sum = group_sum(value_sum_${g}, thread);
    let bias_sum = workgroup_sum(bias_sum_${g}, thread);
    let global = place.first_global + ${g}u;
    if (global < GLOBALS) {
      let row = partial_row(place, ${g}u);
      if (thread < VECTORS) {
        store_partials(row, place.head, thread, key_sum);
        store_partials(grid.batch * SPLITS * GLOBALS + row, place.head, thread, value_sum);
      }
      if (thread == 0u) {
        write_biasPartials(((place.image * SPLITS + place.split) * HEADS + place.head) * GLOBALS + global, bias_sum);
      }
    }
  }`;
}
