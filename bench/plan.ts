import type { BenchmarkRow } from '../src/benchmark/row.js';
import { ratioRows, slowRows } from '../src/benchmark/rows.js';
import { scalingRows } from '../src/benchmark/scaling/scaling-rows.js';
import { isScalingRow } from './run-rows.js';
import { experimentRows, type TestedModel } from './scaling/experiment-row.js';

/** Larger images than these are for the full benchmark. */
const QUICK_SIDE = { onnx: 1024, wasm: 224, cpu: 0, webgpu: 512 } as const;
/** Ablations, which come later than the comparison that the benchmark is about. */
const SIDE_CONTENDERS: readonly string[] = ['vil-windows', 'vil-global'];
/** Such rows are measured together with images of so many times their pixels. */
const LATER = { sideContender: 4, onnx: 1, wasm: 100, cpu: 400, webgpu: 16 } as const;
/** Quick rows of ratios come after images of this side. */
const RATIOS_AFTER = 4096;

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
 * The rows of a run, in the order in which they are measured: the main comparison and small images before
 * other contenders, slower engines and larger images, so that a run that ends early has what matters most.
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
  const models = await experimentRows(tested);
  const ratios = ratioRows.filter(({ name }) => full || !slowRows.includes(name));
  const rows = memoryOnly ? scaling : [...scaling, ...models, ...ratios];
  // The order of rows in one place stays that of the tables: sorting is stable.
  return rows.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** Rows are measured by this number, ascending; for the main comparison it is the pixels of the image. */
function placeOf(row: BenchmarkRow): number {
  if (!isScalingRow(row)) return slowRows.includes(row.name) ? Number.MAX_VALUE : RATIOS_AFTER ** 2 + 1;
  const { engine, side, contender } = row.cell;
  return side ** 2 * LATER[engine] * (SIDE_CONTENDERS.includes(contender.id) ? LATER.sideContender : 1);
}
