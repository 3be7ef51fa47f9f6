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
  const columnsOf = ({ name }: Recorded) => graph.node('Transpose', [name], { perm: [1, 0] });
  // Once for all strips: ONNX Runtime would have to find out that they are alike.
  const layers: [Layer, Layer] = [
    { columns: columnsOf(inputs.weight1), bias: inputs.bias1.name },
    { columns: columnsOf(inputs.weight2), bias: inputs.bias2.name },
  ];
  if (lengths.length === 1) return recorded(stripOutput(graph, inputs.x.name, layers), inputs.x.shape);
  const strips = graph.nodes('Split', [inputs.x.name, graph.integers(lengths)], lengths.length, { axis: 1 });
  const outputs = strips.map((strip) => stripOutput(graph, strip, layers));
  const shape = inputs.x.shape.with(2, width);
  return recorded(graph.node('Concat', outputs, { axis: 1 }), shape);
});

/** A linear layer: names of its weights, [inputs, outputs], and of its bias. */
interface Layer {
  readonly columns: string;
  readonly bias: string;
}

function stripOutput(graph: GraphBuilder, x: string, [first, second]: readonly [Layer, Layer]): string {
  const linear = (input: string, { columns, bias }: Layer) =>
    graph.node('Add', [graph.node('MatMul', [input, columns]), bias]);
  return linear(graph.node('Gelu', [linear(x, first)]), second);
}

/** The perceptron of a transformer block as one kernel. It has no gradient here: for inference only. */
export const mlpKernels: KernelTable = { Mlp: mlp };
