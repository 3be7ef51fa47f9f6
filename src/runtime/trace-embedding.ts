import { registerAttentionRecorder } from '../../kernels/onnx/register.js';
import type { BackboneModel } from '../../models/image-model.js';
import type { GraphTarget } from '../onnx/graph-builder.js';
import type { ExternalLocation, OnnxGraph } from '../onnx/model.js';
import type { Recording } from '../onnx/recorder/record.js';
import { record } from '../onnx/recorder/record.js';
import type { Tensor, Tensor4D } from '../tensor/tensor.js';

/**
 * Records what a model knows of one image of a size, `BackboneModel.embed`: input `image` [1, 3, height, width], outputs
 * `features`, `mean`, `patches` and, where the model has one, `classToken`.
 */
export function traceEmbedding(
  model: Pick<BackboneModel, 'embed' | 'parameterShapes'>,
  locations: Readonly<Record<string, ExternalLocation>>,
  { height, width, ...target }: { readonly height: number; readonly width: number } & GraphTarget,
): OnnxGraph {
  registerAttentionRecorder();
  const embed = (recording: Recording) => {
    const parameters: Record<string, Tensor> = {};
    for (const [name, shape] of Object.entries(model.parameterShapes)) {
      parameters[name] = recording.external(name, shape, locations[name]!);
    }
    return { ...model.embed(parameters, recording.input('image', [1, 3, height, width]) as Tensor4D) };
  };
  return record('onnx-inference', 'vision-longformer-embedding', embed, target);
}
