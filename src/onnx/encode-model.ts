import type { Attribute, ElementType, Initializer, LoopBody, Node, OnnxGraph, ValueInfo } from './model.js';
import { allNodes, elementTypes } from './model.js';
import { ProtobufWriter } from './protobuf-writer.js';

/**
 * Operator set and format version: opset 21 came with IR 10 (ONNX 1.16), which ONNX Runtime reads since 1.18.
 */
const opset = 21;
const irVersion = 10;
const microsoftOpset = 1;

const attributeTypes = { float: 1, integer: 2, text: 3, graph: 5, integers: 7 } as const;
const externalDataLocation = 1;

/** A graph whose outputs may be of any shape. */
export interface EncodableGraph extends Omit<OnnxGraph, 'outputs'> {
  readonly outputs: readonly (Pick<ValueInfo, 'name' | 'type'> & Partial<ValueInfo>)[];
}

/**
 * The bytes of an .onnx file: a ModelProto, by the field numbers of onnx.proto.
 * @param metadata texts that travel with the model
 */
export function encodeModel(
  graph: EncodableGraph,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const usesMicrosoft = allNodes(graph.nodes).some((node) => node.domain === 'com.microsoft');
  const model = new ProtobufWriter()
    .integer(1, irVersion)
    .text(2, 'vision-longformer')
    .message(7, (writer) => writeGraph(writer, graph))
    .message(8, (writer) => writer.text(1, '').integer(2, opset));
  if (usesMicrosoft) model.message(8, (writer) => writer.text(1, 'com.microsoft').integer(2, microsoftOpset));
  for (const [key, value] of Object.entries(metadata)) {
    model.message(14, (entry) => entry.text(1, key).text(2, value));
  }
  return model.finish();
}

function writeGraph(writer: ProtobufWriter, graph: EncodableGraph): void {
  for (const node of graph.nodes) writer.message(1, (nested) => writeNode(nested, node));
  writer.text(2, graph.name);
  for (const each of graph.initializers) writer.message(5, (nested) => writeInitializer(nested, each));
  for (const input of graph.inputs) writer.message(11, (nested) => writeValueInfo(nested, input));
  for (const output of graph.outputs) writer.message(12, (nested) => writeValueInfo(nested, output));
}

function writeNode(writer: ProtobufWriter, node: Node): void {
  for (const input of node.inputs) writer.text(1, input);
  for (const output of node.outputs) writer.text(2, output);
  // Named after its first output, so that profiles and error messages of the runtime can be traced back.
  writer.text(3, `${node.op}:${node.outputs[0]}`).text(4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) {
    writer.message(5, (nested) => writeAttribute(nested, name, value));
  }
  if (node.domain !== '') writer.text(7, node.domain);
}

function writeAttribute(writer: ProtobufWriter, name: string, value: Attribute): void {
  writer.text(1, name);
  if (typeof value === 'number') writer.integer(3, value).integer(20, attributeTypes.integer);
  else if (typeof value === 'string') writer.text(4, value).integer(20, attributeTypes.text);
  else if ('body' in value) {
    writer.message(6, (nested) => writeBody(nested, value.body)).integer(20, attributeTypes.graph);
  } else if ('float' in value) writer.float(2, value.float).integer(20, attributeTypes.float);
  else {
    // This field is not packed in onnx.proto (proto2 syntax).
    for (const each of value) writer.integer(8, each);
    writer.integer(20, attributeTypes.integers);
  }
}

/**
 * A graph whose inputs are the number of the iteration and the condition, and whose outputs are the condition
 * and the result.
 */
function writeBody(writer: ProtobufWriter, { iteration, condition, result, nodes }: LoopBody): void {
  for (const node of nodes) writer.message(1, (nested) => writeNode(nested, node));
  writer.text(2, `body:${iteration}`);
  const scalar = (name: string, type: ElementType) => (nested: ProtobufWriter) =>
    writeValueInfo(nested, { name, type, shape: [] });
  writer
    .message(11, scalar(iteration, 'int64'))
    .message(11, scalar(condition.before, 'bool'))
    .message(12, scalar(condition.after, 'bool'))
    .message(12, (nested) => writeValueInfo(nested, { name: result, type: 'float32' }));
}

function writeInitializer(writer: ProtobufWriter, { name, type, shape, data }: Initializer): void {
  for (const size of shape) writer.integer(1, size);
  writer.integer(2, elementTypes[type]).text(8, name);
  if (data instanceof Uint8Array) {
    writer.bytes(9, data);
    return;
  }
  const entries = { location: data.file, offset: String(data.offset), length: String(data.length) };
  for (const [key, value] of Object.entries(entries)) {
    writer.message(13, (entry) => entry.text(1, key).text(2, value));
  }
  writer.integer(14, externalDataLocation);
}

/** Without a shape the runtime has to find it out. */
function writeValueInfo(
  writer: ProtobufWriter,
  { name, type, shape }: Pick<ValueInfo, 'name' | 'type'> & Partial<ValueInfo>,
): void {
  const writeDimension = (dimension: number | string) => (nested: ProtobufWriter) =>
    typeof dimension === 'number' ? nested.integer(1, dimension) : nested.text(2, dimension);
  const writeTensor = (tensor: ProtobufWriter) => {
    tensor.integer(1, elementTypes[type]);
    if (!shape) return;
    tensor.message(2, (nested) => {
      for (const dimension of shape) nested.message(1, writeDimension(dimension));
    });
  };
  writer.text(1, name).message(2, (typeProto) => typeProto.message(1, writeTensor));
}
