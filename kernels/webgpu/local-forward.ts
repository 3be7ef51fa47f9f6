import { biasBinding } from './biases.js';
import { CHUNK_ENTRY, chunkConstants, chunkGeometry } from './chunks.js';
import { type AttentionPlan, chunkWorkgroups, tileRows } from './plan.js';
import { stageKeys } from './stage-keys.js';
import type { Binding, KernelProgram } from './wgsl.js';
import { countFlops, gridUniforms, prelude, reportTally, unroll, withTally } from './wgsl.js';

/**
 * Forward pass of the local queries: one workgroup owns the queries of a chunk (or a part of one) of one head.
 *
 * Each query lives in the registers of its invocation, keys and values pass through workgroup memory tile by tile,
 * and the softmax is taken online (Milakov & Gimelshein 2018; Dao et al. 2022): logits never leave the registers.
 * Writes rows G.. of `output` [B, G + N, C] and of `logSumExp` [B, heads, G + N].
 */
export function localForward(plan: AttentionPlan): KernelProgram {
  return {
    name: 'local-forward',
    bindings: withTally(plan, bindings(plan)),
    uniforms: gridUniforms(plan),
    workgroups: chunkWorkgroups(plan),
    code: code(plan),
  };
}

function bindings(plan: AttentionPlan): Binding[] {
  const half = plan.settings.halfStorage;
  return [
    { name: 'query', kind: 'channels', access: 'read' },
    { name: 'key', kind: 'channels', access: 'read', half },
    { name: 'value', kind: 'channels', access: 'read', half },
    ...biasBinding(plan),
    { name: 'output', kind: 'channels', access: 'write' },
    { name: 'logSumExp', kind: 'scalars', access: 'write' },
  ];
}

function code(plan: AttentionPlan): string {
  const bytesPerKey = 2 * plan.tileVectors * (plan.settings.halfStorage ? 8 : 16);
  const tile = tileRows(plan, bytesPerKey, Math.max(plan.window ** 2, plan.globals));
  const each = (line: (i: number) => string) => unroll(plan.laneVectors, line, '\n        ');
  return `${prelude(plan, bindings(plan), chunkConstants(plan, tile))}
${chunkGeometry(plan)}
${stageKeys(plan)}
${CHUNK_ENTRY} {
  let place = owned_place(group);
  let owned = owned_token(place, thread);
  let first_vector = owned.lane * LANE_VECTORS;
  let query_row = place.image * local_count() + owned.token;
  ${each((i) => `let query_${i} = SCALE * load_query(query_row, place.head, first_vector + ${i}u);`)}
  var highest = -3.4e38;
  var sum = 0.0;
  ${each((i) => `var weighted_${i} = vec4<f32>();`)}

  for (var source = FIRST_SOURCE; source < NEIGHBOURS; source++) {
    let block = source_block(source, place.chunk);
    let key_count = u32(block.extent.x * block.extent.y);
    for (var start = 0u; start < key_count; start += TILE) {
      let staged = min(TILE, key_count - start);
      stage_keys(source, block, start, staged, place, thread);
      var position = position_in(block, start);
      for (var i = 0u; i < staged; i++) {
        let slot = i * TILE_VECTORS + first_vector;
        var partial = 0.0;
        ${each((i) => `partial += dot(query_${i}, vec4<f32>(key_tile[slot + ${i}u]));`)}
        let pair = pair_bias(source, place, owned, position, start + i);
        let logit = lane_sum(partial) + pair.bias;
        if (pair.is_visible && owned.is_real) {
          ${countFlops(plan, '4u * HEAD_WIDTH / LANES')}
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
        }
        position = next_position(block, position);
      }
    }
  }

  if (owned.is_real) {
    let row = place.image * token_count() + GLOBALS + owned.token;
    ${each((i) => `store_output(row, place.head, first_vector + ${i}u, weighted_${i} / sum);`)}
    if (owned.lane == 0u) {
      write_logSumExp(statistic(place.image, place.head, GLOBALS + owned.token), highest + log(sum));
    }
  }
  ${reportTally(plan)}
}
`;
}
