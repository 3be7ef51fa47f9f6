import { localQueryBias } from './biases.js';
import type { AttentionPlan } from './plan.js';
import { rotaryAccess, turnedLoader } from './rotary.js';

/**
 * WGSL shared by the kernels whose workgroups own queries: their sources of keys, the tiles that keys and
 * values pass through, and the bias of a pair. Source -1 is the global tokens, 0.. are the neighbouring
 * chunks.
 *
 * Needs the bindings `key`, `value` and, where the plan has them, `biases` and `rotary`.
 */
export function stageKeys(plan: AttentionPlan): string {
  const element = plan.settings.halfStorage ? 'vec4<f16>' : 'vec4<f32>';
  return `
${localQueryBias(plan)}
${rotaryAccess(plan)}
${turnedLoader(plan, 'key')}
const FIRST_SOURCE = ${plan.globals > 0 ? -1 : 0};
const NEIGHBOURS = ${plan.neighbours.length};
var<workgroup> key_tile: array<${element}, TILE * TILE_VECTORS>;
var<workgroup> value_tile: array<${element}, TILE * TILE_VECTORS>;

fn source_block(source: i32, chunk: vec2<i32>) -> Block {
  if (source < 0) { return Block(vec2<i32>(), vec2<i32>(1, i32(GLOBALS))); }
  return key_block(chunk + chunk_offset(source));
}

// Row of a source's key in \`key\` and \`value\`, or -1 for the padding that cyclic chunks see.
fn key_row(source: i32, block: Block, index: u32, image: u32) -> i32 {
  let first = i32(image * token_count());
  if (source < 0) { return first + i32(index); }
  let position = block.origin + position_in(block, index);
  let row = first + i32(GLOBALS) + position.x * i32(grid.columns) + position.y;
  return ${plan.exact === 'cyclic' ? 'select(-1, row, all(position < image_size()))' : 'row'};
}

// Copies keys start .. start + staged of a block into the tiles, once all have finished with the previous
// ones.
fn stage_keys(source: i32, block: Block, start: u32, staged: u32, place: Place, thread: u32) {
  workgroupBarrier();
  for (var i = thread; i < staged * TILE_VECTORS; i += THREADS) {
    let row = key_row(source, block, start + i / TILE_VECTORS, place.image);
    let vector = i % TILE_VECTORS;
    var key = vec4<f32>();
    var value = vec4<f32>();
    if (row >= 0) {
      key = turned_key(u32(row), place.head, vector, u32(row) - place.image * token_count());
      value = load_value(u32(row), place.head, vector);
    }
    key_tile[i] = ${element}(key);
    value_tile[i] = ${element}(value);
  }
  workgroupBarrier();
}

struct Pair { bias: f32, is_visible: bool }

// A query and the key at \`position\` of a source's block, the index-th one.
fn pair_bias(source: i32, place: Place, owned: Owned, position: vec2<i32>, index: u32) -> Pair {
  if (source < 0) { return Pair(bias_to_global(place.head, index), true); }
  let distance = owned.in_chunk - position - chunk_offset(source) * i32(WINDOW);
  // Slots past the chunk would lie past the table as well.
  var bias = 0.0;
  if (owned.is_real) { bias = bias_to_local(place.head, distance); }
  return Pair(bias, is_visible(distance));
}
`;
}

/**
 * WGSL of the loop of a workgroup that owns queries over the keys they see, tile by tile.
 *
 * @param pair statements for one key: they find its `source`, `position` in the source's block, index
 * `start + i` and the `slot` of the tiles where the lane's part of it starts
 * @param afterTile statements after each tile
 */
export function keyLoop(pair: string, afterTile = ''): string {
  return `for (var source = FIRST_SOURCE; source < NEIGHBOURS; source++) {
    let block = source_block(source, place.chunk);
    let key_count = u32(block.extent.x * block.extent.y);
    for (var start = 0u; start < key_count; start += TILE) {
      let staged = min(TILE, key_count - start);
      stage_keys(source, block, start, staged, place, thread);
      var position = position_in(block, start);
      for (var i = 0u; i < staged; i++) {
        let slot = i * TILE_VECTORS + first_vector;
        ${pair}
        position = next_position(block, position);
      }
      ${afterTile}
    }
  }`;
}
