import type { ImageModel } from '../../models/image-model.js';
import type { ExternalData } from '../onnx/external-data.js';
import { packExternalData } from '../onnx/external-data.js';
import type { NamedArrays } from '../tensor/named-arrays.js';

/** Name under which graphs refer to the file of weights that they share. */
export const WEIGHTS_FILE = 'weights.bin';

/** All weights of a model in one block of memory that threads share. */
export type SharedWeights = ExternalData;

/** Copies a model's weights, in the order the model lists them. */
export function shareWeights(
  model: Pick<ImageModel, 'parameterShapes'>,
  weights: NamedArrays,
): SharedWeights {
  const names = Object.keys(model.parameterShapes);
  const tensors = Object.fromEntries(names.map((name) => [name, bytesOf(weights[name]!.data)]));
  return packExternalData(WEIGHTS_FILE, tensors);
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
