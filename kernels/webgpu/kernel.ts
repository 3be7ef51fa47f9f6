import type { AttentionPlan } from './plan.js';
import type { Binding, KernelProgram } from './wgsl.js';
import { gridUniforms, prelude } from './wgsl.js';

/** What one attention kernel has for itself; `attentionKernel` adds what all of them share. */
export interface KernelParts {
  readonly name: string;
  readonly bindings: readonly Binding[];
  readonly workgroups: KernelProgram['workgroups'];
  /** Constants of the WGSL, u32; THREADS, the invocations of a workgroup, is always among them. */
  readonly constants: Readonly<Record<string, number>> & { readonly THREADS: number };
  /** WGSL of the functions and the workgroup memory that the entry point uses. */
  readonly declarations: string;
  /** Inputs of the entry point beyond `group` and `thread`. */
  readonly builtins?: string;
  /** WGSL of the entry point's statements. */
  readonly body: string;
}

/**
 * Builds an attention kernel: its prelude and uniforms, its declarations, its entry point.
 *
 * In the WGSL, a comment `// flops: n` says how many multiplications and additions the lines after it take in
 * one invocation; the tests count by them.
 */
export function attentionKernel(plan: AttentionPlan, parts: KernelParts): KernelProgram {
  const { name, bindings, workgroups, constants, declarations, builtins = '', body } = parts;
  return {
    name,
    bindings,
    workgroups,
    uniforms: gridUniforms(plan),
    code: `${prelude(plan, bindings, constants)}
${declarations}
@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32${builtins}) {
  ${body}
}
`,
  };
}
