import { equalParts, evenParts } from '../../../base/even-parts.js';
import type { GraphBuilder } from '../../graph-builder.js';
import { inStripsOfBatch, type Take } from '../batch-strips.js';
import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';
import { fewestIterations, mostStrips } from '../strips.js';

interface MlpInputs {
  /** [batch, tokens, width] */
  readonly x: Recorded;
  /** [hidden, width] */
  readonly weight1: Recorded;
  readonly bias1: Recorded;
  /** [width, hidden] */
  readonly weight2: Recorded;
  readonly bias2: Recorded;
  /** As the first, of the layer whose activations the hidden one is multiplied by; absent: it is activated itself. */
  readonly weightGate?: Recorded;
  readonly biasGate?: Recorded;
}

interface MlpAttrs {
  readonly activation: 'gelu' | 'gelu_tanh' | 'quick_gelu' | 'silu' | 'relu';
}

/**
 * Bytes that the hidden layer of one image's strip of tokens may take for each thread that computes it: it should
 * stay in the processor's cache.
 */
const threadBytes = 2 * 2 ** 20;

/**
 * Two linear layers with an activation in between, for inference. Runs in strips of tokens: the hidden layer, four
 * times as wide as the tokens, would otherwise be by far the largest tensor, and leave the cache before it is
 * read again.
 */
const mlp = kernel<MlpInputs, MlpAttrs>((graph, inputs, { activation }) => {
  const [, tokens, width] = inputs.x.shape as [number, number, number];
  const hidden = inputs.weight1.shape[0]!;
  const { weightGate, biasGate } = inputs;
  const strip = (graph.threads * threadBytes) / (weightGate ? 2 : 1);
  const longest = Math.max(1, Math.floor(strip / (4 * hidden)));
  const columnsOf = ({ name }: Recorded) => graph.node('Transpose', [name], { perm: [1, 0] });
  // Made once for all strips, since ONNX Runtime would have to find out that they are equal.
  const layer = (weight: Recorded, bias: Recorded) => ({ columns: columnsOf(weight), bias: bias.name });
  const layers: Layers = {
    activation,
    first: layer(inputs.weight1, inputs.bias1),
    second: layer(inputs.weight2, inputs.bias2),
    ...(weightGate && biasGate && { gate: layer(weightGate, biasGate) }),
  };
  const shape = inputs.x.shape.with(2, width);
  if (graph.isListed) {
    const windows = Math.max(1, Math.floor(longest / tokens));
    const strip = (take: Take) => {
      const rows = graph.node('Reshape', [take(inputs.x.name), graph.integers([-1, width])]);
      return graph.node('Reshape', [stripOutput(graph, rows, layers), graph.integers([-1, tokens, width])]);
    };
    return recorded(inStripsOfBatch(graph, inputs.x.name, windows, strip), shape);
  }
  if (tokens <= longest) return recorded(stripOutput(graph, inputs.x.name, layers), shape);
  const isLooped = graph.hasLoops && inputs.x.shape[0] === 1 && tokens >= fewestIterations * longest;
  if (isLooped) return recorded(looped(graph, inputs.x, longest, layers), shape);
  const lengths = evenParts(tokens, longest, mostStrips);
  const strips = graph.nodes('Split', [inputs.x.name, graph.integers(lengths)], lengths.length, { axis: 1 });
  const outputs = strips.map((strip) => stripOutput(graph, strip, layers));
  return recorded(graph.node('Concat', outputs, { axis: 1 }), shape);
});

/** A linear layer: names of its weights, [inputs, outputs], and of its bias. */
interface Layer {
  readonly columns: string;
  readonly bias: string;
}

interface Layers extends MlpAttrs {
  readonly first: Layer;
  readonly second: Layer;
  readonly gate?: Layer;
}

function stripOutput(graph: GraphBuilder, x: string, { activation, first, second, gate }: Layers): string {
  const linear = (input: string, { columns, bias }: Layer) =>
    graph.node('Add', [graph.node('MatMul', [input, columns]), bias]);
  const hidden = linear(x, first);
  if (!gate) return linear(activated(graph, hidden, activation), second);
  return linear(graph.node('Mul', [activated(graph, linear(x, gate), activation), hidden]), second);
}

/** Factor in the sigmoid of the quick GELU. */
const QUICK_SCALE = 1.702;

function activated(graph: GraphBuilder, x: string, kind: MlpAttrs['activation']): string {
  if (kind === 'gelu') return graph.node('Gelu', [x]);
  if (kind === 'gelu_tanh') return graph.node('Gelu', [x], { approximate: 'tanh' });
  if (kind === 'relu') return graph.node('Relu', [x]);
  const scaled = kind === 'silu' ? x : graph.node('Mul', [x, graph.scalar(QUICK_SCALE)]);
  return graph.node('Mul', [x, graph.node('Sigmoid', [scaled])]);
}

/** The layers for so many tokens at a time of a single image, in a loop. */
function looped(graph: GraphBuilder, { name, shape }: Recorded, longest: number, layers: Layers): string {
  const [, tokens, width] = shape as [number, number, number];
  const length = equalParts(tokens, longest)[0]!;
  const iterations = Math.floor(tokens / length);
  const rows = graph.node('Reshape', [name, graph.integers([tokens, width])]);
  // The shape is stated once more so that ONNX Runtime knows it when it fuses products and sums.
  const cut = (start: string, end: string, count: number) => {
    const part = graph.node('Slice', [rows, start, end, graph.integers([0])]);
    return graph.node('Reshape', [part, graph.integers([count, width])]);
  };
  const stacked = graph.loop(iterations, (iteration) => {
    const number = graph.node('Reshape', [iteration, graph.integers([1])]);
    const start = graph.node('Mul', [number, graph.integers([length])]);
    const end = graph.node('Add', [start, graph.integers([length])]);
    return stripOutput(graph, cut(start, end, length), layers);
  });
  const rest = tokens - iterations * length;
  const parts = [graph.node('Reshape', [stacked, graph.integers([iterations * length, width])])];
  if (rest > 0) {
    const last = cut(graph.integers([tokens - rest]), graph.integers([tokens]), rest);
    parts.push(stripOutput(graph, last, layers));
  }
  const together = rest > 0 ? graph.node('Concat', parts, { axis: 0 }) : parts[0]!;
  return graph.node('Reshape', [together, graph.integers([1, tokens, width])]);
}

/** The perceptron of a transformer block as one kernel. It has no gradient here: for inference only. */
export const mlpKernels: KernelTable = { Mlp: mlp };
