import type { ExperimentResult } from './experiments/result.js';
import type { BenchmarkRow } from './row.js';
import { ratioRows } from './rows.js';
import { experimentRows } from './scaling/experiment-row.js';
import { scalingRows } from './scaling/scaling-rows.js';

/** Larger images than these are for the full benchmark. */
const QUICK_SIDE = { onnx: 1024, wasm: 224, webgpu: 512 } as const;
/** Rows of ratios that are for the full benchmark. */
const SLOW_RATIOS: readonly string[] = ['vil-tiny-4096', 'vil-tiny-relative-2048', 'vil-tiny-relative-4096'];

export interface PlanOptions {
  /** Everything, which takes hours; otherwise what takes minutes. */
  readonly full: boolean;
  /** Only what has a memory of its own to measure: the scaling table. */
  readonly memoryOnly: boolean;
  /** Whether there is a device for the rows that need one. */
  readonly hasWebGpu: boolean;
  /** The models whose accuracy is known are timed too. */
  readonly results: readonly ExperimentResult[];
}

/** The rows of a run, in the order in which they are measured. */
export async function planRows({
  full,
  memoryOnly,
  hasWebGpu,
  results,
}: PlanOptions): Promise<BenchmarkRow[]> {
  const ratios = memoryOnly ? [] : ratioRows.filter(({ name }) => full || !SLOW_RATIOS.includes(name));
  const scaling = scalingRows.filter(
    ({ cell: { engine, side } }) =>
      (full || side <= QUICK_SIDE[engine]) && (engine !== 'webgpu' || hasWebGpu),
  );
  return [...ratios, ...(memoryOnly ? [] : await experimentRows(results)), ...scaling];
}
