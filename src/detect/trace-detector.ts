import { registerAttentionRecorder } from '../../kernels/onnx/register.js';
import { bestCellCount, bestCells } from '../../models/detection/best-cells.js';
import type { DetectorModel } from '../../models/detector.js';
import type { ModelImage, Pixels } from '../../models/image-model.js';
import type { GraphTarget } from '../onnx/graph-builder.js';
import type { ExternalLocation, OnnxGraph } from '../onnx/model.js';
import type { Recording } from '../onnx/recorder/record.js';
import { record } from '../onnx/recorder/record.js';
import type { Tensor, Tensor4D } from '../tensor/tensor.js';

export interface TraceDetectorOptions extends GraphTarget {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** Statistics by which the graph itself is to normalise what it sees: then its input is `pixels`. */
  readonly normalisation?: Pick<Pixels, 'mean' | 'std'>;
  /** Cells that are decoded, the best ones. Default `bestCellCount`. */
  readonly cells?: number;
}

/**
 * Records a detector for images of one size, decoding included; its weights stay in the file of `shareWeights`.
 *
 * Input `image` [batch, 3, height, width], normalised; or `pixels`, bytes of RGB, [batch, height, width, 3]. Outputs, best cells first: `boxes` [batch, cells, 4 or 6] in pixels,
 * see `decodeBoxes` and `decodeOrientedBoxes`; `scores` [batch, cells]; `classes` [batch, cells], indices as floats.
 */
export function traceDetector(
  model: DetectorModel,
  locations: Readonly<Record<string, ExternalLocation>>,
  {
    batch,
    height,
    width,
    normalisation,
    cells = bestCellCount(height, width),
    hasLoops,
    hasOwnOperators,
    threads,
  }: TraceDetectorOptions,
): OnnxGraph {
  registerAttentionRecorder();
  const detect = (recording: Recording) => {
    const parameters = Object.fromEntries(
      Object.entries(model.parameterShapes).map(([name, shape]): [string, Tensor] => [
        name,
        recording.external(name, shape, locations[name]!),
      ]),
    );
    const image: ModelImage = normalisation
      ? {
          levels: recording.input('pixels', [batch, height, width, 3], 'uint8') as Tensor4D,
          ...normalisation,
        }
      : (recording.input('image', [batch, 3, height, width]) as Tensor4D);
    return { ...bestCells(model.forward(parameters, image), cells) };
  };
  return record('onnx-inference', 'vision-longformer-detector', detect, {
    hasLoops,
    hasOwnOperators,
    threads,
  });
}
