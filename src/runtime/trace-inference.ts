import { registerAttentionRecorder } from '../../kernels/onnx/register.js';
import type { ImageModel } from '../../models/image-model.js';
import type { GraphTarget } from '../onnx/graph-builder.js';
import type { ExternalLocation, OnnxGraph } from '../onnx/model.js';
import type { Recording } from '../onnx/recorder/record.js';
import { record } from '../onnx/recorder/record.js';
import type { Tensor, Tensor4D } from '../tensor/tensor.js';

/** Size of the images a graph takes, and what it computes. */
export interface TraceOptions extends GraphTarget {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  /** Adds where the global tokens of the last stage that has some look. */
  readonly attention: boolean;
}

/** A recorded forward pass. */
export interface TracedGraph {
  /** Input `image`; outputs `logits`, `features` and, where asked for and there, `attention`. */
  readonly graph: OnnxGraph;
  /** Grid of the tokens behind the last columns of `attention`. */
  readonly attentionGrid?: { readonly rows: number; readonly columns: number };
}

/** Records a model's forward pass for images of one size; its weights stay in the file of `shareWeights`. */
export function traceInference(
  model: ImageModel,
  locations: Readonly<Record<string, ExternalLocation>>,
  { batch, height, width, attention, hasLoops, hasOwnOperators, threads }: TraceOptions,
): TracedGraph {
  registerAttentionRecorder();
  let attentionGrid: TracedGraph['attentionGrid'];
  const forward = (recording: Recording) => {
    const parameters = Object.fromEntries(
      Object.entries(model.parameterShapes).map(([name, shape]): [string, Tensor] => [
        name,
        recording.external(name, shape, locations[name]!),
      ]),
    );
    const image = recording.input('image', [batch, 3, height, width]) as Tensor4D;
    let captured: Tensor | undefined;
    const capture = attention
      ? (name: string, value: Tensor) => {
          if (name === 'globalAttention') captured = value;
        }
      : undefined;
    const { logits, features, pyramid } = model.forward(parameters, image, { capture });
    attentionGrid = captured && gridOf(captured, pyramid);
    return { logits, features, ...(captured && { attention: captured }) };
  };
  const graph = record('onnx-inference', 'vision-longformer', forward, {
    hasLoops,
    hasOwnOperators,
    threads,
  });
  return { graph, attentionGrid };
}

/** Rows and columns of the tokens that an attention map [batch, heads, globals, globals + tokens] covers. */
function gridOf(attention: Tensor, pyramid: readonly Tensor4D[]): TracedGraph['attentionGrid'] {
  const tokens = attention.shape[3]! - attention.shape[2]!;
  const level = pyramid.findLast(({ shape }) => shape[1] * shape[2] === tokens);
  return level && { rows: level.shape[1], columns: level.shape[2] };
}
