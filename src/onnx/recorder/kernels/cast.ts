import type { DataType } from '../../../tensor/tensor.js';
import type { GraphBuilder } from '../../graph-builder.js';
import type { ElementType } from '../../model.js';
import { elementTypes } from '../../model.js';
import type { KernelTable, Recorded } from '../recorder-kernel.js';
import { kernel, recorded } from '../recorder-kernel.js';

/** Converts a value to another element type; returns the new value's name. */
export function castName(graph: GraphBuilder, name: string, type: ElementType): string {
  return graph.node('Cast', [name], { to: elementTypes[type] });
}

export const casts: KernelTable = {
  Cast: kernel<{ x: Recorded }, { dtype: DataType }>((graph, { x }, { dtype }) => {
    if (x.dtype === dtype) return x;
    return recorded(castName(graph, x.name, dtype as ElementType), x.shape, dtype);
  }),
};
