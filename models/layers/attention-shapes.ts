import type { ParameterShapes } from '../image-model.js';

/** What fixes the weights of a windowed self-attention layer. */
export interface WindowedSelfAttentionForm {
  readonly width: number;
  readonly heads: number;
  readonly globals: number;
  readonly window: number;
  readonly hasRelativeBias: boolean;
  readonly shareGlobalProjections: boolean;
}

/** Shapes of the weights of `windowedSelfAttention`, in the order of an official checkpoint. */
export function windowedSelfAttentionShapes(
  prefix: string,
  form: WindowedSelfAttentionForm,
): ParameterShapes {
  const { width, heads, globals, window, hasRelativeBias, shareGlobalProjections } = form;
  const suffixes = globals > 0 && !shareGlobalProjections ? ['', '_global'] : [''];
  const projections = suffixes.map((suffix) => ({
    ...linearShapes(`${prefix}.query${suffix}`, width, width),
    ...linearShapes(`${prefix}.kv${suffix}`, 2 * width, width),
    ...linearShapes(`${prefix}.proj${suffix}`, width, width),
  }));
  const bias = hasRelativeBias ? biasShapes(prefix, heads, globals, (4 * window - 1) ** 2) : {};
  return { ...bias, ...Object.assign({}, ...projections) };
}

/**
 * Shapes of the tables of relative position bias.
 * @param distances pairs of row and column distances that the local table covers
 */
export function biasShapes(
  prefix: string,
  heads: number,
  globals: number,
  distances: number,
): ParameterShapes {
  return {
    [`${prefix}.local_relative_position_bias_table`]: [distances, heads],
    ...(globals > 0 && {
      [`${prefix}.g2l_relative_position_bias`]: [2, heads, globals],
      [`${prefix}.g2g_relative_position_bias`]: [heads, globals, globals],
    }),
  };
}

/** Shapes of the weights of `linear`. */
export function linearShapes(name: string, outputs: number, inputs: number): ParameterShapes {
  return { [`${name}.weight`]: [outputs, inputs], [`${name}.bias`]: [outputs] };
}
