import { biasBinding, globalQueryBias } from './biases.js';
import { fillQueryTiles } from './global-queries.js';
import type { AttentionPlan } from './plan.js';
import { rotaryAccess, rotaryBinding, turnedLoader } from './rotary.js';
import { eachServed, streamKernel } from './stream.js';
import type { Binding, KernelProgram } from './wgsl.js';
import { channels, scalars } from './wgsl.js';

/**
 * Forward pass of the global queries over one split of the sequence a workgroup; `globalCombine` joins the
 * splits.
 *
 * Writes, for each split, the sums weighted with exp(logit - highest) to `partialOutput` [B, splits, G, C],
 * and (highest logit, sum of weights) to `partialStatistics` [B, splits, G, heads, 2].
 */
export function globalForward(plan: AttentionPlan): KernelProgram {
  return streamKernel(plan, {
    name: 'global-forward',
    bindings: bindings(plan),
    streamed: 'all tokens',
    declarations: `${globalQueryBias(plan)}
${rotaryAccess(plan)}
${turnedLoader(plan, 'keyGlobal')}
var<workgroup> query_tile: array<vec4<f32>, SERVED * VECTORS>;
var<workgroup> weight_tile: array<f32, SERVED * THREADS>;`,
    start: start(plan),
    ofToken: ofToken(plan),
    ofChannels: ofChannels(plan),
    finish,
  });
}

function bindings(plan: AttentionPlan): Binding[] {
  return [
    ...channels('read', ['queryGlobal']),
    ...channels('read', ['keyGlobal', 'valueGlobal'], plan.settings.halfStorage),
    ...biasBinding(plan),
    ...rotaryBinding(plan),
    ...channels('write', ['partialOutput']),
    ...scalars('write', ['partialStatistics']),
  ];
}

const SERVED = { image: 'place.image', head: 'place.head', first: 'place.first_global' };

function start(plan: AttentionPlan): string {
  return `${fillQueryTiles(SERVED, false)}
  workgroupBarrier();
  ${eachServed(plan, (g) => `var highest_${g} = -3.4e38;\n  var sum_${g} = 0.0;\n  var weighted_${g} = vec4<f32>();`)}
  let first_row = place.image * token_count();`;
}

/** A token's logits, and its weights relative to the highest logit so far. */
function ofToken(plan: AttentionPlan): string {
  const each = (line: (g: number) => string) => eachServed(plan, line);
  return `let token = start + thread;
    let is_inside = token < end;
    ${each((g) => `var logit_${g} = 0.0;`)}
    if (is_inside) {
      for (var v = 0u; v < VECTORS; v++) {
        let key = turned_keyGlobal(first_row + token, place.head, v, token);
        ${each((g) => `logit_${g} += dot(query_tile[${g}u * VECTORS + v], key);`)}
      }
      // flops: 2u * HEAD_WIDTH * SERVED
      ${each((g) => `logit_${g} += global_query_bias(place.head, min(place.first_global + ${g}u, GLOBALS - 1u), token);`)}
    }
    ${each((g) => rescale(g))}`;
}

/** The weighted sum of the values. */
function ofChannels(plan: AttentionPlan): string {
  return `let value = load_valueGlobal(first_row + start + i, place.head, summed_vector(thread));
      // flops: 2u * min(4u, HEAD_WIDTH - 4u * summed_vector(thread)) * SERVED
      ${eachServed(plan, (g) => `weighted_${g} += weight_tile[${g}u * THREADS + i] * value;`)}`;
}

function rescale(g: number): string {
  return `{
      let next = max(highest_${g}, workgroup_max(select(-3.4e38, logit_${g}, is_inside), thread));
      let shrink = exp(highest_${g} - next);
      let weight = select(0.0, exp(logit_${g} - next), is_inside);
      weight_tile[${g}u * THREADS + thread] = weight;
      sum_${g} = sum_${g} * shrink + weight;
      weighted_${g} *= shrink;
      highest_${g} = next;
    }`;
}

function finish(g: number): string {
  return `{
    let weighted = group_sum(weighted_${g}, thread);
    let sum = workgroup_sum(sum_${g}, thread);
    let query = place.first_global + ${g}u;
    if (query < GLOBALS) {
      if (thread < VECTORS) { store_partialOutput(partial_row(place, ${g}u), place.head, thread, weighted); }
      if (thread == 0u) {
        let at = 2u * (partial_row(place, ${g}u) * HEADS + place.head);
        write_partialStatistics(at, highest_${g});
        write_partialStatistics(at + 1u, sum);
      }
    }
  }`;
}
