import { biasBinding } from './biases.js';
import { chunkKernel } from './chunks.js';
import { type AttentionPlan, tileRows } from './plan.js';
import { rotaryBinding, turnedLoader } from './rotary.js';
import { keyLoop, stageKeys } from './stage-keys.js';
import type { Binding, KernelProgram } from './wgsl.js';
import { channels, scalars, unroll } from './wgsl.js';

/**
 * Forward pass of the local queries: one workgroup owns the queries of a chunk (or a part of one) of one
 * head.
 *
 * Each query lives in the registers of its invocation, keys and values pass through workgroup memory tile by
 * tile, and the softmax is taken online (Milakov & Gimelshein 2018; Dao et al. 2022): logits never leave the
 * registers. Writes rows G.. of `output` [B, G + N, C] and of `logSumExp` [B, heads, G + N].
 */
export function localForward(plan: AttentionPlan): KernelProgram {
  const bytesPerKey = 2 * plan.tileVectors * (plan.settings.halfStorage ? 8 : 16);
  return chunkKernel(plan, {
    name: 'local-forward',
    bindings: bindings(plan),
    tile: tileRows(plan, bytesPerKey, Math.max(plan.window ** 2, plan.globals)),
    declarations: `${stageKeys(plan)}\n${turnedLoader(plan, 'query')}`,
    body: body(plan),
  });
}

function bindings(plan: AttentionPlan): Binding[] {
  return [
    ...channels('read', ['query']),
    ...channels('read', ['key', 'value'], plan.settings.halfStorage),
    ...biasBinding(plan),
    ...rotaryBinding(plan),
    ...channels('write', ['output']),
    ...scalars('write', ['logSumExp']),
  ];
}

function body(plan: AttentionPlan): string {
  const each = (line: (i: number) => string) => unroll(plan.laneVectors, line, '\n        ');
  return `let query_row = place.image * local_count() + owned.token;
  ${each((i) => `let query_${i} = SCALE * turned_query(query_row, place.head, first_vector + ${i}u, GLOBALS + owned.token);`)}
  var highest = -3.4e38;
  var sum = 0.0;
  ${each((i) => `var weighted_${i} = vec4<f32>();`)}

  ${keyLoop(`var partial = 0.0;
        ${each((i) => `partial += dot(query_${i}, vec4<f32>(key_tile[slot + ${i}u]));`)}
        let pair = pair_bias(source, place, owned, position, start + i);
        let logit = lane_sum(partial) + pair.bias;
        if (pair.is_visible && owned.is_real) {
          // flops: 4u * HEAD_WIDTH / LANES
          // Rescaling is rare: the highest of n logits in random order changes about ln n times.
          if (logit > highest) {
            let shrink = exp(highest - logit);
            sum *= shrink;
            ${each((i) => `weighted_${i} *= shrink;`)}
            highest = logit;
          }
          let weight = exp(logit - highest);
          sum += weight;
          ${each((i) => `weighted_${i} += weight * vec4<f32>(value_tile[slot + ${i}u]);`)}
        }`)}

  if (owned.is_real) {
    let row = place.image * token_count() + GLOBALS + owned.token;
    ${each((i) => `store_output(row, place.head, first_vector + ${i}u, weighted_${i} / sum);`)}
    if (owned.lane == 0u) {
      write_logSumExp(statistic(place.image, place.head, GLOBALS + owned.token), highest + log(sum));
    }
  }`;
}
