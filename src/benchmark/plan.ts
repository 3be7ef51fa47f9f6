import type { BenchmarkRow } from './row.js';
import { ratioRows } from './rows.js';
import { experimentRows, type TestedModel } from './scaling/experiment-row.js';
import type { ScalingRow } from './scaling/scaling-row.js';
import { scalingRows } from './scaling/scaling-rows.js';

/** Larger images than these are for the full benchmark. */
const QUICK_SIDE = { onnx: 1024, wasm: 224, cpu: 0, webgpu: 512 } as const;
/** Rows of ratios that are for the full benchmark. */
const SLOW_RATIOS: readonly string[] = ['vil-tiny-4096', 'vil-tiny-relative-2048', 'vil-tiny-relative-4096'];
/** The comparison that the benchmark is about; other contenders and engines come after it. */
const MAIN_CONTENDERS: readonly string[] = ['vil', 'vit', 'vit-384', 'vit-224'];

export interface PlanOptions {
  /** Everything, which takes hours; otherwise what takes minutes. */
  readonly full: boolean;
  /** Only what has a memory of its own to measure: the scaling table. */
  readonly memoryOnly: boolean;
  /** Whether there is a device for the rows that need one. */
  readonly hasWebGpu: boolean;
  /** Models whose accuracy is known, or will be, are timed too. */
  readonly tested: readonly TestedModel[];
}

/**
 * The rows of a run, in the order in which they are measured: what matters most first, so that a run that ends early
 * has it.
 */
export async function planRows({
  full,
  memoryOnly,
  hasWebGpu,
  tested,
}: PlanOptions): Promise<BenchmarkRow[]> {
  const scaling = scalingRows.filter(
    ({ cell: { engine, side } }) =>
      (full || side <= QUICK_SIDE[engine]) && (engine !== 'webgpu' || hasWebGpu),
  );
  const main = scaling.filter(isMain).toSorted((a, b) => a.cell.side - b.cell.side);
  const others = scaling.filter((row) => !isMain(row));
  if (memoryOnly) return [...main, ...others];
  const [slow, quick] = [true, false].map((isSlow) =>
    ratioRows.filter(({ name }) => SLOW_RATIOS.includes(name) === isSlow),
  );
  return [...main, ...(await experimentRows(tested)), ...quick!, ...others, ...(full ? slow! : [])];
}

function isMain({ cell: { contender, engine } }: ScalingRow): boolean {
  return engine === 'onnx' && MAIN_CONTENDERS.includes(contender.id);
}
