import { backwardInputs } from './backward-inputs.js';
import { globalQueryBias } from './biases.js';
import { fillQueryTiles, GLOBAL_QUERY_TILES, queryProducts, queryStatistics } from './global-queries.js';
import type { AttentionPlan } from './plan.js';
import { eachServed, streamKernel } from './stream.js';
import type { KernelProgram } from './wgsl.js';
import { channels, scalars } from './wgsl.js';

/**
 * Gradient of the global queries and of their biases, over one split of the sequence a workgroup;
 * `sumPartials` adds the splits.
 *
 * Writes `queryPartials` [B, splits, G, C] and `biasPartials` [B, splits, heads x G + heads x G x G]: the
 * gradients of the queries' biases for all local keys, then for each global key.
 */
export function globalQueryGradient(plan: AttentionPlan): KernelProgram {
  return streamKernel(plan, {
    name: 'global-query-gradient',
    bindings: [
      ...backwardInputs(plan, ['queryGlobal', 'keyGlobal', 'valueGlobal']),
      ...channels('write', ['queryPartials']),
      ...scalars('write', ['biasPartials']),
    ],
    streamed: 'all tokens',
    declarations: `${globalQueryBias(plan)}
${DECLARATIONS}`,
    start: start(plan),
    ofToken: ofToken(plan),
    ofChannels: ofChannels(plan),
    finish,
  });
}

const DECLARATIONS = `${GLOBAL_QUERY_TILES}
var<workgroup> logit_gradient_tile: array<f32, SERVED * THREADS>;

fn bias_row(place: Place) -> u32 { return (place.image * SPLITS + place.split) * HEADS * GLOBALS * (1u + GLOBALS); }
fn local_bias_at(place: Place, query: u32) -> u32 { return bias_row(place) + place.head * GLOBALS + query; }
fn global_bias_at(place: Place, query: u32, key: u32) -> u32 {
  return bias_row(place) + HEADS * GLOBALS + (place.head * GLOBALS + query) * GLOBALS + key;
}`;

const SERVED = { image: 'place.image', head: 'place.head', first: 'place.first_global' };

function start(plan: AttentionPlan): string {
  return `${fillQueryTiles(SERVED, true)}
  ${eachServed(
    plan,
    (g) => `${queryStatistics(g, SERVED)}
  var sum_${g} = vec4<f32>();
  var bias_sum_${g} = 0.0;`,
  )}
  let first_row = place.image * token_count();`;
}

/** The gradients of a token's logits. */
function ofToken(plan: AttentionPlan): string {
  return `workgroupBarrier();
    let token = start + thread;
    if (token < end) {
      ${queryProducts(plan, 'first_row + token', 'place.head')}
      // flops: 4u * HEAD_WIDTH * SERVED
      ${eachServed(
        plan,
        (g) => `{
        let logit = logit_${g} + global_query_bias(place.head, query_${g}, token);
        let logit_gradient = exp(logit - log_sum_exp_${g}) * (value_dot_${g} - output_dot_${g});
        logit_gradient_tile[${g}u * THREADS + thread] = logit_gradient;
        if (token >= GLOBALS) { bias_sum_${g} += logit_gradient; }
        else if (place.first_global + ${g}u < GLOBALS) {
          write_biasPartials(global_bias_at(place, query_${g}, token), logit_gradient);
        }
      }`,
      )}
    }`;
}

/** The weighted sum of the keys. */
function ofChannels(plan: AttentionPlan): string {
  return `let key = load_keyGlobal(first_row + start + i, place.head, summed_vector(thread));
      // flops: 2u * min(4u, HEAD_WIDTH - 4u * summed_vector(thread)) * SERVED
      ${eachServed(plan, (g) => `sum_${g} += logit_gradient_tile[${g}u * THREADS + i] * key;`)}`;
}

function finish(g: number): string {
  return `{
    let sum = group_sum(sum_${g}, thread);
    let bias_sum = workgroup_sum(bias_sum_${g}, thread);
    if (place.first_global + ${g}u < GLOBALS) {
      if (thread < VECTORS) { store_queryPartials(partial_row(place, ${g}u), place.head, thread, SCALE * sum); }
      if (thread == 0u) { write_biasPartials(local_bias_at(place, query_${g}), bias_sum); }
      // Each global key's gradient lies in one split; the others hold zero for the sum.
      for (var token = thread; token < GLOBALS; token += THREADS) {
        if (token < split_start(place.split) || token >= split_start(place.split + 1u)) {
          write_biasPartials(global_bias_at(place, query_${g}, token), 0.0);
        }
      }
    }
  }`;
}
