import type { GraphBuilder } from '../../graph-builder.js';
import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';

/** What tfjs passes with the kernels of a convolution. */
interface ConvolutionAttrs {
  readonly strides: number | readonly [number, number];
  readonly pad: unknown;
  readonly dataFormat: string;
  readonly dilations?: number | readonly [number, number];
}

type Shape4 = readonly [number, number, number, number];

/** Only what the models use is recorded: stride 1, "same" padding, an odd square kernel, channels last. */
function checkSupported({ strides, pad, dataFormat, dilations = 1 }: ConvolutionAttrs, side: number): void {
  const isOne = [strides, dilations].flat().every((value) => value === 1);
  if (isOne && pad === 'same' && dataFormat === 'NHWC' && side % 2 === 1) return;
  throw new Error('only convolutions with stride 1, padding "same" and an odd kernel can be recorded');
}

const channelsFirst = (graph: GraphBuilder, name: string) =>
  graph.node('Transpose', [name], { perm: [0, 3, 1, 2] });
const channelsLast = (graph: GraphBuilder, name: string) =>
  graph.node('Transpose', [name], { perm: [0, 2, 3, 1] });

/** A filter [side, side, in, out] as ONNX wants it, [out, in, side, side]. */
const outputFirst = (graph: GraphBuilder, name: string) =>
  graph.node('Transpose', [name], { perm: [3, 2, 0, 1] });

function samePadding(side: number): { kernel_shape: number[]; pads: number[] } {
  return { kernel_shape: [side, side], pads: Array(4).fill((side - 1) / 2) };
}

const conv2d = kernel<{ x: Recorded; filter: Recorded }, ConvolutionAttrs>((graph, { x, filter }, attrs) => {
  const [side, , , outputs] = filter.shape as Shape4;
  checkSupported(attrs, side);
  const inputs = [channelsFirst(graph, x.name), outputFirst(graph, filter.name)];
  const name = channelsLast(graph, graph.node('Conv', inputs, samePadding(side)));
  return recorded(name, [...x.shape.slice(0, 3), outputs]);
});

/**
 * The gradient of the input is the convolution of `dy` with the filter turned by half a circle, in and out
 * exchanged.
 */
const conv2dBackpropInput = kernel<
  { dy: Recorded; filter: Recorded },
  ConvolutionAttrs & { inputShape: Shape4 }
>((graph, { dy, filter }, attrs) => {
  const side = filter.shape[0]!;
  checkSupported(attrs, side);
  const swapped = graph.node('Transpose', [filter.name], { perm: [2, 3, 0, 1] });
  const backwards = [[-1, -1], Array(2).fill(-(2 ** 31)), [2, 3], [-1, -1]];
  const turned = graph.node('Slice', [swapped, ...backwards.map((values) => graph.integers(values))]);
  const name = graph.node('Conv', [channelsFirst(graph, dy.name), turned], samePadding(side));
  return recorded(channelsLast(graph, name), attrs.inputShape);
});

/**
 * The gradient of the filter: for each of its positions the product of the input, shifted by it, with `dy`,
 * as one matrix product over all positions.
 */
const conv2dBackpropFilter = kernel<
  { x: Recorded; dy: Recorded },
  ConvolutionAttrs & { filterShape: Shape4 }
>((graph, { x, dy }, attrs) => {
  const [side, , inputs, outputs] = attrs.filterShape;
  checkSupported(attrs, side);
  const [batch, height, width] = x.shape as Shape4;
  const margin = (side - 1) / 2;
  const pads = graph.integers([0, 0, margin, margin, 0, 0, margin, margin]);
  const padded = graph.node('Pad', [channelsFirst(graph, x.name), pads]);
  const shifts = Array.from({ length: side * side }, (_, index) => {
    const [top, left] = [Math.floor(index / side), index % side];
    const limits = [
      [top, left],
      [top + height, left + width],
      [2, 3],
    ];
    return graph.node('Slice', [padded, ...limits.map((values) => graph.integers(values))]);
  });
  const columns = graph.node('Reshape', [
    graph.node('Concat', shifts, { axis: 1 }),
    graph.integers([batch, side * side * inputs, height * width]),
  ]);
  const rows = graph.node('Reshape', [dy.name, graph.integers([batch, height * width, outputs])]);
  const products = graph.node('MatMul', [columns, rows]);
  const sum = graph.node('ReduceSum', [products, graph.integers([0])], { keepdims: 0 });
  return recorded(graph.node('Reshape', [sum, graph.integers(attrs.filterShape)]), attrs.filterShape);
});

/** Convolutions as detection heads use them, with their gradients. */
export const convolution: KernelTable = {
  Conv2D: conv2d,
  Conv2DBackpropInput: conv2dBackpropInput,
  Conv2DBackpropFilter: conv2dBackpropFilter,
};
