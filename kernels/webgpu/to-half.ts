import type { KernelProgram } from './wgsl.js';

const THREADS = 64;
const ROW = 65_535 * THREADS;

/** Narrows `size` floats of `source` to 16 bits in `target`, for storage: arithmetic stays 32-bit. */
export function toHalf(size: number): KernelProgram {
  return {
    name: 'to-half',
    bindings: [
      { name: 'source', kind: 'scalars', access: 'read' },
      { name: 'halves', kind: 'scalars', access: 'write', half: true },
    ],
    uniforms: [size],
    // One dimension of a dispatch is too short for the tokens of a very large image.
    workgroups: [Math.min(65_535, Math.ceil(size / THREADS)), Math.ceil(size / ROW), 1],
    code: CODE,
  };
}

const CODE = `enable f16;
struct Size { size: u32 }
@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> halves: array<f16>;
@group(0) @binding(2) var<uniform> extent: Size;

@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.y * ${ROW}u + id.x;
  if (i < extent.size) { halves[i] = f16(source[i]); }
}
`;
