import type { AttentionPlan } from './plan.js';

/**
 * A storage buffer of a kernel, bound by name; kernels go through the accessors that `prelude` declares for
 * it.
 */
export interface Binding {
  readonly name: string;
  /** `channels`: rows of C channels read or written as vec4s of one head; `scalars`: a flat array of f32. */
  readonly kind: 'channels' | 'scalars';
  readonly access: 'read' | 'write';
  /** Elements are f16. */
  readonly half?: boolean;
}

/** A compute kernel, ready to be compiled and dispatched. */
export interface KernelProgram {
  readonly name: string;
  readonly code: string;
  /** In binding order; the uniform buffer comes after them. */
  readonly bindings: readonly Binding[];
  /** Values of the uniform struct's u32 members, in order. */
  readonly uniforms: readonly number[];
  readonly workgroups: readonly [number, number, number];
}

/** Bindings of rows of C channels, see `Binding`. */
export function channels(access: Binding['access'], names: readonly string[], half = false): Binding[] {
  return names.map((name) => ({ name, kind: 'channels', access, half }));
}

/** Bindings of flat arrays of numbers, see `Binding`. */
export function scalars(access: Binding['access'], names: readonly string[]): Binding[] {
  return names.map((name) => ({ name, kind: 'scalars', access }));
}

/**
 * The text of `line` for 0 <= i < count. Loops over registers are unrolled here: indexed arrays may go to
 * memory.
 */
export function unroll(count: number, line: (i: number) => string, separator = '\n'): string {
  return Array.from({ length: count }, (_, i) => line(i)).join(separator);
}

/** Names of the uniforms that every attention kernel has. */
const GRID = ['batch', 'rows', 'columns', 'chunk_rows', 'chunk_columns'] as const;

/**
 * Values of the uniforms of GRID. Sizes of the image are uniforms so that a new size needs no new pipeline.
 */
export function gridUniforms(plan: AttentionPlan): number[] {
  return [plan.batch, plan.rows, plan.columns, plan.chunkRows, plan.chunkColumns];
}

/** Start of every attention kernel: extensions, constants, the uniforms, the bindings and their accessors. */
export function prelude(
  plan: AttentionPlan,
  bindings: readonly Binding[],
  constants: Readonly<Record<string, number>>,
): string {
  return `${enables(plan)}
const HEADS = ${plan.heads}u;
const HEAD_WIDTH = ${plan.headWidth}u;
const CHANNELS = ${plan.channels}u;
const VECTORS = ${plan.vectors}u;  // of four channels, in a head
const GLOBALS = ${plan.globals}u;
const SCALE = ${float(plan.headWidth ** -0.5)};
${Object.entries(constants)
  .map(([name, value]) => `const ${name} = ${value}u;`)
  .join('\n')}
struct Grid { ${GRID.map((name) => `${name}: u32`).join(', ')} }
${bindings.map((binding, index) => declare(binding, index, plan)).join('\n')}
@group(0) @binding(${bindings.length}) var<uniform> grid: Grid;
fn local_count() -> u32 { return grid.rows * grid.columns; }
fn token_count() -> u32 { return GLOBALS + grid.rows * grid.columns; }
// Where a value per query and head lies in arrays of shape [batch, heads, tokens].
fn statistic(image: u32, head: u32, token: u32) -> u32 {
  return (image * HEADS + head) * token_count() + token;
}
`;
}

/** A WGSL literal that is a float whatever its value. */
export function float(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : `${value}`;
}

function enables(plan: AttentionPlan): string {
  const { subgroups, halfStorage } = plan.settings;
  return `${halfStorage ? 'enable f16;\n' : ''}${subgroups ? 'enable subgroups;\n' : ''}`;
}

function declare(binding: Binding, index: number, plan: AttentionPlan): string {
  const { name, kind, half } = binding;
  const scalar = half ? 'f16' : 'f32';
  const access = binding.access === 'read' ? 'read' : 'read_write';
  const isAligned = plan.headWidth % 4 === 0;
  const element = kind === 'channels' && isAligned ? `vec4<${scalar}>` : scalar;
  const variable = `@group(0) @binding(${index}) var<storage, ${access}> ${name}: array<${element}>;`;
  if (kind === 'scalars') return `${variable}\n${scalarAccess(binding)}`;
  const store = binding.access === 'write' ? storer(binding, isAligned) : '';
  return [variable, loader(binding, isAligned), store].join('\n');
}

/** `read_x(index)` and, where the buffer is written, `write_x(index, value)`. */
function scalarAccess({ name, access }: Binding): string {
  const read = `fn read_${name}(index: u32) -> f32 { return ${name}[index]; }`;
  if (access === 'read') return read;
  return `${read}
fn write_${name}(index: u32, value: f32) { ${name}[index] = value; }`;
}

/** `load_x(row, head, vector)`: four channels of a head as f32, zeros past its end. */
function loader({ name }: Binding, isAligned: boolean): string {
  const read = isAligned
    ? `return vec4<f32>(${name}[(row * HEADS + head) * VECTORS + vector]);`
    : `let start = row * CHANNELS + head * HEAD_WIDTH + 4u * vector;
  var channels = vec4<f32>(f32(${name}[start]), 0.0, 0.0, 0.0);
  ${['y', 'z', 'w']
    .map(
      (c, i) =>
        `if (4u * vector + ${i + 1}u < HEAD_WIDTH) { channels.${c} = f32(${name}[start + ${i + 1}u]); }`,
    )
    .join('\n  ')}
  return channels;`;
  return `fn load_${name}(row: u32, head: u32, vector: u32) -> vec4<f32> {
  if (vector >= VECTORS) { return vec4<f32>(); }
  ${read}
}`;
}

/** `store_x(row, head, vector, channels)`: leaves out what lies past the end of the head. */
function storer({ name, half }: Binding, isAligned: boolean): string {
  const scalar = half ? 'f16' : 'f32';
  const write = isAligned
    ? `${name}[(row * HEADS + head) * VECTORS + vector] = vec4<${scalar}>(channels);`
    : `let start = row * CHANNELS + head * HEAD_WIDTH + 4u * vector;
  ${['x', 'y', 'z', 'w']
    .map(
      (c, i) =>
        `if (4u * vector + ${i}u < HEAD_WIDTH) { ${name}[start + ${i}u] = ${scalar}(channels.${c}); }`,
    )
    .join('\n  ')}`;
  return `fn store_${name}(row: u32, head: u32, vector: u32, channels: vec4<f32>) {
  if (vector >= VECTORS) { return; }
  ${write}
}`;
}
