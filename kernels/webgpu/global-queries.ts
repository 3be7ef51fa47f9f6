import type { AttentionPlan } from './plan.js';
import { eachServed } from './stream.js';

/**
 * WGSL of the tiles that keep the global queries a workgroup serves, scaled, and the gradients of their
 * outputs.
 */
export const GLOBAL_QUERY_TILES = `var<workgroup> query_tile: array<vec4<f32>, SERVED * VECTORS>;
var<workgroup> gradient_tile: array<vec4<f32>, SERVED * VECTORS>;`;

/** WGSL expressions of what a workgroup serves: its image, its head and the first of its global queries. */
export interface ServedQueries {
  readonly image: string;
  readonly head: string;
  readonly first: string;
}

/** Fills the tiles, `gradient_tile` only where the kernel has it. Queries past the last repeat it. */
export function fillQueryTiles({ image, head, first }: ServedQueries, hasGradients: boolean): string {
  return `for (var i = thread; i < SERVED * VECTORS; i += THREADS) {
    let query = min(${first} + i / VECTORS, GLOBALS - 1u);
    query_tile[i] = SCALE * load_queryGlobal(${image} * GLOBALS + query, ${head}, i % VECTORS);
    ${hasGradients ? `gradient_tile[i] = load_outputGradient(${image} * token_count() + query, ${head}, i % VECTORS);` : ''}
  }`;
}

/**
 * For the key and value in a row: `logit_g`, query . key without its bias, and `value_dot_g`, dO . value, of
 * each query served.
 */
export function queryProducts(plan: AttentionPlan, row: string, head: string): string {
  return `${eachServed(plan, (g) => `var logit_${g} = 0.0;\n    var value_dot_${g} = 0.0;`)}
      for (var v = 0u; v < VECTORS; v++) {
        let key = load_keyGlobal(${row}, ${head}, v);
        let value = load_valueGlobal(${row}, ${head}, v);
        ${eachServed(
          plan,
          (g) => `logit_${g} += dot(query_tile[${g}u * VECTORS + v], key);
        value_dot_${g} += dot(gradient_tile[${g}u * VECTORS + v], value);`,
        )}
      }`;
}

/** `query_g`, the index of each query served, with its `log_sum_exp_g` and `output_dot_g` (dO . O). */
export function queryStatistics(g: number, { image, head, first }: ServedQueries): string {
  return `let query_${g} = min(${first} + ${g}u, GLOBALS - 1u);
  let log_sum_exp_${g} = read_statistics(statistic(${image}, ${head}, query_${g}));
  let output_dot_${g} = read_statistics(statistic(grid.batch + ${image}, ${head}, query_${g}));`;
}
