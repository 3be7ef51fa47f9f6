import type { KernelParts } from './kernel.js';
import { attentionKernel } from './kernel.js';
import type { AttentionPlan } from './plan.js';
import type { KernelProgram } from './wgsl.js';
import { unroll } from './wgsl.js';

/**
 * What the kernels of the global tokens share. Few global tokens meet all N tokens, so the sequence is split
 * over workgroups (flash decoding): invocations first take one token each and compute its weights, then the
 * same invocations take one vec4 of channels each and sum the weighted rows. Partial sums are added by a
 * second kernel.
 *
 * Rows are read straight from memory: no two invocations of a workgroup need the same element.
 */
export interface StreamPlan {
  /** Tokens streamed: all of them for global queries, the local ones for global keys. */
  readonly length: number;
  readonly splits: number;
  readonly threads: number;
  /** Global tokens that one workgroup serves, and workgroups needed for all. */
  readonly served: number;
  readonly serving: number;
}

/** Bounds the partial sums, whatever the image's size: the second kernel adds at most this many. */
const MOST_SPLITS = 64;
/** Global tokens served at once: each costs every invocation one or two vec4s of accumulators. */
const MOST_SERVED = 4;
const THREADS = 64;

export function planStream(plan: AttentionPlan, length: number): StreamPlan {
  const threads = Math.min(plan.settings.invocations, Math.max(THREADS, nextPowerOfTwo(plan.vectors)));
  if (plan.vectors > threads) {
    throw new Error(`A head of ${plan.headWidth} channels is too wide: the device allows ${4 * threads}.`);
  }
  const served = Math.min(plan.globals, MOST_SERVED);
  return {
    length,
    threads,
    splits: Math.min(MOST_SPLITS, Math.ceil(length / threads)),
    served,
    serving: Math.ceil(plan.globals / served),
  };
}

function nextPowerOfTwo(n: number): number {
  return 2 ** Math.ceil(Math.log2(n));
}

/**
 * What one kernel that streams a sequence past the global tokens has for itself; the texts are WGSL
 * statements.
 */
export interface StreamKernelParts extends Pick<KernelParts, 'name' | 'bindings' | 'declarations'> {
  readonly streamed: 'all tokens' | 'local tokens';
  /** Before the loop over the split's tokens. */
  readonly start: string;
  /** As owner of `token`, which lies inside the split where it is less than `end`. */
  readonly ofToken: string;
  /** As owner of the four channels `summed_vector(thread)`: for token `start + i` of the split. */
  readonly ofChannels: string;
  /** Sums over the workgroup, and what is written, for the served-th global token. */
  readonly finish: (served: number) => string;
}

/**
 * Builds a kernel whose workgroups each take one split of a sequence, for a few global tokens of one head.
 */
export function streamKernel(plan: AttentionPlan, parts: StreamKernelParts): KernelProgram {
  const isLocal = parts.streamed === 'local tokens';
  const stream = planStream(plan, isLocal ? plan.locals : plan.tokens);
  const { subgroups } = plan.settings;
  return attentionKernel(plan, {
    name: parts.name,
    bindings: parts.bindings,
    workgroups: [stream.splits, plan.heads * stream.serving, plan.batch],
    constants: streamConstants(plan, stream),
    declarations: `${streamCode(plan, isLocal ? 'local_count()' : 'token_count()')}
${parts.declarations}`,
    builtins: subgroups ? ', @builtin(subgroup_size) lanes: u32' : '',
    body: `${subgroups ? 'subgroup_lanes = lanes;' : ''}
  let place = Place(group.x, group.y / SERVING, group.z, group.y % SERVING * SERVED);
  ${parts.start}
  let end = split_start(place.split + 1u);

  for (var start = split_start(place.split); start < end; start += THREADS) {
    ${parts.ofToken}
    workgroupBarrier();

    for (var i = summed_group(thread); i < min(THREADS, end - start) && summed_group(thread) < GROUPS; i += GROUPS) {
      ${parts.ofChannels}
    }
  }

  ${eachServed(plan, parts.finish)}`,
  });
}

/** The text of `line` for each global token that a workgroup serves. */
export function eachServed(plan: AttentionPlan, line: (served: number) => string): string {
  return unroll(planStream(plan, plan.tokens).served, line, '\n    ');
}

function streamConstants(plan: AttentionPlan, stream: StreamPlan): KernelParts['constants'] {
  return {
    THREADS: stream.threads,
    SERVED: stream.served,
    SERVING: stream.serving,
    GROUPS: Math.floor(stream.threads / plan.vectors),
    SPLITS: stream.splits,
  };
}

/**
 * WGSL of the split and of sums over a workgroup. `streamed` is the expression of the number of tokens
 * streamed. As a summer an invocation owns the vec4 `thread % VECTORS` of every GROUPS-th token.
 */
function streamCode(plan: AttentionPlan, streamed: string): string {
  const { subgroups } = plan.settings;
  return `
struct Place { split: u32, head: u32, image: u32, first_global: u32 }
${subgroups ? 'var<private> subgroup_lanes: u32;' : 'const subgroup_lanes = 1u;'}
var<workgroup> scalar_scratch: array<f32, THREADS>;
var<workgroup> vector_scratch: array<vec4<f32>, THREADS>;

fn split_length() -> u32 { return (${streamed} + SPLITS - 1u) / SPLITS; }
fn split_start(split: u32) -> u32 { return min(${streamed}, split * split_length()); }
fn summed_vector(thread: u32) -> u32 { return thread % VECTORS; }
fn summed_group(thread: u32) -> u32 { return thread / VECTORS; }
// Row of the partial sums [batch, SPLITS, G, C].
fn partial_row(place: Place, served: u32) -> u32 {
  return (place.image * SPLITS + place.split) * GLOBALS + place.first_global + served;
}
${unroll(2, (i) => workgroupReduction(i === 0 ? 'max' : 'sum', subgroups))}

// Sum over the groups of summers; complete in the first group.
fn group_sum(value: vec4<f32>, thread: u32) -> vec4<f32> {
  workgroupBarrier();
  vector_scratch[thread] = value;
  workgroupBarrier();
  var sum = vec4<f32>();
  for (var i = 0u; i < GROUPS; i++) { sum += vector_scratch[i * VECTORS + summed_vector(thread)]; }
  return sum;
}
`;
}

/** Reduces first within subgroups, where there are any, then over what is left in workgroup memory. */
function workgroupReduction(name: 'max' | 'sum', subgroups: boolean): string {
  const inSubgroup = name === 'max' ? 'subgroupMax(value)' : 'subgroupAdd(value)';
  const combine = name === 'max' ? 'max(total, scalar_scratch[i])' : 'total + scalar_scratch[i]';
  return `
fn workgroup_${name}(value: f32, thread: u32) -> f32 {
  workgroupBarrier();
  ${
    subgroups
      ? `let reduced = ${inSubgroup};
  if (thread % subgroup_lanes == 0u) { scalar_scratch[thread / subgroup_lanes] = reduced; }`
      : 'scalar_scratch[thread] = value;'
  }
  workgroupBarrier();
  var total = scalar_scratch[0];
  let parts = (THREADS + subgroup_lanes - 1u) / subgroup_lanes;
  for (var i = 1u; i < parts; i++) { total = ${combine}; }
  return total;
}`;
}
