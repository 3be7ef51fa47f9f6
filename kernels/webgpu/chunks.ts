import type { KernelParts } from './kernel.js';
import { attentionKernel } from './kernel.js';
import { type AttentionPlan, chunkWorkgroups } from './plan.js';
import type { KernelProgram } from './wgsl.js';
import { unroll } from './wgsl.js';

/** What one kernel that owns the tokens of a chunk has for itself. */
export interface ChunkKernelParts extends Pick<KernelParts, 'name' | 'bindings' | 'declarations' | 'body'> {
  /** Tokens staged in workgroup memory at a time. */
  readonly tile: number;
}

/**
 * Builds a kernel whose workgroups each own the tokens of one chunk, or of a part of one, of one head.
 *
 * Its `body` finds `place` (of the workgroup), `owned` (the invocation's token) and `first_vector` (its
 * lane's first vec4 of the head).
 */
export function chunkKernel(plan: AttentionPlan, { tile, ...parts }: ChunkKernelParts): KernelProgram {
  return attentionKernel(plan, {
    ...parts,
    workgroups: chunkWorkgroups(plan),
    constants: chunkConstants(plan, tile),
    declarations: `${chunkGeometry(plan)}
${parts.declarations}`,
    body: `let place = owned_place(group);
  let owned = owned_token(place, thread);
  let first_vector = owned.lane * LANE_VECTORS;
  ${parts.body}`,
  });
}

function chunkConstants(plan: AttentionPlan, tile: number): KernelParts['constants'] {
  return {
    WINDOW: plan.window,
    BIAS_SIDE: plan.biasSide,
    PARTS: plan.parts,
    OWNED: plan.ownedTokens,
    LANES: plan.lanes,
    LANE_VECTORS: plan.laneVectors,
    TILE_VECTORS: plan.tileVectors,
    TILE: tile,
    THREADS: plan.ownedTokens * plan.lanes,
  };
}

/**
 * WGSL of the chunk grid. A position is (row, column); an offset counts chunks. Which tokens of a chunk are
 * visible depends on the chunk alone, so whole loops skip what is masked; only `exact` "distance" masks
 * single pairs.
 */
function chunkGeometry(plan: AttentionPlan): string {
  return `
struct Block { origin: vec2<i32>, extent: vec2<i32> }
// What a workgroup owns, and what one of its invocations does. Kept apart: barriers need to see that all
// invocations of a workgroup agree on the former.
struct Place { image: u32, head: u32, chunk: vec2<i32>, first_slot: u32 }
struct Owned { in_chunk: vec2<i32>, lane: u32, is_real: bool, token: u32 }

fn image_size() -> vec2<i32> { return vec2<i32>(i32(grid.rows), i32(grid.columns)); }
fn chunk_count() -> vec2<i32> { return vec2<i32>(i32(grid.chunk_rows), i32(grid.chunk_columns)); }

fn owned_place(group: vec3<u32>) -> Place {
  let chunk = vec2<i32>(i32(group.y), i32(group.x / PARTS));
  return Place(group.z / HEADS, group.z % HEADS, chunk, group.x % PARTS * OWNED);
}
// The token of an invocation, which it shares with the next lanes where several hold one head.
fn owned_token(place: Place, thread: u32) -> Owned {
  let slot = place.first_slot + thread / LANES;
  let in_chunk = vec2<i32>(i32(slot / WINDOW), i32(slot % WINDOW));
  let position = place.chunk * i32(WINDOW) + in_chunk;
  // Slots past the chunk or the image compute on the first token and store nothing, to keep control flow
  // uniform.
  let is_real = slot < WINDOW * WINDOW && all(position < image_size());
  let token = select(0u, u32(position.x) * grid.columns + u32(position.y), is_real);
  return Owned(in_chunk, thread % LANES, is_real, token);
}

fn chunk_offset(neighbour: i32) -> vec2<i32> {
  ${chunkOffset(plan)}
}

${plan.exact === 'cyclic' ? CYCLIC_BLOCKS : BORDERED_BLOCKS}
fn position_in(block: Block, index: u32) -> vec2<i32> {
  return vec2<i32>(i32(index) / block.extent.y, i32(index) % block.extent.y);
}
fn next_position(block: Block, position: vec2<i32>) -> vec2<i32> {
  let is_last = position.y + 1 == block.extent.y;
  return select(position + vec2<i32>(0, 1), vec2<i32>(position.x + 1, 0), is_last);
}

// \`distance\` is query - key, counted as if chunks did not wrap around.
fn is_visible(distance: vec2<i32>) -> bool {
  return ${plan.exact === 'distance' ? 'all(abs(distance) <= vec2<i32>(i32(WINDOW)))' : 'true'};
}
fn bias_entry(distance: vec2<i32>) -> u32 {
  let shifted = vec2<u32>(distance + i32(2u * WINDOW - 1u));
  return shifted.x * BIAS_SIDE + shifted.y;
}

${laneSum(plan)}
`;
}

/** For "chunks" and "distance": chunks off the grid have no tokens, and those at its end only the image's. */
const BORDERED_BLOCKS = `
fn key_block(chunk: vec2<i32>) -> Block {
  let origin = chunk * i32(WINDOW);
  let extent = min(vec2<i32>(i32(WINDOW)), image_size() - origin);
  let is_on_grid = all(chunk >= vec2<i32>()) && all(chunk < chunk_count());
  return Block(origin, select(vec2<i32>(), extent, is_on_grid));
}
fn query_block(chunk: vec2<i32>) -> Block { return key_block(chunk); }
`;

/**
 * For "cyclic": chunks wrap around. As in the original, the padding of the last chunk is masked where it is
 * reached directly, but seen (as zero keys and values) where it is reached around the border. Padding has no
 * gradient.
 */
const CYCLIC_BLOCKS = `
fn wrapped_origin(chunk: vec2<i32>) -> vec2<i32> {
  return (chunk + chunk_count()) % chunk_count() * i32(WINDOW);
}
fn key_block(chunk: vec2<i32>) -> Block {
  let origin = wrapped_origin(chunk);
  return Block(origin, select(vec2<i32>(i32(WINDOW)), image_size() - origin, chunk == chunk_count() - 1));
}
fn query_block(chunk: vec2<i32>) -> Block {
  let origin = wrapped_origin(chunk);
  return Block(origin, min(vec2<i32>(i32(WINDOW)), image_size() - origin));
}
`;

function chunkOffset(plan: AttentionPlan): string {
  // The order of a sum does not matter, so all nine are simply numbered row by row.
  if (plan.mode === 'all') return 'return vec2<i32>(neighbour / 3 - 1, neighbour % 3 - 1);';
  const [rows, columns] = plan.neighbours[1] ?? [0, 0];
  return `return select(vec2<i32>(${rows}, ${columns}), vec2<i32>(), neighbour == 0);`;
}

/**
 * Sum over the lanes of a token. Invocations of a one-dimensional workgroup fill subgroups in order on every
 * implementation, and a subgroup has at least four, so a token's lanes are neighbours in one subgroup.
 */
function laneSum(plan: AttentionPlan): string {
  const steps = Math.log2(plan.lanes);
  return `fn lane_sum(partial: f32) -> f32 {
  var sum = partial;
  ${unroll(steps, (i) => `sum += subgroupShuffleXor(sum, ${2 ** i}u);`, '\n  ')}
  return sum;
}`;
}
