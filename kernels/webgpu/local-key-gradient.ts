import { backwardInputs } from './backward-inputs.js';
import { localQueryBias } from './biases.js';
import { chunkKernel } from './chunks.js';
import { type AttentionPlan, tileRows } from './plan.js';
import type { KernelProgram } from './wgsl.js';
import { channels, unroll } from './wgsl.js';

/**
 * Gradients of the local keys and values from the local queries: one workgroup owns the keys of a chunk (or a
 * part of one) of one head and gathers from the query chunks that see it, so no two workgroups write the same
 * place.
 *
 * Writes rows G.. of `keyGradient` and `valueGradient` [B, G + N, C].
 */
export function localKeyGradient(plan: AttentionPlan): KernelProgram {
  return chunkKernel(plan, {
    name: 'local-key-gradient',
    bindings: [
      ...backwardInputs(plan, ['query', 'key', 'value']),
      ...channels('write', ['keyGradient', 'valueGradient']),
    ],
    tile: tileRows(plan, 2 * plan.tileVectors * 16 + 8, plan.window ** 2),
    declarations: `const NEIGHBOURS = ${plan.neighbours.length};
${localQueryBias(plan)}
${STAGE_QUERIES}`,
    body: body(plan),
  });
}

function body(plan: AttentionPlan): string {
  const each = (line: (i: number) => string) => unroll(plan.laneVectors, line, '\n        ');
  return `let row = place.image * token_count() + GLOBALS + owned.token;
  ${each((i) => `let key_${i} = load_key(row, place.head, first_vector + ${i}u);`)}
  ${each((i) => `let value_${i} = load_value(row, place.head, first_vector + ${i}u);`)}
  ${each((i) => `var key_sum_${i} = vec4<f32>();`)}
  ${each((i) => `var value_sum_${i} = vec4<f32>();`)}

  for (var neighbour = 0; neighbour < NEIGHBOURS; neighbour++) {
    // The queries that see this chunk at an offset are those of the chunk at the opposite offset.
    let offset = chunk_offset(neighbour);
    let block = query_block(place.chunk - offset);
    let query_count = u32(block.extent.x * block.extent.y);
    for (var start = 0u; start < query_count; start += TILE) {
      let staged = min(TILE, query_count - start);
      stage_queries(block, start, staged, place, thread);
      var position = position_in(block, start);
      for (var i = 0u; i < staged; i++) {
        let slot = i * TILE_VECTORS + first_vector;
        var logit_part = 0.0;
        var value_part = 0.0;
        ${each(
          (i) => `logit_part += dot(query_tile[slot + ${i}u], key_${i});
        value_part += dot(gradient_tile[slot + ${i}u], value_${i});`,
        )}
        let distance = position - owned.in_chunk - offset * i32(WINDOW);
        let logit = lane_sum(logit_part);
        let value_dot = lane_sum(value_part);
        if (is_visible(distance) && owned.is_real) {
          // flops: 8u * HEAD_WIDTH / LANES
          let weight = exp(logit + bias_to_local(place.head, distance) - log_sum_exp_tile[i]);
          let logit_gradient = weight * (value_dot - output_dot_tile[i]);
          ${each(
            (i) => `value_sum_${i} += weight * gradient_tile[slot + ${i}u];
          key_sum_${i} += logit_gradient * query_tile[slot + ${i}u];`,
          )}
        }
        position = next_position(block, position);
      }
    }
  }

  if (owned.is_real) {
    ${each((i) => `store_keyGradient(row, place.head, first_vector + ${i}u, key_sum_${i});`)}
    ${each((i) => `store_valueGradient(row, place.head, first_vector + ${i}u, value_sum_${i});`)}
  }`;
}

const STAGE_QUERIES = `
var<workgroup> query_tile: array<vec4<f32>, TILE * TILE_VECTORS>;
var<workgroup> gradient_tile: array<vec4<f32>, TILE * TILE_VECTORS>;
var<workgroup> log_sum_exp_tile: array<f32, TILE>;
var<workgroup> output_dot_tile: array<f32, TILE>;

fn query_token(block: Block, index: u32) -> u32 {
  let position = block.origin + position_in(block, index);
  return u32(position.x) * grid.columns + u32(position.y);
}

// Copies queries start .. start + staged of a block, scaled, their output gradients and statistics into the
// tiles.
fn stage_queries(block: Block, start: u32, staged: u32, place: Place, thread: u32) {
  workgroupBarrier();
  for (var i = thread; i < staged * TILE_VECTORS; i += THREADS) {
    let token = query_token(block, start + i / TILE_VECTORS);
    let vector = i % TILE_VECTORS;
    query_tile[i] = SCALE * load_query(place.image * local_count() + token, place.head, vector);
    gradient_tile[i] = load_outputGradient(place.image * token_count() + GLOBALS + token, place.head, vector);
  }
  for (var i = thread; i < staged; i += THREADS) {
    let token = GLOBALS + query_token(block, start + i);
    log_sum_exp_tile[i] = read_statistics(statistic(place.image, place.head, token));
    output_dot_tile[i] = read_statistics(statistic(grid.batch + place.image, place.head, token));
  }
  workgroupBarrier();
}
`;
