import type { GraphBuilder } from '../../src/onnx/graph-builder.js';
import type { LongformerAttentionAttrs } from '../attention-op.js';
import type { RecordedInputs } from './recorded-inputs.js';

/** What of the op's inputs concerns the global queries. */
export type GlobalInputs = Omit<RecordedInputs, 'query' | 'key' | 'value' | 'localBias'>;

/**
 * Projections of keys and values that are left to `globalAttention`: for a few queries it takes far fewer products
 * to project the queries back, and what they have gathered forth, than every token of the image. The bias of
 * the keys adds the same to all logits of a query, which the softmax does not see.
 */
export interface GlobalProjections {
  /** [C out, C in] */
  readonly keyWeight: string;
  /** [C in, C out] and [C]; absent where values are not projected here. */
  readonly value?: { readonly columns: string; readonly bias: string };
}

/**
 * The global tokens' half of the op: each of them attends to every token. Needs G > 0.
 *
 * Keys and values are read in the order in which they are stored, all heads of a token together: each query
 * is spread over the channels of all heads, with zeros in those of the others. For a few global tokens the
 * extra products take less time than transposing keys and values head by head would.
 *
 * @param projections where `keyGlobal` and `valueGlobal` are the tokens, not yet projected
 * @returns [B, heads * G, head width]
 */
export function globalAttention(
  graph: GraphBuilder,
  inputs: GlobalInputs,
  attrs: LongformerAttentionAttrs,
  projections?: GlobalProjections,
): string {
  const { heads, globals } = attrs;
  const channels = inputs.queryGlobal!.shape[2]!;
  const headWidth = channels / heads;
  const isSame = Float32Array.from({ length: heads * heads }, (_, pair) =>
    pair % (heads + 1) === 0 ? 1 : 0,
  );
  const sameHead = graph.constant(isSame, [heads, 1, heads, 1]);
  const reshape = (x: string, ...shape: number[]) => graph.node('Reshape', [x, graph.integers(shape)]);

  const query = graph.node('Mul', [inputs.queryGlobal!.name, graph.scalar(headWidth ** -0.5)]);
  const queryColumns = reshape(
    graph.node('Transpose', [query], { perm: [0, 2, 1] }),
    0,
    heads,
    headWidth,
    1,
    globals,
  );
  const spread = reshape(graph.node('Mul', [queryColumns, sameHead]), 0, channels, heads * globals);
  const back = projections && graph.node('Transpose', [projections.keyWeight], { perm: [1, 0] });
  const seen = back ? graph.node('MatMul', [back, spread]) : spread;
  const logitColumns = graph.node('MatMul', [inputs.keyGlobal!.name, seen]);
  const logits = reshape(
    graph.node('Transpose', [logitColumns], { perm: [0, 2, 1] }),
    0,
    heads,
    globals,
    inputs.keyGlobal!.shape[1]!,
  );

  const bias = globalBias(graph, inputs, attrs);
  const biased = bias ? graph.node('Add', [logits, bias]) : logits;
  const probabilities = reshape(graph.node('Softmax', [biased], { axis: -1 }), 0, heads * globals, -1);
  const gathered = graph.node('MatMul', [probabilities, inputs.valueGlobal!.name]);
  const value = projections?.value;
  const ofAllHeads = value
    ? graph.node('Add', [graph.node('MatMul', [gathered, value.columns]), value.bias])
    : gathered;
  const apart = reshape(ofAllHeads, 0, heads, globals, heads, headWidth);
  const own = graph.node('ReduceSum', [graph.node('Mul', [apart, sameHead]), graph.integers([3])], {
    keepdims: 0,
  });
  return reshape(own, 0, -1, headWidth);
}

/** [heads, G, G + local tokens]: a number for each pair of global tokens, one for all keys of the image. */
function globalBias(
  graph: GraphBuilder,
  { globalLocalBias, globalGlobalBias }: GlobalInputs,
  { heads, globals, rows, columns }: LongformerAttentionAttrs,
): string | undefined {
  if (!globalLocalBias || !globalGlobalBias) return undefined;
  const toLocal = graph.node('Gather', [globalLocalBias.name, graph.integers([0])], { axis: 0 });
  const aligned = graph.node('Reshape', [toLocal, graph.integers([heads, globals, 1])]);
  const spread = graph.node('Expand', [aligned, graph.integers([heads, globals, rows * columns])]);
  return graph.node('Concat', [globalGlobalBias.name, spread], { axis: 2 });
}
