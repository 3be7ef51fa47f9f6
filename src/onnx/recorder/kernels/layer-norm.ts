import type { GraphBuilder } from '../../graph-builder.js';
import { recordUniform } from '../constants.js';
import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';

interface LayerNormInputs {
  /** [..., width] */
  readonly x: Recorded;
  /** [width] */
  readonly weight: Recorded;
  /** [width] */
  readonly bias: Recorded;
}

interface LayerNormAttrs {
  readonly epsilon: number;
}

/** Normalises the last axis, scales and shifts. Returns the result, the mean and 1 / standard deviation. */
function normalise(
  graph: GraphBuilder,
  x: string,
  scale: string,
  shift: string,
  { epsilon }: LayerNormAttrs,
) {
  const attributes = { axis: -1, epsilon: { float: epsilon } };
  return graph.nodes('LayerNormalization', [x, scale, shift], 3, attributes) as [string, string, string];
}

const layerNorm = kernel<LayerNormInputs, LayerNormAttrs>((graph, { x, weight, bias }, attrs) => {
  const [y] = normalise(graph, x.name, weight.name, bias.name, attrs);
  return recorded(y, x.shape);
});

/**
 * Gradients with respect to x, weight and bias. With g = dy weight and the normalised n:
 * dx = (g - mean(g) - n mean(g n)) / standard deviation.
 */
const layerNormGrad = kernel<LayerNormInputs & { dy: Recorded }, LayerNormAttrs>(
  (graph, { x, weight, bias, dy }, attrs) => {
    const width = weight.shape;
    const [ones, zeros] = [1, 0].map((value) => recordUniform(graph, value, width, 'float32').name) as [
      string,
      string,
    ];
    const [normalised] = normalise(graph, x.name, ones, zeros, attrs);
    // Repeats the node of the forward pass; the graph keeps it only once.
    const [, , inverse] = normalise(graph, x.name, weight.name, bias.name, attrs);
    const multiply = (a: string, b: string) => graph.node('Mul', [a, b]);
    const mean = (value: string) => graph.node('ReduceMean', [value, graph.integers([-1])]);

    const weighted = multiply(dy.name, weight.name);
    const projected = multiply(normalised, mean(multiply(weighted, normalised)));
    const centred = graph.node('Sub', [graph.node('Sub', [weighted, mean(weighted)]), projected]);
    const rows = graph.integers(x.shape.slice(0, -1).map((_, axis) => axis));
    const sum = (value: string) => graph.node('ReduceSum', [value, rows], { keepdims: 0 });
    return [
      recorded(multiply(centred, inverse), x.shape),
      recorded(sum(multiply(dy.name, normalised)), width),
      recorded(sum(dy.name), width),
    ];
  },
);

/** Layer normalisation as one node, and its gradient. */
export const layerNormKernels: KernelTable = { LayerNorm: layerNorm, LayerNormGrad: layerNormGrad };
