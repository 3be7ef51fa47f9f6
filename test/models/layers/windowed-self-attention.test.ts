import '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LongformerAttentionAttrs } from '../../../kernels/attention-op.js';
import { registerAttentionRecorder } from '../../../kernels/onnx/register.js';
import { windowedSelfAttentionShapes } from '../../../models/layers/attention-shapes.js';
import { windowedSelfAttention } from '../../../models/layers/windowed-self-attention.js';
import { allNodes } from '../../../src/onnx/model.js';
import type { RecordOptions } from '../../../src/onnx/recorder/record.js';
import { useBackend } from '../../../src/runtime/backends.js';
import type { Tensor, Tensor3D } from '../../../src/tensor/tensor.js';
import { attentionSettings } from '../../helpers/attention-settings.js';
import {
  largestError,
  numbers,
  recordFunction,
  runEagerly,
  runGraph,
} from '../../onnx/recorder/run-recorded.js';

beforeAll(async () => {
  await useBackend('wasm');
  registerAttentionRecorder();
});

interface Case {
  readonly attrs: LongformerAttentionAttrs;
  readonly hasBias: boolean;
  readonly isShared: boolean;
  readonly seed: number;
  readonly batch?: number;
}

/** Four channels a head, weights and biases of the size that trained ones have. */
function recordLayer({ attrs, hasBias, isShared, seed, batch = 2 }: Case, options: RecordOptions = {}) {
  const { heads, globals, window, rows, columns } = attrs;
  const width = 4 * heads;
  const weights = windowedSelfAttentionShapes('attn', {
    width,
    heads,
    globals,
    window,
    hasRelativeBias: hasBias,
    shareGlobalProjections: isShared,
  });
  const shapes = [[batch, globals + rows * columns, width], ...Object.values(weights)];
  const names = Object.keys(weights);
  const compute = (x: Tensor, ...given: Tensor[]) => {
    const parameters = Object.fromEntries(names.map((name, at) => [name, given[at]!]));
    const settings = { attention: attrs, shareGlobalProjections: isShared };
    return windowedSelfAttention(parameters, 'attn', x as Tensor3D, settings);
  };
  const inputs = shapes.map((shape, at) => numbers(shape, 100 * seed + at + 1));
  const graph = recordFunction(
    compute as (...tensors: Tensor[]) => Tensor,
    shapes,
    'onnx-inference',
    options,
  );
  return { graph, compute: compute as (...tensors: Tensor[]) => Tensor, inputs };
}

async function errorOf(given: Case, options: RecordOptions = {}): Promise<number> {
  const { graph, compute, inputs } = recordLayer(given, options);
  const [actual] = await runGraph(graph, inputs);
  return largestError(actual!, runEagerly(compute, inputs)[0]!);
}

const plain: LongformerAttentionAttrs = {
  heads: 1,
  rows: 6,
  columns: 5,
  globals: 1,
  window: 3,
  exact: 'chunks',
  mode: 'all',
  onlyGlobal: false,
};

describe('windowed self-attention recorded for inference', () => {
  it.each([1, 3])('equals the eager layer over random settings with %d heads', async (heads) => {
    const settings = attentionSettings({ heads, side: 14, rules: ['chunks', 'distance', 'cyclic'] });
    const flags = fc.tuple(fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 1000 }));
    const property = fc.asyncProperty(settings, flags, async (attrs, [hasBias, isShared, seed]) => {
      expect(await errorOf({ attrs: { ...attrs, heads }, hasBias, isShared, seed })).toBeLessThan(1e-5);
    });
    await fc.assert(property, { numRuns: 40, seed: 1 });
  });

  it.each([
    ['of its own', 0, true],
    ['beside shared global projections', 1, true],
    ['beside separate global projections', 2, false],
  ])('reads keys and values of one head once, %s', async (_case, globals, isShared) => {
    const given = { attrs: { ...plain, rows: 3, columns: 3, globals }, hasBias: true, isShared, seed: 7 };
    const { graph } = recordLayer(given);
    // One gather each of queries, keys and outputs; the others read tables of bias, the global queries' order.
    const large = graph.nodes.filter(({ op, attributes }) => op === 'Gather' && attributes.axis === 1);
    const two = recordLayer({ ...given, attrs: { ...given.attrs, heads: 2 } });
    const ofTwo = two.graph.nodes.filter(({ op, attributes }) => op === 'Gather' && attributes.axis === 1);
    expect(ofTwo.length - large.length).toBe(1);
    expect(await errorOf(given)).toBeLessThan(1e-5);
  });

  it.each([1, 2])('cuts strips for the threads that share them, with %d heads', async (heads) => {
    const attrs = { ...plain, heads, rows: 210, columns: 75, window: 7 };
    const given = { attrs, hasBias: true, isShared: false, seed: 3, batch: 1 };
    const attended = (threads: number) =>
      allNodes(recordLayer(given, { threads }).graph.nodes).filter(({ op }) => op === 'Softmax').length;
    expect(attended(1)).toBeGreaterThan(attended(8));
    expect(await errorOf(given, { threads: 1 })).toBeLessThan(1e-5);
    expect(await errorOf(given, { threads: 1, hasLoops: true })).toBeLessThan(1e-5);
  });
});
