import { registerListedAttentionRecorder } from '../../../kernels/onnx/register-listed.js';
import type { DetectorModel } from '../../../models/detector.js';
import type { Pixels } from '../../../models/image-model.js';
import { windowLayout } from '../../../models/listed-windows/layout.js';
import { detectInWindows } from '../../../models/listed-windows/listed-windows.js';
import type { GraphTarget } from '../../onnx/graph-builder.js';
import type { ExternalLocation, OnnxGraph } from '../../onnx/model.js';
import type { Recording } from '../../onnx/recorder/record.js';
import { record } from '../../onnx/recorder/record.js';
import { withSymbolicBatch } from '../../onnx/symbolic-batch.js';
import type { Tensor, Tensor2D, Tensor4D } from '../../tensor/tensor.js';
import { tf } from '../../tensor/tensor.js';

export interface TraceWindowsOptions extends GraphTarget, Pick<Pixels, 'mean' | 'std'> {}

/**
 * Records a detector for any list of windows of images of any size, see `ListedWindows`; its weights stay in the file of
 * `shareWeights`.
 *
 * Inputs as `windowFeeds` makes them. Outputs for all cells, [windows, cells, ...]: `boxes`, in pixels from the window's
 * corner, `scores` of the best class, 0 to 1, and `classes`, indices as floats.
 * @throws UserError as `windowLayout`
 */
export function traceListedWindows(
  model: DetectorModel,
  locations: Readonly<Record<string, ExternalLocation>>,
  { mean, std, ...target }: TraceWindowsOptions,
): OnnxGraph {
  registerListedAttentionRecorder();
  const { pixels, tokens, levels, plan } = windowLayout(model.config);
  const detect = (recording: Recording, count: number) => {
    const parameters = Object.fromEntries(
      Object.entries(model.parameterShapes).map(([name, shape]): [string, Tensor] => [
        name,
        recording.external(name, shape, locations[name]!),
      ]),
    );
    const seen = plan.globals + 9 * tokens ** 2;
    const input = (name: string, length: number, type: 'float32' | 'int32') =>
      recording.input(name, [count, length], type) as Tensor2D;
    const { logits, boxes } = detectInWindows(model.config, parameters, {
      pixels: {
        levels: recording.input('pixels', [count, pixels, pixels, 3], 'uint8') as Tensor4D,
        mean,
        std,
      },
      positions: input('positions', tokens ** 2, 'int32'),
      keys: input('keys', seen, 'int32'),
      visible: input('visible', seen, 'float32'),
      weights: input('weights', tokens ** 2, 'float32'),
      taps: levels.map(({ side }, level) => input(`taps${level}`, 9 * side ** 2, 'int32')),
    });
    return {
      boxes,
      scores: tf.sigmoid(tf.max(logits, 2)),
      classes: tf.cast(tf.argMax(logits, 2), 'float32'),
    };
  };
  return withSymbolicBatch((count) =>
    record('onnx-inference', 'vision-longformer-windows', (recording) => detect(recording, count), {
      ...target,
      isListed: true,
    }),
  );
}
