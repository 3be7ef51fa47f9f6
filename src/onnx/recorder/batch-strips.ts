import type { GraphBuilder } from '../graph-builder.js';

/** Takes the rows of the strip at hand out of a value whose first axis is the batch. */
export type Take = (value: string) => string;

/**
 * Computes strips of a batch whose size is only known at run time, so that what a strip needs stays in the processor's
 * cache. In a loop where the runtime is good at loops, else all at once.
 *
 * Strips are of one length, as a loop's results must be: where the last one would be shorter it repeats the last row, and what is
 * repeated is cut off.
 *
 * @param like a value whose first axis is the batch
 * @param longest rows of a strip
 * @param strip computes a strip: [rows, ...]
 * @returns the strips together, [batch, ...]
 */
export function inStripsOfBatch(
  graph: GraphBuilder,
  like: string,
  longest: number,
  strip: (take: Take) => string,
): string {
  if (!graph.hasLoops) return strip((value) => value);
  const { count, last, length, iterations, offsets } = stripSizes(graph, like, longest);
  const stacked = graph.loop(iterations, (iteration) => {
    const start = graph.node('Mul', [graph.node('Reshape', [iteration, graph.integers([1])]), length]);
    const rows = graph.node('Min', [graph.node('Add', [start, offsets]), last]);
    return strip((value) => graph.node('Gather', [value, rows], { axis: 0 }));
  });
  // [iterations, length, ...]: the first two axes become one.
  const shape = graph.node('Shape', [stacked], { start: 2 });
  const target = graph.node('Concat', [graph.integers([-1]), shape], { axis: 0 });
  const together = graph.node('Reshape', [stacked, target]);
  return graph.node('Slice', [together, graph.integers([0]), count, graph.integers([0])]);
}

/** Vectors of one integer, but for the number of iterations, a scalar, and the rows of a strip, counted from its first. */
function stripSizes(graph: GraphBuilder, like: string, longest: number) {
  const one = graph.integers([1]);
  const scalar = (vector: string) => graph.node('Reshape', [vector, graph.integers([])]);
  const quotient = (a: string, b: string) =>
    graph.node('Div', [graph.node('Sub', [graph.node('Add', [a, b]), one]), b]);
  const count = graph.node('Shape', [like], { start: 0, end: 1 });
  const strips = quotient(count, graph.integers([longest]));
  const length = quotient(count, strips);
  const integer = (value: number) => graph.constant(BigInt64Array.of(BigInt(value)), []);
  const offsets = graph.node('Range', [integer(0), scalar(length), integer(1)]);
  return { count, last: graph.node('Sub', [count, one]), length, iterations: scalar(strips), offsets };
}
