import { evenParts } from '../../../even-parts.js';
import type { GraphBuilder } from '../../onnx/graph-builder.js';
import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';

interface MlpInputs {
  /** [batch, tokens, width] */
  readonly x: Recorded;
  /** [hidden, width] */
  readonly weight1: Recorded;
  readonly bias1: Recorded;
  /** [width, hidden] */
  readonly weight2: Recorded;
  readonly bias2: Recorded;
}

/** Bytes that the hidden layer of one image's strip of tokens may take: it should stay in the processor's cache. */
const stripBytes = 8 * 2 ** 20;
/** Strips at most, however large the image: each one is nodes that ONNX Runtime has to load. */
const MOST_STRIPS = 32;

/**
 * Two linear layers with a GELU in between, for inference. Runs in strips of tokens: the hidden layer, four times as
 * wide as the tokens, would otherwise be by far the largest tensor, and leave the cache before it is read again.
 */
const mlp = kernel<MlpInputs>((graph, inputs) => {
  const [, tokens, width] = inputs.x.shape as [number, number, number];
  const hidden = inputs.weight1.shape[0]!;
  const lengths = evenParts(tokens, Math.max(1, Math.floor(stripBytes / (4 * hidden))), MOST_STRIPS);
  if (lengths.length === 1) return recorded(stripOutput(graph, inputs.x.name, inputs), inputs.x.shape);
  const strips = graph.nodes('Split', [inputs.x.name, graph.integers(lengths)], lengths.length, { axis: 1 });
  const outputs = strips.map((strip) => stripOutput(graph, strip, inputs));
  const shape = inputs.x.shape.with(2, width);
  return recorded(graph.node('Concat', outputs, { axis: 1 }), shape);
});

function stripOutput(graph: GraphBuilder, x: string, { weight1, bias1, weight2, bias2 }: MlpInputs): string {
  const linear = (input: string, weight: Recorded, bias: Recorded) => {
    const columns = graph.node('Transpose', [weight.name], { perm: [1, 0] });
    return graph.node('Add', [graph.node('MatMul', [input, columns]), bias.name]);
  };
  return linear(graph.node('Gelu', [linear(x, weight1, bias1)]), weight2, bias2);
}

/** The perceptron of a transformer block as one kernel. It has no gradient here: for inference only. */
export const mlpKernels: KernelTable = { Mlp: mlp };
