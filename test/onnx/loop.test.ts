import { expect, it } from 'vitest';
import { GraphBuilder } from '../../src/onnx/graph-builder.js';
import { loopBody } from '../../src/onnx/model.js';
import { runNamedGraph } from './recorder/run-recorded.js';

/** Rows 0 to 2 of a table plus twice the input, stacked. */
function rowsPlusTwice(): GraphBuilder {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [2]);
  const table = graph.constant(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
  const stacked = graph.loop(3, (iteration) => {
    const twice = graph.node('Mul', [x, graph.scalar(2)]);
    return graph.node('Add', [graph.node('Gather', [table, iteration], { axis: 0 }), twice]);
  });
  graph.output('y', stacked, 'float32', [3, 2]);
  return graph;
}

it('stacks the results of iterations', async () => {
  const graph = rowsPlusTwice().build('loop');
  const { y } = await runNamedGraph(graph, { x: { shape: [2], data: Float32Array.of(10, 20) } });
  expect(y!.shape).toEqual([3, 2]);
  expect([...y!.data]).toEqual([21, 42, 23, 44, 25, 46]);
});

it('computes before the loop what is the same in every iteration', () => {
  const { nodes } = rowsPlusTwice().build('loop');
  expect(nodes.map(({ op }) => op)).toEqual(['Mul', 'Loop', 'Identity']);
  expect(loopBody(nodes[1]!)?.nodes.map(({ op }) => op)).toEqual(['Identity', 'Gather', 'Add']);
});

it('keeps constants that only the body of a loop uses, and drops loops that nothing depends on', () => {
  const graph = rowsPlusTwice();
  graph.loop(5, (iteration) => graph.node('Gather', [graph.constant(new Float32Array(5), [5]), iteration]));
  const { nodes, initializers } = graph.build('loop');
  expect(nodes.filter(({ op }) => op === 'Loop')).toHaveLength(1);
  // The table, the factor and the number of iterations.
  expect(initializers.map(({ shape }) => shape)).toEqual([[3, 2], [], []]);
});

it('refuses loops within loops, and records on after one that failed', async () => {
  const graph = new GraphBuilder();
  const inner = () => graph.loop(2, (iteration) => iteration);
  expect(() => graph.loop(2, inner)).toThrow(/loop within a loop/);
  const twice = graph.node('Mul', [graph.input('x', 'float32', [1]), graph.scalar(2)]);
  graph.output('y', twice, 'float32', [1]);
  const x = { shape: [1], data: Float32Array.of(4) };
  expect([...(await runNamedGraph(graph.build('plain'), { x })).y!.data]).toEqual([8]);
});
