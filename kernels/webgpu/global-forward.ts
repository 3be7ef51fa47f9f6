import { biasBinding, globalQueryBias } from './biases.js';
import type { AttentionPlan } from './plan.js';
import { planStream, streamCode, streamConstants, streamEntry, streamWorkgroups } from './stream.js';
import type { Binding, KernelProgram } from './wgsl.js';
import { countFlops, gridUniforms, prelude, reportTally, unroll, withTally } from './wgsl.js';

/**
 * Forward pass of the global queries over one split of the sequence a workgroup; `globalCombine` joins the splits.
 *
 * Writes, for each split, the sums weighted with exp(logit - highest) to `partialOutput` [B, splits, G, C], and
 * (highest logit, sum of weights) to `partialStatistics` [B, splits, G, heads, 2].
 */
export function globalForward(plan: AttentionPlan): KernelProgram {
  return {
    name: 'global-forward',
    bindings: withTally(plan, bindings(plan)),
    uniforms: gridUniforms(plan),
    workgroups: streamWorkgroups(plan, planStream(plan, plan.tokens)),
    code: code(plan),
  };
}

function bindings(plan: AttentionPlan): Binding[] {
  const half = plan.settings.halfStorage;
  return [
    { name: 'queryGlobal', kind: 'channels', access: 'read' },
    { name: 'keyGlobal', kind: 'channels', access: 'read', half },
    { name: 'valueGlobal', kind: 'channels', access: 'read', half },
    ...biasBinding(plan),
    { name: 'partialOutput', kind: 'channels', access: 'write' },
    { name: 'partialStatistics', kind: 'scalars', access: 'write' },
  ];
}

function code(plan: AttentionPlan): string {
  const stream = planStream(plan, plan.tokens);
  const each = (line: (g: number) => string) => unroll(stream.served, line, '\n    ');
  return `${prelude(plan, bindings(plan), streamConstants(plan, stream))}
${streamCode(plan, 'token_count()')}
${globalQueryBias(plan)}
var<workgroup> query_tile: array<vec4<f32>, SERVED * VECTORS>;
var<workgroup> weight_tile: array<f32, SERVED * THREADS>;

${streamEntry(plan)}
  for (var i = thread; i < SERVED * VECTORS; i += THREADS) {
    let query = min(place.first_global + i / VECTORS, GLOBALS - 1u);
    query_tile[i] = SCALE * load_queryGlobal(place.image * GLOBALS + query, place.head, i % VECTORS);
  }
  workgroupBarrier();
  ${each((g) => `var highest_${g} = -3.4e38;\n  var sum_${g} = 0.0;\n  var weighted_${g} = vec4<f32>();`)}
  let first_row = place.image * token_count();
  let end = split_start(place.split + 1u);

  for (var start = split_start(place.split); start < end; start += THREADS) {
    // As owner of one token: its logits, and its weights relative to the highest logit so far.
    let token = start + thread;
    let is_inside = token < end;
    ${each((g) => `var logit_${g} = 0.0;`)}
    if (is_inside) {
      for (var v = 0u; v < VECTORS; v++) {
        let key = load_keyGlobal(first_row + token, place.head, v);
        ${each((g) => `logit_${g} += dot(query_tile[${g}u * VECTORS + v], key);`)}
      }
      ${countFlops(plan, '2u * HEAD_WIDTH * SERVED')}
      ${each((g) => `logit_${g} += global_query_bias(place.head, min(place.first_global + ${g}u, GLOBALS - 1u), token);`)}
    }
    ${each((g) => rescale(g))}
    workgroupBarrier();

    // As owner of four channels: the weighted sum of the values.
    for (var i = summed_group(thread); i < min(THREADS, end - start) && summed_group(thread) < GROUPS; i += GROUPS) {
      let value = load_valueGlobal(first_row + start + i, place.head, summed_vector(thread));
      ${countFlops(plan, '2u * min(4u, HEAD_WIDTH - 4u * summed_vector(thread)) * SERVED')}
      ${each((g) => `weighted_${g} += weight_tile[${g}u * THREADS + i] * value;`)}
    }
  }

  ${each((g) => finish(g))}
  ${reportTally(plan)}
}
`;
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
