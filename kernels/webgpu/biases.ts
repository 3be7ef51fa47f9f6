import type { AttentionPlan } from './plan.js';
import type { Binding } from './wgsl.js';
import { scalars } from './wgsl.js';

/**
 * The bias tensors of the op travel as one buffer, since a kernel of every device may bind eight at most:
 * globalLocalBias [2, heads, G], then globalGlobalBias [heads, G, G], then localBias [(4w-1)^2, heads].
 */
export function biasBinding(plan: AttentionPlan): Binding[] {
  return biasCount(plan) > 0 ? scalars('read', ['biases']) : [];
}

/**
 * Where each bias tensor starts in the buffer, in elements. Absent tensors keep their place but are never
 * read.
 */
export function biasOffsets(plan: AttentionPlan): {
  globalLocal: number;
  globalGlobal: number;
  local: number;
} {
  const globalLocal = 2 * plan.heads * plan.globals;
  return { globalLocal: 0, globalGlobal: globalLocal, local: globalLocal + plan.heads * plan.globals ** 2 };
}

/** Elements of the buffer, 0 when the op has no biases. */
export function biasCount(plan: AttentionPlan): number {
  if (plan.hasLocalBias) return biasOffsets(plan).local + plan.biasSide ** 2 * plan.heads;
  return plan.hasGlobalLocalBias || plan.hasGlobalGlobalBias ? biasOffsets(plan).local : 0;
}

/**
 * Whether local queries use the table of relative positions: with `onlyGlobal` they have no biases at all.
 */
export function usesLocalBias(plan: AttentionPlan): boolean {
  return plan.hasLocalBias && !plan.onlyGlobal;
}

/** Whether local queries have a bias for global keys. */
export function usesBiasToGlobal(plan: AttentionPlan): boolean {
  return plan.hasGlobalLocalBias && !plan.onlyGlobal;
}

/** WGSL of a local query's biases; needs BIAS_SIDE and `bias_entry` for the table. */
export function localQueryBias(plan: AttentionPlan): string {
  const { local } = biasOffsets(plan);
  return `
fn bias_to_local(head: u32, distance: vec2<i32>) -> f32 {
  return ${usesLocalBias(plan) ? `read_biases(${local}u + bias_entry(distance) * HEADS + head)` : '0.0'};
}
${biasToGlobal(plan)}`;
}

/** WGSL of a local query's bias for a global key. */
export function biasToGlobal(plan: AttentionPlan): string {
  return `
fn bias_to_global(head: u32, key: u32) -> f32 {
  return ${usesBiasToGlobal(plan) ? 'read_biases((HEADS + head) * GLOBALS + key)' : '0.0'};
}`;
}

/** WGSL of a global query's bias for any token. */
export function globalQueryBias(plan: AttentionPlan): string {
  const { globalGlobal } = biasOffsets(plan);
  return `
fn global_query_bias(head: u32, query: u32, token: u32) -> f32 {
  let row = head * GLOBALS + query;
  if (token < GLOBALS) { return ${plan.hasGlobalGlobalBias ? `read_biases(${globalGlobal}u + row * GLOBALS + token)` : '0.0'}; }
  return ${plan.hasGlobalLocalBias ? 'read_biases(row)' : '0.0'};
}`;
}
