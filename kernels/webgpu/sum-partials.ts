import type { KernelProgram } from './wgsl.js';
import { scalars } from './wgsl.js';

/** What `sumPartials` adds: of an array [outer, count, stride], runs of `span` along the middle axis. */
export interface PartialSum {
  readonly outer: number;
  readonly count: number;
  readonly span: number;
  /** Elements summed of each row, the first `inner` of `stride`. */
  readonly inner: number;
  readonly stride: number;
  /**
   * Elements from the sum of one outer index to the next, and of the first: the target may be part of a
   * tensor.
   */
  readonly targetStride: number;
  readonly targetStart: number;
  /** Where the first element summed lies in the buffer. */
  readonly sourceStart: number;
}

const THREADS = 64;

/**
 * Second level of the reductions: sums partial results in a fixed order, so gradients are the same in every
 * run.
 *
 * Reads `partials`, writes `sums` [outer, ceil(count / span), inner].
 */
export function sumPartials(sum: PartialSum): KernelProgram {
  return {
    name: 'sum-partials',
    bindings: [...scalars('read', ['partials']), ...scalars('write', ['sums'])],
    uniforms: [
      sum.count,
      sum.span,
      sum.inner,
      sum.stride,
      sum.targetStride,
      sum.targetStart,
      sum.sourceStart,
    ],
    workgroups: [Math.ceil(sum.inner / THREADS), Math.ceil(sum.count / sum.span), sum.outer],
    code: CODE,
  };
}

const CODE = `
struct Sum { count: u32, span: u32, inner: u32, stride: u32, target_stride: u32, target_start: u32, source_start: u32 }
@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sum;

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let inner = group.x * ${THREADS}u + thread;
  if (inner >= sizes.inner) { return; }
  var sum = 0.0;
  for (var i = group.y * sizes.span; i < min(sizes.count, (group.y + 1u) * sizes.span); i++) {
    sum += partials[sizes.source_start + (group.z * sizes.count + i) * sizes.stride + inner];
  }
  sums[sizes.target_start + group.z * sizes.target_stride + group.y * sizes.inner + inner] = sum;
}
`;
