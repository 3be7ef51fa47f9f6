import { backwardInputs } from './backward-inputs.js';
import { usesLocalBias } from './biases.js';
import { chunkKernel } from './chunks.js';
import { type AttentionPlan, tileRows } from './plan.js';
import { keyLoop, stageKeys } from './stage-keys.js';
import type { KernelProgram } from './wgsl.js';
import { channels, scalars, unroll } from './wgsl.js';

/**
 * Gradient of the local queries, and of the relative bias table where there is one.
 *
 * Repeats the loop of the forward pass and recomputes each probability from the saved log-sum-exp. With p the
 * probability of a pair, its logit's gradient is p (dO . v - dO . O); `outputDot` holds dO . O. Writes
 * `queryGradient` [B, N, C] and one bias table a workgroup, `biasPartials` [workgroups / heads, (4w-1)^2,
 * heads].
 */
export function localQueryGradient(plan: AttentionPlan): KernelProgram {
  const bias = usesLocalBias(plan) ? biasGradient() : { declarations: '', start: '', pair: '', tile: '' };
  return chunkKernel(plan, {
    name: 'local-query-gradient',
    bindings: [
      ...backwardInputs(plan, ['query', 'key', 'value']),
      ...channels('write', ['queryGradient']),
      ...scalars('write', usesLocalBias(plan) ? ['biasPartials'] : []),
    ],
    tile: backwardTile(plan),
    declarations: `${stageKeys(plan)}${bias.declarations}`,
    body: body(plan, bias),
  });
}

/** Number of partial bias tables that the kernel writes for each head. */
export function biasPartialCount(plan: AttentionPlan): number {
  return plan.batch * plan.chunkRows * plan.chunkColumns * plan.parts;
}

/** Keys staged at a time: their vectors and, for the bias, each owned query's logit gradient. */
export function backwardTile(plan: AttentionPlan): number {
  const bytesPerKey = 2 * plan.tileVectors * 16 + (usesLocalBias(plan) ? plan.ownedTokens * 4 : 0);
  return tileRows(plan, bytesPerKey, Math.max(plan.window ** 2, plan.globals));
}

function body(plan: AttentionPlan, bias: BiasGradient): string {
  const each = (line: (i: number) => string) => unroll(plan.laneVectors, line, '\n        ');
  return `let query_row = place.image * local_count() + owned.token;
  let output_row = place.image * token_count() + GLOBALS + owned.token;
  let log_sum_exp = read_statistics(statistic(place.image, place.head, GLOBALS + owned.token));
  let output_dot = read_statistics(statistic(grid.batch + place.image, place.head, GLOBALS + owned.token));
  ${each((i) => `let query_${i} = SCALE * load_query(query_row, place.head, first_vector + ${i}u);`)}
  ${each((i) => `let gradient_${i} = load_outputGradient(output_row, place.head, first_vector + ${i}u);`)}
  ${each((i) => `var sum_${i} = vec4<f32>();`)}
  ${bias.start}

  ${keyLoop(
    `var logit_part = 0.0;
        var value_part = 0.0;
        ${each(
          (i) => `logit_part += dot(query_${i}, key_tile[slot + ${i}u]);
        value_part += dot(gradient_${i}, value_tile[slot + ${i}u]);`,
        )}
        let pair = pair_bias(source, place, owned, position, start + i);
        let logit = lane_sum(logit_part) + pair.bias;
        let value_dot = lane_sum(value_part);
        var logit_gradient = 0.0;
        if (pair.is_visible && owned.is_real) {
          // flops: 6u * HEAD_WIDTH / LANES
          logit_gradient = exp(logit - log_sum_exp) * (value_dot - output_dot);
          ${each((i) => `sum_${i} += logit_gradient * key_tile[slot + ${i}u];`)}
        }
        ${bias.pair}`,
    bias.tile,
  )}

  if (owned.is_real) {
    ${each((i) => `store_queryGradient(query_row, place.head, first_vector + ${i}u, SCALE * sum_${i});`)}
  }`;
}

/** WGSL that a kernel adds to gather the gradient of the bias table: see `biasGradient`. */
interface BiasGradient {
  readonly declarations: string;
  /** Statements before the loop over keys, for each pair of a query and a key, and for each tile of keys. */
  readonly start: string;
  readonly pair: string;
  readonly tile: string;
}

/**
 * Pieces that gather the bias table's gradient: the tile's logit gradients go through workgroup memory, and
 * each invocation sums those of the table entries it owns, in a fixed order, so there are no atomics and no
 * race.
 */
function biasGradient(): BiasGradient {
  return {
    declarations: `
const REACH = 2u * WINDOW - 1u;  // distances within two chunks at a time, per axis
var<workgroup> logit_gradients: array<f32, TILE * OWNED>;

// Adds a tile's logit gradients to the workgroup's bias table; each entry belongs to one invocation at a
// time.
fn add_to_bias_table(table: u32, place: Place, block: Block, source: i32, start: u32, staged: u32, thread: u32) {
  let shift = chunk_offset(source) * i32(WINDOW);
  for (var entry = thread; entry < REACH * REACH; entry += THREADS) {
    let distance = vec2<i32>(i32(entry / REACH), i32(entry % REACH)) - i32(WINDOW - 1u);
    var position = position_in(block, start);
    var sum = 0.0;
    for (var i = 0u; i < staged; i++) {
      let query = position + distance;
      let slot = query.x * i32(WINDOW) + query.y - i32(place.first_slot);
      if (all(query >= vec2<i32>()) && all(query < vec2<i32>(i32(WINDOW))) && slot >= 0 && slot < i32(OWNED)) {
        sum += logit_gradients[i * OWNED + u32(slot)];
      }
      position = next_position(block, position);
    }
    let at = (table + bias_entry(distance - shift)) * HEADS + place.head;
    write_biasPartials(at, read_biasPartials(at) + sum);
  }
}`,
    start: `let table = ((place.image * grid.chunk_rows + group.y) * grid.chunk_columns * PARTS + group.x) * BIAS_SIDE * BIAS_SIDE;
  for (var entry = thread; entry < BIAS_SIDE * BIAS_SIDE; entry += THREADS) {
    write_biasPartials((table + entry) * HEADS + place.head, 0.0);
  }`,
    pair: `if (owned.lane == 0u) { logit_gradients[i * OWNED + thread / LANES] = logit_gradient; }`,
    tile: `// The table's entries change owner from source to source: both barriers are needed.
      storageBarrier();
      workgroupBarrier();
      if (source >= 0) { add_to_bias_table(table, place, block, source, start, staged, thread); }`,
  };
}
