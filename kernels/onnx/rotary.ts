import type { GraphBuilder } from '../../src/onnx/graph-builder.js';
import type { Recorded } from '../../src/onnx/recorder/recorder-kernel.js';
import { recorded } from '../../src/onnx/recorder/recorder-kernel.js';

interface RotaryInputs {
  /** [batch, tokens, heads x d] */
  readonly x: Recorded;
  /** [tokens, d / 2] */
  readonly cos: Recorded;
  readonly sin: Recorded;
}

/**
 * The rotation as ONNX Runtime's own operator: one pass over the tokens. Out of standard operators it would be eight, and the
 * tokens of a large image do not fit into the processor's cache.
 */
export function recordRotary(graph: GraphBuilder, { x, cos, sin }: RotaryInputs, heads: number): Recorded {
  // A start of 0 for every image: position t of it is row t of the tables.
  const inputs = [x.name, graph.integers([0]), cos.name, sin.name];
  const attributes = { interleaved: 0, num_heads: heads };
  const name = graph.node('RotaryEmbedding', inputs, attributes, { domain: 'com.microsoft' });
  return recorded(name, x.shape);
}
