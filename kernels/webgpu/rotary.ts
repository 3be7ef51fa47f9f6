import type { AttentionPlan } from './plan.js';
import type { Binding } from './wgsl.js';
import { scalars } from './wgsl.js';

/** The angles' cosines and sines, where the problem has them. */
export function rotaryBinding(plan: AttentionPlan): Binding[] {
  return plan.hasRotary ? scalars('read', ['rotary']) : [];
}

/**
 * WGSL of `turned_x(row, head, vector, token)`: what `load_x` gives, turned by the rotary position of the token, numbered
 * among global and local ones, where there are any. Four channels and their partners, half a head away, are read at a time:
 * turning costs no pass over memory of its own. Heads are a multiple of 8 channels wide.
 */
export function turnedLoader(plan: AttentionPlan, name: string): string {
  const signature = `fn turned_${name}(row: u32, head: u32, vector: u32, token: u32) -> vec4<f32>`;
  if (!plan.hasRotary) return `${signature} { return load_${name}(row, head, vector); }`;
  return `${signature} {
  if (vector >= VECTORS) { return vec4<f32>(); }
  const HALF = VECTORS / 2u;
  let is_second = vector >= HALF;
  let angle = token * HEAD_WIDTH + 4u * select(vector, vector - HALF, is_second);
  let cosine = four_of_rotary(angle);
  let sine = four_of_rotary(angle + HEAD_WIDTH / 2u);
  let partner = load_${name}(row, head, select(vector + HALF, vector - HALF, is_second));
  return load_${name}(row, head, vector) * cosine + select(-sine, sine, is_second) * partner;
}`;
}

/** WGSL that `turnedLoader` needs, once a kernel. */
export function rotaryAccess(plan: AttentionPlan): string {
  if (!plan.hasRotary) return '';
  return `fn four_of_rotary(at: u32) -> vec4<f32> {
  return vec4<f32>(read_rotary(at), read_rotary(at + 1u), read_rotary(at + 2u), read_rotary(at + 3u));
}`;
}
