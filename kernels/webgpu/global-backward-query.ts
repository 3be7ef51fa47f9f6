import { biasBinding, globalQueryBias } from './biases.js';
import type { AttentionPlan } from './plan.js';
import { planStream, streamCode, streamConstants, streamEntry, streamWorkgroups } from './stream.js';
import type { Binding, KernelProgram } from './wgsl.js';
import { countFlops, gridUniforms, prelude, reportTally, unroll, withTally } from './wgsl.js';

/**
 * Gradient of the global queries and of their biases, over one split of the sequence a workgroup; `sumPartials` adds
 * the splits.
 *
 * Writes `queryPartials` [B, splits, G, C] and `biasPartials` [B, splits, heads x G + heads x G x G]: the gradients of
 * the queries' biases for all local keys, then for each global key.
 */
export function globalBackwardQuery(plan: AttentionPlan): KernelProgram {
  return {
    name: 'global-backward-query',
    bindings: withTally(plan, bindings(plan)),
    uniforms: gridUniforms(plan),
    workgroups: streamWorkgroups(plan, planStream(plan, plan.tokens)),
    code: code(plan),
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
    { name: 'queryPartials', kind: 'channels', access: 'write' },
    { name: 'biasPartials', kind: 'scalars', access: 'write' },
  ];
}

function code(plan: AttentionPlan): string {
  const stream = planStream(plan, plan.tokens);
  const each = (line: (g: number) => string) => unroll(stream.served, line, '\n    ');
  return `${prelude(plan, bindings(plan), streamConstants(plan, stream))}
${streamCode(plan, 'token_count()')}
${globalQueryBias(plan)}
var<workgroup> query_tile: array<vec4<f32>, SERVED * VECTORS>;
var<workgroup> gradient_tile: array<vec4<f32>, SERVED * VECTORS>;
var<workgroup> logit_gradient_tile: array<f32, SERVED * THREADS>;

fn bias_row(place: Place) -> u32 { return (place.image * SPLITS + place.split) * HEADS * GLOBALS * (1u + GLOBALS); }
fn local_bias_at(place: Place, query: u32) -> u32 { return bias_row(place) + place.head * GLOBALS + query; }
fn global_bias_at(place: Place, query: u32, key: u32) -> u32 {
  return bias_row(place) + HEADS * GLOBALS + (place.head * GLOBALS + query) * GLOBALS + key;
}

${streamEntry(plan)}
  for (var i = thread; i < SERVED * VECTORS; i += THREADS) {
    let query = min(place.first_global + i / VECTORS, GLOBALS - 1u);
    query_tile[i] = SCALE * load_queryGlobal(place.image * GLOBALS + query, place.head, i % VECTORS);
    gradient_tile[i] = load_outputGradient(place.image * token_count() + query, place.head, i % VECTORS);
  }
  ${each((g) => initialise(g))}
  let first_row = place.image * token_count();
  let end = split_start(place.split + 1u);

  for (var start = split_start(place.split); start < end; start += THREADS) {
    workgroupBarrier();
    // As owner of one token: the gradients of its logits.
    let token = start + thread;
    if (token < end) {
      ${each((g) => `var logit_${g} = 0.0;\n    var value_dot_${g} = 0.0;`)}
      for (var v = 0u; v < VECTORS; v++) {
        let key = load_keyGlobal(first_row + token, place.head, v);
        let value = load_valueGlobal(first_row + token, place.head, v);
        ${each(
          (g) => `logit_${g} += dot(query_tile[${g}u * VECTORS + v], key);
        value_dot_${g} += dot(gradient_tile[${g}u * VECTORS + v], value);`,
        )}
      }
      ${countFlops(plan, '4u * HEAD_WIDTH * SERVED')}
      ${each(
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
    }
    workgroupBarrier();

    // As owner of four channels: the weighted sum of the keys.
    for (var i = summed_group(thread); i < min(THREADS, end - start) && summed_group(thread) < GROUPS; i += GROUPS) {
      let key = load_keyGlobal(first_row + start + i, place.head, summed_vector(thread));
      ${countFlops(plan, '2u * min(4u, HEAD_WIDTH - 4u * summed_vector(thread)) * SERVED')}
      ${each((g) => `sum_${g} += logit_gradient_tile[${g}u * THREADS + i] * key;`)}
    }
  }

  ${each((g) => finish(g))}
  ${reportTally(plan)}
}
`;
}

function initialise(g: number): string {
  return `let query_${g} = min(place.first_global + ${g}u, GLOBALS - 1u);
  let log_sum_exp_${g} = read_statistics(statistic(place.image, place.head, query_${g}));
  let output_dot_${g} = read_statistics(statistic(grid.batch + place.image, place.head, query_${g}));
  var sum_${g} = vec4<f32>();
  var bias_sum_${g} = 0.0;`;
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
