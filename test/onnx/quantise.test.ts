import { describe, expect, it } from 'vitest';
import type { OnnxGraph } from '../../src/onnx/model.js';
import { quantise, rangesOf, withRanges } from '../../src/onnx/quantise.js';
import { numbers, runNamedGraph } from './recorder/run-recorded.js';

const [inputs, outputs] = [32, 40];

/** y = x W, with weights whose columns are of very different sizes. */
function product(shape: readonly number[] = [inputs, outputs]): { graph: OnnxGraph; weights: Float32Array } {
  const weights = numbers(shape, 3).data.map((value, at) => value * 10 ** ((at % outputs) % 4));
  const graph: OnnxGraph = {
    name: 'product',
    inputs: [{ name: 'x', type: 'float32', shape: [7, shape[0]!] }],
    outputs: [{ name: 'y', type: 'float32', shape: [7, shape[1]!] }],
    initializers: [{ name: 'w', type: 'float32', shape, data: new Uint8Array(weights.buffer) }],
    nodes: [{ op: 'MatMul', domain: '', inputs: ['x', 'w'], outputs: ['y'], attributes: {} }],
  };
  return { graph, weights };
}

const x = numbers([7, inputs], 5, -0.5, 2);
const numbersOf = () => product().weights;

describe('quantise', () => {
  it('gives products that differ by the rounding of seven bits of weights and eight of activations', async () => {
    const { graph } = product();
    const ranges = rangesOf(await runNamedGraph(withRanges(graph) as OnnxGraph, { x }));
    expect(ranges.get('x')!.low).toBeCloseTo(Math.min(...x.data), 6);
    expect(ranges.get('x')!.high).toBeCloseTo(Math.max(...x.data), 6);
    const quantised = quantise(graph, ranges, numbersOf);
    expect(quantised.products).toBe(1);
    expect(quantised.graph.initializers.map(({ type }) => type)).not.toContain('int64');
    const expected = (await runNamedGraph(graph, { x })).y!.data;
    const actual = (await runNamedGraph(quantised.graph, { x })).y!.data;
    // Column by column, as each has a scale of its own.
    for (let column = 0; column < outputs; column++) {
      const inColumn = (values: Float32Array) => values.filter((_, at) => at % outputs === column);
      const [is, should] = [inColumn(actual), inColumn(expected)];
      const size = Math.max(...should.map(Math.abs));
      const error = Math.max(...is.map((value, row) => Math.abs(value - should[row]!)));
      expect(error / size).toBeLessThan(0.05);
      expect(error).toBeGreaterThan(0);
    }
  });

  it('widens ranges image by image, and has 0 among them', () => {
    const seen = (low: number, high: number) => ({
      'a/low': { shape: [], data: Float32Array.of(low) },
      'a/high': { shape: [], data: Float32Array.of(high) },
    });
    const first = rangesOf(seen(2, 3));
    expect(first.get('a')).toEqual({ low: 0, high: 3 });
    expect(rangesOf(seen(-4, 1), first).get('a')).toEqual({ low: -4, high: 3 });
  });

  it('leaves small products as they are, and names what calibration has not seen', () => {
    const small = product([4, outputs]);
    expect(quantise(small.graph, new Map(), () => small.weights).products).toBe(0);
    expect(() => quantise(product().graph, new Map(), numbersOf)).toThrow(/has not seen x/);
  });
});
