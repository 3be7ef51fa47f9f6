import type { ElementType, OnnxGraph, ValueInfo } from '../../onnx/model.js';

export interface TritonConfig {
  readonly name: string;
  readonly graph: Pick<OnnxGraph, 'inputs' | 'outputs'>;
  /** Images that a pass takes at most. */
  readonly maxBatch: number;
  /** Microseconds that a request may wait for others to share its pass. */
  readonly queueMicroseconds: number;
  /** File with a label a line, for the classification extension of an output. */
  readonly labels?: { readonly output: string; readonly file: string };
  /** Anything else a client may want to know. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Names of element types in Triton's ModelConfig message. */
const dataTypes: Readonly<Record<ElementType, string>> = {
  float32: 'TYPE_FP32',
  uint8: 'TYPE_UINT8',
  int8: 'TYPE_INT8',
  int32: 'TYPE_INT32',
  int64: 'TYPE_INT64',
  bool: 'TYPE_BOOL',
};

/** The text of a config.pbtxt: Triton's ModelConfig message in the text format of Protocol Buffers. */
export function tritonConfigText(config: TritonConfig): string {
  const { name, graph, maxBatch, queueMicroseconds, labels, parameters } = config;
  const labelled = (output: ValueInfo) => (output.name === labels?.output ? labels.file : undefined);
  return [
    `name: ${quoted(name)}`,
    'backend: "onnxruntime"',
    `max_batch_size: ${maxBatch}`,
    ...graph.inputs.map((input) => message('input', tensorFields(input))),
    ...graph.outputs.map((output) => message('output', tensorFields(output, labelled(output)))),
    message('dynamic_batching', [`max_queue_delay_microseconds: ${queueMicroseconds}`]),
    ...Object.entries(parameters).map(([key, value]) =>
      message('parameters', [`key: ${quoted(key)}`, `value { string_value: ${quoted(value)} }`]),
    ),
    '',
  ].join('\n');
}

/** Dimensions without the batch, which `max_batch_size` stands for. */
function tensorFields({ name, type, shape }: ValueInfo, labelFile?: string): string[] {
  const fields = [
    `name: ${quoted(name)}`,
    `data_type: ${dataTypes[type]}`,
    `dims: [ ${shape.slice(1).join(', ')} ]`,
  ];
  if (labelFile) fields.push(`label_filename: ${quoted(labelFile)}`);
  return fields;
}

function message(name: string, fields: readonly string[]): string {
  return [`${name} {`, ...fields.map((field) => `  ${field}`), '}'].join('\n');
}

/** A string literal: as in C, UTF-8 as it is. */
function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `"${escaped}"`;
}
