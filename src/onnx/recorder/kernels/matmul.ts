import type { GraphBuilder } from '../../graph-builder.js';
import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';
import { broadcastShape } from './elementwise.js';

interface MatMulInputs {
  readonly a: Recorded;
  readonly b: Recorded;
}

interface MatMulAttrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** The value with its last two axes exchanged. */
function transposed(graph: GraphBuilder, x: Recorded): string {
  const rank = x.shape.length;
  const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
  return graph.node('Transpose', [x.name], { perm });
}

const batchMatMul = kernel<MatMulInputs, MatMulAttrs>((graph, { a, b }, { transposeA, transposeB }) => {
  const rows = a.shape.at(transposeA ? -1 : -2)!;
  const columns = b.shape.at(transposeB ? -2 : -1)!;
  const shape = [...broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
  const left = transposeA ? transposed(graph, a) : a.name;
  const right = transposeB ? transposed(graph, b) : b.name;
  return recorded(graph.node('MatMul', [left, right]), shape);
});

export const matmul: KernelTable = { BatchMatMul: batchMatMul };
