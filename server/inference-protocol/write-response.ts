import type { Response } from 'express';
import { ProblemError } from '../problem.js';
import type { InferRequest, tensorTypes } from './messages.js';
import { modelVersion } from './messages.js';

/** An output before it is known how the client wants it. */
export interface OutputTensor {
  readonly name: string;
  readonly datatype: (typeof tensorTypes)[number];
  readonly shape: readonly number[];
  readonly data: readonly string[] | Float32Array | Int32Array;
}

/** Header that says where in a body the JSON ends and binary tensors begin. */
export const jsonLengthHeader = 'Inference-Header-Content-Length';

/**
 * Answers with the outputs that a request names, or all, each in JSON or in binary as it asks.
 * @throws ProblemError 400 for an output that the model does not have
 */
export function writeResponse(
  response: Response,
  modelName: string,
  request: InferRequest,
  outputs: readonly OutputTensor[],
): void {
  const isBinaryByDefault = request.parameters?.binary_data_output === true;
  const wanted = request.outputs ?? outputs.map(({ name }) => ({ name, parameters: undefined }));
  const binaries: Buffer[] = [];
  const described = wanted.map(({ name, parameters }) => {
    const output = outputs.find((each) => each.name === name);
    if (!output) {
      const known = outputs.map((each) => each.name).join(', ');
      throw new ProblemError(400, 'bad_request', `There is no output "${name}". Outputs are ${known}.`);
    }
    const classes = parameters?.classification;
    const chosen = classes === undefined ? output : bestClasses(output, outputs, classes);
    const { datatype, shape, data } = chosen;
    if (!(parameters?.binary_data ?? isBinaryByDefault)) return { name, datatype, shape, data: [...data] };
    const bytes = binaryOf(chosen);
    binaries.push(bytes);
    return { name, datatype, shape, parameters: { binary_data_size: bytes.length } };
  });
  const json = { model_name: modelName, model_version: modelVersion, id: request.id, outputs: described };
  if (binaries.length === 0) {
    response.json(json);
    return;
  }
  const text = Buffer.from(JSON.stringify(json));
  response.set(jsonLengthHeader, String(text.length));
  response.type('application/octet-stream').send(Buffer.concat([text, ...binaries]));
}

function binaryOf({ data }: OutputTensor): Buffer {
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const parts = data.flatMap((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts);
}

/**
 * The classification extension: for each image the best labels as texts `score:index:label`.
 * @param count how many of them
 */
function bestClasses(output: OutputTensor, all: readonly OutputTensor[], count: unknown): OutputTensor {
  const labels = all.find(({ name }) => name === 'labels');
  const [images, classes] = output.shape;
  const isScores = output.name === 'scores' && output.shape.length === 2 && labels !== undefined;
  if (!isScores || !Number.isInteger(count) || (count as number) < 1) {
    throw new ProblemError(
      400,
      'bad_request',
      'Only "scores" of a classifier can be asked for as classification.',
    );
  }
  const kept = Math.min(count as number, classes!);
  const texts: string[] = [];
  for (let image = 0; image < images!; image++) {
    const scores = Array.from(output.data as Float32Array).slice(image * classes!, (image + 1) * classes!);
    const ranked = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, kept);
    for (const index of ranked) texts.push(`${scores[index]!.toFixed(6)}:${index}:${labels.data[index]}`);
  }
  return { name: output.name, datatype: 'BYTES', shape: [images!, kept], data: texts };
}
