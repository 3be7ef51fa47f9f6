import { encodeModel } from '../../../src/onnx/encode-model.js';
import { GraphBuilder } from '../../../src/onnx/graph-builder.js';

/** An .onnx file that doubles its input `x` of any length into `y`. */
export function doublingModel(): Uint8Array {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', ['n']);
  graph.output('y', graph.node('Add', [x, x]), 'float32', ['n']);
  return encodeModel(graph.build('doubling'));
}

/** An .onnx file that keeps a processor busy for a while: the input [n, n] multiplied by itself, many times over. */
export function slowModel(products: number): Uint8Array {
  const graph = new GraphBuilder();
  let x = graph.input('x', 'float32', ['n', 'n']);
  for (let product = 0; product < products; product++) x = graph.node('MatMul', [x, x]);
  graph.output('y', x, 'float32', ['n', 'n']);
  return encodeModel(graph.build('slow'));
}
