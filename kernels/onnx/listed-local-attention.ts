import type { GraphBuilder } from '../../src/onnx/graph-builder.js';
import { inStripsOfBatch } from '../../src/onnx/recorder/batch-strips.js';
import type { Recorded } from '../../src/onnx/recorder/recorder-kernel.js';
import { recorded } from '../../src/onnx/recorder/recorder-kernel.js';

/** Inputs of `ListedLocalAttention`. */
export interface ListedLocalInputs {
  /** [N, tokens, width], not yet scaled. */
  readonly query: Recorded;
  /** [tokens of all windows and global ones * heads, head width] */
  readonly key: Recorded;
  readonly value: Recorded;
  /** As of `ListedWindows`. */
  readonly keys: Recorded;
  readonly visible: Recorded;
}

/** Bytes a thread of gathered keys, gathered values and logits in a strip of windows: they should stay in the cache. */
const threadBytes = 2 * 2 ** 20;

/** The local half of attention over listed windows, in strips of them: [N, tokens, width]. */
export function recordListedLocalAttention(
  graph: GraphBuilder,
  { query, key, value, keys, visible }: ListedLocalInputs,
  heads: number,
): Recorded {
  const [, tokens, width] = query.shape as [number, number, number];
  const seen = keys.shape[1]!;
  const headWidth = width / heads;
  const reshape = (x: string, ...shape: number[]) => graph.node('Reshape', [x, graph.integers(shape)]);
  const ofHeads = graph.constant(
    Int32Array.from({ length: heads }, (_, head) => head),
    [1, heads, 1],
  );
  const first = graph.node('Mul', [keys.name, graph.constant(Int32Array.of(heads), [])]);
  const rows = graph.node('Add', [reshape(first, -1, 1, seen), ofHeads]);
  const mask = reshape(visible.name, -1, 1, 1, seen);
  const windowBytes = 4 * heads * seen * (2 * headWidth + tokens);
  const longest = Math.max(1, Math.floor((graph.threads * threadBytes) / windowBytes));
  const context = inStripsOfBatch(graph, query.name, longest, (take) => {
    const indices = take(rows);
    const gathered = (x: Recorded) => graph.node('Gather', [x.name, indices], { axis: 0 });
    const scaled = graph.node('Mul', [take(query.name), graph.scalar(headWidth ** -0.5)]);
    const queries = graph.node('Transpose', [reshape(scaled, -1, tokens, heads, headWidth)], {
      perm: [0, 2, 1, 3],
    });
    const keyColumns = graph.node('Transpose', [gathered(key)], { perm: [0, 1, 3, 2] });
    const logits = graph.node('Add', [graph.node('MatMul', [queries, keyColumns]), take(mask)]);
    const probabilities = graph.node('Softmax', [logits], { axis: -1 });
    const apart = graph.node('MatMul', [probabilities, gathered(value)]);
    return reshape(graph.node('Transpose', [apart], { perm: [0, 2, 1, 3] }), -1, tokens, width);
  });
  return recorded(context, query.shape);
}
