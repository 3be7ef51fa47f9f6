import type { LongformerAttentionAttrs, LongformerAttentionInputs } from '../../kernels/attention-op.js';
import { ProjectedLongformerAttention2D } from '../../kernels/attention-op.js';
import { globalAttentionProbabilities } from '../../kernels/global-attention.js';
import { longformerAttention2d, takesRotary } from '../../kernels/longformer-attention.js';
import type { RotaryTables } from '../../kernels/rotary.js';
import { packRotary, rotate, turnedInputs } from '../../kernels/rotary.js';
import type { NamedAttrMap, Tensor, Tensor3D } from '../../src/tensor/tensor.js';
import { tf } from '../../src/tensor/tensor.js';
import type { ForwardOptions, Parameters } from '../image-model.js';
import { optionalParameter, parameter } from '../parameters.js';
import { linear, splitLinear } from './linear.js';
import { firstTokens, withoutFirstTokens } from './tokens.js';

/** What a windowed self-attention layer needs beside its weights and tokens. */
export interface WindowedSelfAttentionSettings {
  readonly attention: LongformerAttentionAttrs;
  /** The global tokens use the local ones' projections. */
  readonly shareGlobalProjections: boolean;
  /** One-hot [8] of this layer's neighbour chunk in random-shift training. */
  readonly randomShift?: Tensor;
  /** Rotary positions of all tokens, those of global ones being no rotation. */
  readonly rotary?: RotaryTables;
}

/**
 * Windowed and global self-attention with its projections: `Long2DSCSelfAttention` of the original.
 *
 * @param prefix of the weights: `<prefix>.query.weight`, `.kv`, `.proj`; with separate global projections
 *   `.query_global`, `.kv_global`, `.proj_global`; with relative positions the three bias tables
 * @param x global tokens, then local ones row-major, [B, G + rows * columns, C]
 */
export function windowedSelfAttention(
  parameters: Parameters,
  prefix: string,
  x: Tensor3D,
  settings: WindowedSelfAttentionSettings,
  capture?: ForwardOptions['capture'],
): Tensor3D {
  const { globals } = settings.attention;
  if (isOneKernel(settings)) {
    if (capture && globals > 0) {
      const inputs = project(parameters, prefix, x, settings);
      capture('globalAttention', globalAttentionProbabilities(inputs, settings.attention));
    }
    return oneKernel(parameters, prefix, x, settings);
  }
  const inputs = project(parameters, prefix, x, settings);
  const context = longformerAttention2d(inputs, settings.attention);
  if (capture && globals > 0) {
    const turned = inputs.rotary ? turnedInputs(inputs, settings.attention) : inputs;
    capture('globalAttention', globalAttentionProbabilities(turned, settings.attention));
  }
  if (settings.shareGlobalProjections || globals === 0) return linear(parameters, `${prefix}.proj`, context);
  const global = linear(parameters, `${prefix}.proj_global`, firstTokens(context, globals));
  const local = linear(parameters, `${prefix}.proj`, withoutFirstTokens(context, globals));
  return tf.concat([global, local], 1);
}

/** Whether the backend has a kernel of the layer as a whole; none knows cyclic windows, drawn neighbours or rotations. */
function isOneKernel({ attention, randomShift, rotary }: WindowedSelfAttentionSettings): boolean {
  const isKnown = attention.exact !== 'cyclic' && randomShift === undefined && rotary === undefined;
  return isKnown && tf.getKernel(ProjectedLongformerAttention2D, tf.getBackend()) !== undefined;
}

function oneKernel(
  parameters: Parameters,
  prefix: string,
  x: Tensor3D,
  { attention, shareGlobalProjections }: WindowedSelfAttentionSettings,
): Tensor3D {
  const weight = (name: string) => parameter(parameters, `${prefix}.${name}`);
  const optional = (name: string) => optionalParameter(parameters, `${prefix}.${name}`);
  const hasGlobalWeights = attention.globals > 0 && !shareGlobalProjections;
  const inputs = {
    x,
    queryWeight: weight('query.weight'),
    queryBias: weight('query.bias'),
    keyValueWeight: weight('kv.weight'),
    keyValueBias: weight('kv.bias'),
    outputWeight: weight('proj.weight'),
    outputBias: weight('proj.bias'),
    ...(hasGlobalWeights && {
      queryGlobalWeight: weight('query_global.weight'),
      queryGlobalBias: weight('query_global.bias'),
      keyValueGlobalWeight: weight('kv_global.weight'),
      keyValueGlobalBias: weight('kv_global.bias'),
      outputGlobalWeight: weight('proj_global.weight'),
      outputGlobalBias: weight('proj_global.bias'),
    }),
    localBias: optional('local_relative_position_bias_table'),
    ...(attention.globals > 0 && {
      globalLocalBias: optional('g2l_relative_position_bias'),
      globalGlobalBias: optional('g2g_relative_position_bias'),
    }),
  };
  const present = Object.fromEntries(
    Object.entries(inputs).filter((entry): entry is [string, Tensor] => entry[1] !== undefined),
  );
  const attrs = attention as unknown as NamedAttrMap;
  return tf.engine().runKernel(ProjectedLongformerAttention2D, present, attrs) as Tensor3D;
}

function project(
  parameters: Parameters,
  prefix: string,
  x: Tensor3D,
  { attention, shareGlobalProjections, randomShift, rotary }: WindowedSelfAttentionSettings,
): LongformerAttentionInputs {
  const { globals, heads } = attention;
  // A kernel that turns queries and keys as it reads them spares passes over them; random neighbours have none.
  const isTurnedInKernel = !randomShift && takesRotary(x.shape[2] / heads);
  const turn = (tokens: Tensor3D) => (rotary && !isTurnedInKernel ? rotate(tokens, rotary, heads) : tokens);
  // Of all tokens, global ones too: that leaves the choice of reading queries where they are.
  const queries = turn(linear(parameters, `${prefix}.query`, x));
  const [key, value] = keysAndValues(parameters, `${prefix}.kv`, x, turn);
  const local: LongformerAttentionInputs = {
    query: withoutFirstTokens(queries, globals),
    key,
    value,
    localBias: optionalParameter(parameters, `${prefix}.local_relative_position_bias_table`),
    randomShift,
    rotary: rotary && isTurnedInKernel ? packRotary(rotary) : undefined,
  };
  if (globals === 0) return local;
  const [keyGlobal, valueGlobal] = shareGlobalProjections
    ? [key, value]
    : keysAndValues(parameters, `${prefix}.kv_global`, x, turn);
  return {
    ...local,
    queryGlobal: shareGlobalProjections
      ? firstTokens(queries, globals)
      : linear(parameters, `${prefix}.query_global`, firstTokens(x, globals)),
    keyGlobal,
    valueGlobal,
    globalLocalBias: optionalParameter(parameters, `${prefix}.g2l_relative_position_bias`),
    globalGlobalBias: optionalParameter(parameters, `${prefix}.g2g_relative_position_bias`),
  };
}

function keysAndValues(
  parameters: Parameters,
  name: string,
  x: Tensor3D,
  turn: (tokens: Tensor3D) => Tensor3D,
): [Tensor3D, Tensor3D] {
  const [key, value] = splitLinear(parameters, name, x, 2) as [Tensor3D, Tensor3D];
  return [turn(key), value];
}
