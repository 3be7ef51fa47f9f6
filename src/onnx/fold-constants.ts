import type { PlainTensors } from '../tensor/plain-tensor.js';
import type { EncodableGraph } from './encode-model.js';
import type { ElementType, Initializer, Node, OnnxGraph } from './model.js';
import { allNodes } from './model.js';

/**
 * Operators that are computed in advance where all their inputs are constants: what prepares weights. Not those that
 * repeat and spread, whose results are many times larger than what they are made of.
 */
const foldedOperators: ReadonlySet<string> = new Set([
  'Add',
  'Concat',
  'Div',
  'MatMul',
  'Mul',
  'Reshape',
  'Slice',
  'Split',
  'Sub',
  'Transpose',
]);

/**
 * Computes what depends on weights alone, so that a graph's products have weights as their inputs: tools that quantise,
 * compress or fuse look for them there, and pass by what they would have to compute first.
 *
 * @param compute runs a graph without inputs
 * @returns the graph with the results as constants of its own, under the names that they had
 */
export async function foldConstants(
  graph: OnnxGraph,
  compute: (constants: EncodableGraph) => Promise<PlainTensors>,
): Promise<OnnxGraph> {
  const types = new Map<string, ElementType>(graph.initializers.map(({ name, type }) => [name, type]));
  const folded = new Set<Node>();
  for (const node of graph.nodes) {
    const isFolded = foldedOperators.has(node.op) && node.inputs.every((input) => types.has(input));
    // Numbers of tokens are sums too, which are many and made of few.
    if (!isFolded || types.get(node.inputs[0]!) !== 'float32') continue;
    folded.add(node);
    for (const output of node.outputs) types.set(output, 'float32');
  }
  const rest = graph.nodes.filter((node) => !folded.has(node));
  const used = new Set(allNodes(rest).flatMap(({ inputs }) => inputs));
  const results = [...folded].flatMap(({ outputs }) => outputs).filter((output) => used.has(output));
  if (results.length === 0) return graph;
  const needed = nodesFor(results, [...folded]);
  const sources = new Set(needed.flatMap(({ inputs }) => inputs));
  const computed = await compute({
    name: 'constants',
    inputs: [],
    outputs: results.map((name) => ({ name, type: 'float32' as const })),
    initializers: graph.initializers.filter(({ name }) => sources.has(name)),
    nodes: needed,
  });
  const constants = results.map((name): Initializer => {
    const { data, shape } = computed[name]!;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return { name, type: 'float32', shape, data: bytes };
  });
  return {
    ...graph,
    initializers: [...graph.initializers.filter(({ name }) => used.has(name)), ...constants],
    nodes: rest,
  };
}

/** Those nodes, of ones in order, that the values depend on. */
function nodesFor(values: readonly string[], nodes: readonly Node[]): Node[] {
  const needed = new Set(values);
  return nodes
    .toReversed()
    .filter((node) => {
      const isNeeded = node.outputs.some((output) => needed.has(output));
      if (isNeeded) for (const input of node.inputs) needed.add(input);
      return isNeeded;
    })
    .reverse();
}
