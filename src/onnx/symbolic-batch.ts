import type { Dimension, Initializer, Node, OnnxGraph, ValueInfo } from './model.js';
import { allNodes } from './model.js';

/**
 * Batch sizes to record with. Large primes, so that no other number in the graph happens to be one of them,
 * and far enough from 1 for nothing to be simplified away.
 */
const batchA = 1009;
const batchB = 1013;

/** Name of the dimension in the graph's declarations. */
const symbol = 'batch';
const batchSize = 'batch/size';

/**
 * A constant vector of integers that depends on the batch: `scale` x batch + `offset`, element by element.
 */
interface BatchVector {
  readonly name: string;
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

/**
 * Turns a recording of fixed batch into a graph that takes any batch.
 *
 * Records twice with different batches and compares: integers that differ (shapes to reshape or expand to)
 * are linear in the batch and get computed from the shape of the graph's first input, which has the batch as
 * first dimension; everything else has to be equal.
 *
 * @param recordWith records the graph for a batch size
 * @throws Error when the graphs differ in more than such integers
 */
export function withSymbolicBatch(recordWith: (batch: number) => OnnxGraph): OnnxGraph {
  const [a, b] = [recordWith(batchA), recordWith(batchB)];
  if (JSON.stringify(a.nodes) !== JSON.stringify(b.nodes)) throw notSymbolic('its operators');
  const other = new Map(b.initializers.map((each) => [each.name, each]));
  const differing = a.initializers.flatMap((each) => batchVector(each, other.get(each.name)) ?? []);
  const fixed = a.initializers.filter(({ name }) => !differing.some((each) => each.name === name));
  const wildcards = differing.filter((each) => isWildcard(each, a.nodes));
  const computed = differing.filter((each) => !wildcards.includes(each));
  return {
    name: a.name,
    inputs: a.inputs.map((each, index) => declared(each, b.inputs[index]!)),
    outputs: a.outputs.map((each, index) => declared(each, b.outputs[index]!)),
    initializers: [...fixed, ...wildcards.map(wildcardShape), ...computed.flatMap(coefficients)],
    nodes: [...batchNodes(computed, a.inputs[0]!.name), ...a.nodes],
  };
}

/** How a constant depends on the batch; undefined when it does not. */
function batchVector(a: Initializer, b: Initializer | undefined): BatchVector | undefined {
  if (b === undefined || String(a.shape) !== String(b.shape)) throw notSymbolic(`the constant ${a.name}`);
  if (!(a.data instanceof Uint8Array) || !(b.data instanceof Uint8Array)) return undefined;
  if (Buffer.compare(a.data, b.data) === 0) return undefined;
  if (a.type !== 'int64' || a.shape.length !== 1) throw notSymbolic(`the constant ${a.name}`);
  const [valuesA, valuesB] = [integersOf(a.data), integersOf(b.data)];
  const scale = valuesA.map((value, index) => (valuesB[index]! - value) / (batchB - batchA));
  const offset = valuesA.map((value, index) => value - scale[index]! * batchA);
  if (!scale.every(Number.isInteger)) throw notSymbolic(`the constant ${a.name}`);
  return { name: a.name, scale, offset };
}

/** Whether a vector is only ever a shape to reshape to, with one unknown size, which ONNX can work out. */
function isWildcard({ name, scale, offset }: BatchVector, nodes: readonly Node[]): boolean {
  const users = allNodes(nodes).filter((node) => node.inputs.includes(name));
  const isShape = users.every((node) => node.op === 'Reshape' && node.inputs[0] !== name);
  const unknowns = scale.filter((factor, index) => factor !== 0 || offset[index] === -1);
  return isShape && unknowns.length === 1;
}

function wildcardShape({ name, scale, offset }: BatchVector): Initializer {
  return integerVector(
    name,
    offset.map((size, index) => (scale[index] === 0 ? size : -1)),
  );
}

function coefficients({ name, scale, offset }: BatchVector): Initializer[] {
  return [integerVector(`${name}/scale`, scale), integerVector(`${name}/offset`, offset)];
}

/** Nodes that compute vectors from the shape of an input. */
function batchNodes(vectors: readonly BatchVector[], input: string): Node[] {
  if (vectors.length === 0) return [];
  const node = (op: string, inputs: string[], output: string, attributes = {}): Node => ({
    op,
    domain: '',
    inputs,
    outputs: [output],
    attributes,
  });
  const size = node('Shape', [input], batchSize, { start: 0, end: 1 });
  const each = vectors.flatMap(({ name }) => [
    node('Mul', [batchSize, `${name}/scale`], `${name}/scaled`),
    node('Add', [`${name}/scaled`, `${name}/offset`], name),
  ]);
  return [size, ...each];
}

function declared(a: ValueInfo, b: ValueInfo): ValueInfo {
  const shape = a.shape.map((size, axis): Dimension => {
    if (size === b.shape[axis]) return size;
    if (size === batchA && b.shape[axis] === batchB) return symbol;
    throw notSymbolic(`the shape of ${a.name}`);
  });
  return { ...a, shape };
}

function integersOf(bytes: Uint8Array): number[] {
  return Array.from(new BigInt64Array(bytes.slice().buffer), Number);
}

function integerVector(name: string, values: readonly number[]): Initializer {
  const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, type: 'int64', shape: [values.length], data };
}

function notSymbolic(part: string): Error {
  return new Error(
    `the graph cannot take any batch: ${part} depends on the batch in a way that is not linear`,
  );
}
