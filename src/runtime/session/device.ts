import { availableParallelism } from 'node:os';
import type { GraphTarget } from '../../onnx/graph-builder.js';

/** What ONNX Runtime computes on: its execution providers. */
export const DEVICES = ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'] as const;
export type Device = (typeof DEVICES)[number];

/**
 * What graphs are recorded for. The CPU computes loops itself; other devices leave them to it, and would have to
 * copy to and fro.
 * @param threads as of `SessionOptions`
 */
export function graphTarget(device: Device = 'cpu', threads = availableParallelism()): GraphTarget {
  return device === 'cpu' ? { hasLoops: true, hasOwnOperators: true, threads } : { hasOwnOperators: true };
}
