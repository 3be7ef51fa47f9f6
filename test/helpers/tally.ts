import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { observeDispatches } from '../../kernels/webgpu/dispatch.js';
import type { Binding, KernelProgram } from '../../kernels/webgpu/wgsl.js';
import type { TensorInfo } from '../../src/tensor/tensor.js';

/** What one kernel counted while it ran. */
export interface CountedTraffic {
  readonly read: number;
  readonly written: number;
  readonly flops: number;
  readonly workgroups: number;
}

const TALLY: Binding = { name: 'tally', kind: 'scalars', access: 'write' };

/**
 * Counts what each attention kernel dispatched during `run` reads, writes and computes: the kernels are dispatched
 * with counters built into their WGSL.
 *
 * @returns the counts of each kernel's last dispatch, by its name; kernels without `// flops` are left out
 */
export async function countDispatches(
  backend: WebGPUBackend,
  run: () => void,
): Promise<Record<string, CountedTraffic>> {
  const dispatched: { name: string; workgroups: number; tally: TensorInfo }[] = [];
  observeDispatches((program, tensors) => {
    if (!program.code.includes('// flops: ')) return { program, tensors };
    const tally = backend.makeTensorInfo([3], 'int32', new Int32Array(3));
    const [x, y, z] = program.workgroups;
    dispatched.push({ name: program.name, workgroups: x * y * z, tally });
    return { program: withCounters(program), tensors: { ...tensors, [TALLY.name]: tally } };
  });
  try {
    run();
  } finally {
    observeDispatches(undefined);
  }
  const counts: Record<string, CountedTraffic> = {};
  for (const { name, workgroups, tally } of dispatched) {
    const [read, written, flops] = (await backend.read(tally.dataId)) as Int32Array;
    counts[name] = { workgroups, read: read!, written: written!, flops: flops! };
  }
  return counts;
}

/** `program` with one more buffer, `tally` [3]: bytes read, bytes written, multiplications and additions. */
function withCounters(program: KernelProgram): KernelProgram {
  const at = program.bindings.length;
  const counted = program.bindings.reduce(countAccesses, program.code);
  const code = counted
    .replace(`@binding(${at}) var<uniform>`, `@binding(${at + 1}) var<uniform>`)
    .replace('struct Grid', `${counters(at)}\nstruct Grid`)
    .replaceAll(/\/\/ flops: (.*)$/gm, 'tally_flops += $1;')
    // The entry point is the last function.
    .replace(/\}\s*$/, '  report_tally();\n}\n');
  return { ...program, code, bindings: [...program.bindings, TALLY] };
}

/** Adds the bytes of each access to the binding's accessors. Bias tables stay in the cache and are left out. */
function countAccesses(code: string, { name, kind, half }: Binding): string {
  if (name === 'biases') return code;
  const size = half ? 2 : 4;
  const [load, store] = kind === 'scalars' ? ['read', 'write'] : ['load', 'store'];
  const bytes =
    kind === 'scalars'
      ? `${size}u`
      : `select(0u, ${size}u * min(4u, HEAD_WIDTH - 4u * vector), vector < VECTORS)`;
  return code
    .replace(new RegExp(`fn ${load}_${name}\\(.*?\\{`), `$& tally_loaded += ${bytes};`)
    .replace(new RegExp(`fn ${store}_${name}\\(.*?\\{`), `$& tally_stored += ${bytes};`);
}

function counters(binding: number): string {
  return `
@group(0) @binding(${binding}) var<storage, read_write> tally: array<atomic<u32>>;
var<private> tally_loaded: u32;
var<private> tally_stored: u32;
var<private> tally_flops: u32;
fn report_tally() {
  atomicAdd(&tally[0], tally_loaded);
  atomicAdd(&tally[1], tally_stored);
  atomicAdd(&tally[2], tally_flops);
}`;
}
