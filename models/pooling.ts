import { denseAttention } from '../kernels/dense-attention.js';
import type { Tensor2D, Tensor3D } from '../src/tensor/tensor.js';
import { tf } from '../src/tensor/tensor.js';
import type { Embedding, Parameters } from './image-model.js';
import { layerNorm } from './layers/layer-norm.js';
import { linear, splitLinear } from './layers/linear.js';
import { mlp } from './layers/mlp.js';
import { firstTokens, repeatForBatch, withoutFirstTokens } from './layers/tokens.js';
import { parameter } from './parameters.js';
import type { VisionLongformerConfig } from './vil-config.js';
import { partsOf } from './vil-config.js';
import type { Pool, TransformerParts } from './vil-parts.js';

/**
 * What the classifier sees: what `parts.pool` names, or the first global token, or without any the mean of all tokens.
 * @param tokens of the last stage, global ones first, [batch, globals + patches, width]
 * @returns [batch, width of features]
 */
export function poolTokens(
  parameters: Parameters,
  config: VisionLongformerConfig,
  globals: number,
  tokens: Tensor3D,
): Tensor2D {
  const parts = partsOf(config);
  const usual: readonly Pool[] = globals === 0 || config.averagePool ? ['tokens'] : ['first'];
  const pools = parts.pool ?? usual;
  const isFirst = pools.every((pool) => pool === 'first');
  // A norm sees one token at a time: where only the first is wanted, only that one's is needed.
  const wanted = isFirst ? firstTokens(tokens, 1) : tokens;
  const normed = parts.poolNorm === 'tokens' ? layerNorm(parameters, 'norm', wanted, parts) : wanted;
  const pooled = pools.map((pool) => poolOne(parameters, parts, pool, globals, normed));
  const joined = pooled.length === 1 ? pooled[0]! : (tf.concat(pooled, 1) as Tensor2D);
  const features = parts.poolNorm === 'pooled' ? layerNorm(parameters, 'norm', joined, parts) : joined;
  if (!parts.projection) return features;
  return tf.matMul(features, parameter<Tensor2D>(parameters, 'projection.weight'), false, true);
}

function poolOne(
  parameters: Parameters,
  parts: TransformerParts,
  pool: Pool,
  globals: number,
  tokens: Tensor3D,
): Tensor2D {
  if (pool === 'tokens') return tf.mean(tokens, 1);
  if (pool === 'patches') return tf.mean(withoutFirstTokens(tokens, globals), 1);
  if (pool === 'attention') return attentionPool(parameters, parts, tokens);
  const at = pool === 'first' ? 0 : 1;
  const [batch, , width] = tokens.shape;
  return tf.reshape(tf.slice3d(tokens, [0, at, 0], [batch, 1, width]), [batch, width]);
}

/** A learned query's attention to all tokens, then a residual MLP where there is one (SigLIP: Zhai et al. 2023). */
function attentionPool(parameters: Parameters, parts: TransformerParts, tokens: Tensor3D): Tensor2D {
  const { heads, hidden, activation } = parts.attentionPool!;
  const [batch, , width] = tokens.shape;
  const query = repeatForBatch(parameter<Tensor3D>(parameters, 'pool.query'), batch);
  const [key, value] = splitLinear(parameters, 'pool.kv', tokens, 2) as [Tensor3D, Tensor3D];
  const seen = linear(parameters, 'pool.proj', denseAttention(query, key, value, heads));
  const form = { ...parts, activation, gated: false, hiddenNorm: false };
  const result = hidden
    ? tf.add(seen, mlp(parameters, 'pool.mlp', layerNorm(parameters, 'pool.norm', seen, parts), form))
    : seen;
  return tf.reshape(result, [batch, width]);
}

/** All tokens behind the last norm, or as they are where it is not one of tokens. */
export function normTokens(parameters: Parameters, parts: TransformerParts, tokens: Tensor3D): Tensor3D {
  return parts.poolNorm === 'none' ? tokens : layerNorm(parameters, 'norm', tokens, parts);
}

/** Class scores, [batch, classes]; none for a model of features. */
export function classify(parameters: Parameters, features: Tensor2D, classes: number): Tensor2D {
  const [batch, width] = features.shape;
  if (classes === 0) return tf.zeros([batch, 0]);
  return tf.reshape(linear(parameters, 'head', tf.reshape(features, [batch, 1, width])), [batch, classes]);
}

/**
 * @param tokens behind the last norm, [batch, globals + rows * columns, width]
 * @param shape of the patches' image, [batch, rows, columns, width]
 */
export function embeddingOf(
  tokens: Tensor3D,
  features: Tensor2D,
  globals: number,
  hasClassToken: boolean,
  [batch, rows, columns, width]: readonly [number, number, number, number],
): Embedding {
  const patches = withoutFirstTokens(tokens, globals);
  return {
    features,
    ...(hasClassToken && { classToken: tf.reshape(firstTokens(tokens, 1), [batch, width]) as Tensor2D }),
    mean: tf.mean(patches, 1),
    patches: tf.reshape(patches, [batch, rows, columns, width]),
  };
}
