import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';

interface LayerNormInputs {
  readonly x: Recorded;
  readonly weight: Recorded;
  readonly bias: Recorded;
}

const layerNorm = kernel<LayerNormInputs, { epsilon: number }>((graph, { x, weight, bias }, { epsilon }) => {
  const attributes = { axis: -1, epsilon: { float: epsilon } };
  return recorded(
    graph.node('LayerNormalization', [x.name, weight.name, bias.name], attributes),
    x.shape,
    x.dtype,
  );
});

// The operator's default is the exact form, with erf.
const gelu = kernel<{ x: Recorded }>((graph, { x }) =>
  recorded(graph.node('Gelu', [x.name]), x.shape, x.dtype),
);

/**
 * Layers that ONNX has as one operator each, by the kernel names the models' layers ask for. They have no gradient
 * here, so only the recorder for inference gets them.
 */
export const fused: KernelTable = { LayerNorm: layerNorm, Gelu: gelu };
