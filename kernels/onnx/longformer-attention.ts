import type { GraphBuilder } from '../../src/onnx/graph-builder.js';
import type { Recorded } from '../../src/onnx/recorder/recorder-kernel.js';
import { recorded } from '../../src/onnx/recorder/recorder-kernel.js';
import type { LongformerAttentionAttrs } from '../attention-op.js';
import { globalAttention } from './global-attention.js';
import { groupsInStrips, localAttention } from './local-attention.js';
import type { RecordedInputs } from './recorded-inputs.js';
import { outputOrder } from './token-indices.js';

/**
 * `longformerAttention2d` as ONNX nodes for inference: fast in ONNX Runtime, memory beyond inputs and outputs
 * bounded by one strip of chunks. Standard operators only, so that any ONNX runtime takes the graph. Windows
 * must not be cyclic.
 *
 * Tried against com.microsoft.MultiHeadAttention, its flash variant and masked whole grids:
 * docs/decisions.md.
 */
export function recordLongformerAttention(
  graph: GraphBuilder,
  inputs: RecordedInputs,
  attrs: LongformerAttentionAttrs,
): Recorded {
  const { heads, globals, rows, columns } = attrs;
  const [batch, , channels] = inputs.query.shape as [number, number, number];
  const tokens = globals + rows * columns;
  const groups = groupsInStrips(attrs, channels / heads, {
    hasLoops: graph.hasLoops && batch === 1,
    threads: graph.threads,
  });
  const local = localAttention(graph, inputs, attrs, groups);
  const parts = globals > 0 ? [globalAttention(graph, inputs, attrs), ...local] : local;
  const together = graph.node('Concat', parts, { axis: 1 });
  const strips = groups.flatMap((group) => group.strips);
  const order = graph.constant(outputOrder(strips, attrs), [tokens * heads]);
  const ordered = graph.node('Gather', [together, order], { axis: 1 });
  const shape = [batch, tokens, channels];
  return recorded(graph.node('Reshape', [ordered, graph.integers([0, tokens, channels])]), shape);
}
