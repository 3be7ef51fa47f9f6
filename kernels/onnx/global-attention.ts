import type { GraphBuilder } from '../../src/engine/onnx/graph-builder.js';
import type { Recorded } from '../../src/engine/recorder/recorder-kernel.js';
import type { LongformerAttentionAttrs } from '../longformer-attention.js';
import type { RecordedInputs } from './recorded-inputs.js';

/**
 * The global tokens' half of the op: each of them attends to every token. Needs G > 0.
 * @returns [B, heads * G, head width]
 */
export function globalAttention(
  graph: GraphBuilder,
  inputs: RecordedInputs,
  attrs: LongformerAttentionAttrs,
): string {
  const channels = inputs.query.shape[2]!;
  const headWidth = channels / attrs.heads;
  const split = graph.integers([0, -1, attrs.heads, headWidth]);
  const heads = (x: Recorded) =>
    graph.node('Transpose', [graph.node('Reshape', [x.name, split])], { perm: [0, 2, 1, 3] });
  const query = graph.node('Mul', [heads(inputs.queryGlobal!), graph.scalar(headWidth ** -0.5)]);
  const keyColumns = graph.node('Transpose', [heads(inputs.keyGlobal!)], { perm: [0, 1, 3, 2] });
  const logits = graph.node('MatMul', [query, keyColumns]);
  const bias = globalBias(graph, inputs, attrs);
  const probabilities = graph.node('Softmax', [bias ? graph.node('Add', [logits, bias]) : logits], {
    axis: -1,
  });
  const context = graph.node('MatMul', [probabilities, heads(inputs.valueGlobal!)]);
  return graph.node('Reshape', [context, graph.integers([0, -1, headWidth])]);
}

/** [heads, G, G + local tokens]: a number for each pair of global tokens, one for all keys of the image. */
function globalBias(
  graph: GraphBuilder,
  { globalLocalBias, globalGlobalBias }: RecordedInputs,
  { heads, globals, rows, columns }: LongformerAttentionAttrs,
): string | undefined {
  if (!globalLocalBias || !globalGlobalBias) return undefined;
  const toLocal = graph.node('Gather', [globalLocalBias.name, graph.integers([0])], { axis: 0 });
  const aligned = graph.node('Reshape', [toLocal, graph.integers([heads, globals, 1])]);
  const spread = graph.node('Expand', [aligned, graph.integers([heads, globals, rows * columns])]);
  return graph.node('Concat', [globalGlobalBias.name, spread], { axis: 2 });
}
