import type { PlainTensors } from '../tensor/plain-tensor.js';
import type { EncodableGraph } from './encode-model.js';
import type { Initializer, Node, OnnxGraph } from './model.js';

/** Smallest and largest number that an activation took. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Weights of fewer numbers are left as they are: their product takes no time to speak of. */
const leastNumbers = 1024;
/**
 * Weights take seven bits of eight: on processors without VNNI the sum of two products of eight bits does not fit into the
 * sixteen that it is given, and would be cut without a word.
 */
const weightLevels = 63;
const activationLevels = 255;

/** Reads the numbers of a constant. */
export type NumbersOf = (constant: Initializer) => Float32Array;

/** A product of tokens with a matrix of weights. */
interface Product {
  readonly node: Node;
  readonly activation: string;
  /** [inputs, outputs] */
  readonly weights: Initializer;
}

function productsOf({ nodes, initializers }: OnnxGraph): Product[] {
  const constants = new Map(initializers.map((each) => [each.name, each]));
  return nodes.flatMap((node) => {
    const [activation, second] = node.inputs;
    const weights = constants.get(second ?? '');
    const isProduct = node.op === 'MatMul' && !constants.has(activation!);
    if (!isProduct || weights?.type !== 'float32' || weights.shape.length !== 2) return [];
    const isLarge = weights.shape[0]! * weights.shape[1]! >= leastNumbers;
    return isLarge ? [{ node, activation: activation!, weights }] : [];
  });
}

const lowOf = (activation: string) => `${activation}/low`;
const highOf = (activation: string) => `${activation}/high`;

/** The graph with two more outputs for each activation that `quantise` needs the range of; `rangesOf` reads them. */
export function withRanges(graph: OnnxGraph): EncodableGraph {
  const activations = [...new Set(productsOf(graph).map(({ activation }) => activation))];
  const reduce = (op: string, activation: string, output: string): Node => ({
    op,
    domain: '',
    inputs: [activation],
    outputs: [output],
    attributes: { keepdims: 0 },
  });
  const nodes = activations.flatMap((activation) => [
    reduce('ReduceMin', activation, lowOf(activation)),
    reduce('ReduceMax', activation, highOf(activation)),
  ]);
  const outputs = nodes.map((node) => ({ name: node.outputs[0]!, type: 'float32' as const, shape: [] }));
  return { ...graph, nodes: [...graph.nodes, ...nodes], outputs: [...graph.outputs, ...outputs] };
}

/** What of the outputs of `withRanges` are ranges, widened by those of other images. */
export function rangesOf(
  outputs: PlainTensors,
  before: ReadonlyMap<string, Range> = new Map(),
): Map<string, Range> {
  const ranges = new Map(before);
  for (const [name, { data }] of Object.entries(outputs)) {
    if (!name.endsWith('/low')) continue;
    const activation = name.slice(0, -'/low'.length);
    const known = ranges.get(activation) ?? { low: 0, high: 0 };
    const high = outputs[highOf(activation)]!.data[0]!;
    ranges.set(activation, { low: Math.min(known.low, data[0]!), high: Math.max(known.high, high) });
  }
  return ranges;
}

/**
 * Lets products with weights be computed in eight bits: weights as signed integers, a scale for each output; activations as
 * unsigned ones, a scale and a zero for each tensor, from the ranges that calibration saw. What is written are pairs of
 * QuantizeLinear and DequantizeLinear (ONNX's QDQ form), which runtimes with integer products merge into them, and which
 * others compute as they stand. Products between activations, convolutions and all else stay as they are.
 *
 * @param ranges of `rangesOf`; they include 0
 * @returns the graph, and how many products were quantised
 * @throws Error when the range of an activation is missing
 */
export function quantise(
  graph: OnnxGraph,
  ranges: ReadonlyMap<string, Range>,
  numbersOf: NumbersOf,
): { readonly graph: OnnxGraph; readonly products: number } {
  const products = new Map(productsOf(graph).map((product) => [product.node, product]));
  const constants = new Map<string, Initializer>();
  const done = new Set<string>();
  const nodes = graph.nodes.flatMap((node) => {
    const product = products.get(node);
    if (!product) return [node];
    const { activation, weights } = product;
    const before: Node[] = [];
    if (!done.has(activation)) before.push(...quantisedActivation(activation, ranges, constants));
    if (!done.has(weights.name)) before.push(quantisedWeights(weights, numbersOf(weights), constants));
    done.add(activation).add(weights.name);
    return [...before, { ...node, inputs: [`${activation}/seen`, `${weights.name}/seen`] }];
  });
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const kept = graph.initializers.filter(({ name }) => used.has(name));
  return {
    graph: { ...graph, nodes, initializers: [...kept, ...constants.values()] },
    products: products.size,
  };
}

function quantisedActivation(
  name: string,
  ranges: ReadonlyMap<string, Range>,
  constants: Map<string, Initializer>,
): Node[] {
  const range = ranges.get(name);
  if (!range) throw new Error(`calibration has not seen ${name}`);
  const scale = (range.high - range.low) / activationLevels || 1;
  const zero = Math.round(-range.low / scale);
  put(constants, {
    name: `${name}/scale`,
    type: 'float32',
    shape: [],
    data: bytesOf(Float32Array.of(scale)),
  });
  put(constants, { name: `${name}/zero`, type: 'uint8', shape: [], data: Uint8Array.of(zero) });
  const parameters = [`${name}/scale`, `${name}/zero`];
  return [
    linear('QuantizeLinear', [name, ...parameters], `${name}/quantised`),
    linear('DequantizeLinear', [`${name}/quantised`, ...parameters], `${name}/seen`),
  ];
}

function quantisedWeights(
  { name, shape }: Initializer,
  numbers: Float32Array,
  constants: Map<string, Initializer>,
): Node {
  const [inputs, outputs] = shape as [number, number];
  const scales = new Float32Array(outputs);
  for (let at = 0; at < numbers.length; at++) {
    const output = at % outputs;
    scales[output] = Math.max(scales[output]!, Math.abs(numbers[at]!) / weightLevels);
  }
  const integers = new Int8Array(inputs * outputs);
  for (let at = 0; at < numbers.length; at++) {
    const scale = scales[at % outputs]!;
    integers[at] = scale === 0 ? 0 : Math.round(numbers[at]! / scale);
  }
  put(constants, { name: `${name}/quantised`, type: 'int8', shape, data: new Uint8Array(integers.buffer) });
  put(constants, { name: `${name}/scale`, type: 'float32', shape: [outputs], data: bytesOf(scales) });
  put(constants, { name: `${name}/zero`, type: 'int8', shape: [outputs], data: new Uint8Array(outputs) });
  const given = [`${name}/quantised`, `${name}/scale`, `${name}/zero`];
  return linear('DequantizeLinear', given, `${name}/seen`, { axis: 1 });
}

function linear(op: string, inputs: string[], output: string, attributes = {}): Node {
  return { op, domain: '', inputs, outputs: [output], attributes };
}

function put(constants: Map<string, Initializer>, constant: Initializer): void {
  constants.set(constant.name, constant);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
