import { UserError } from '../base/errors.js';
import { coldStart } from './cold-start.js';
import type { BenchmarkRow } from './row.js';
import { scalingRows } from './scaling/scaling-rows.js';
import { tracedStep } from './traced-step.js';
import { vilInference } from './vil-inference.js';

/** Rows of ratios, in the order in which they are measured. */
export const ratioRows: readonly BenchmarkRow[] = [
  vilInference('vil-tiny-1024', 'vil_tiny_sparse_ape', 1024),
  vilInference('vil-tiny-2048', 'vil_tiny_sparse_ape', 2048),
  vilInference('vil-tiny-4096', 'vil_tiny_sparse_ape', 4096),
  vilInference('vil-tiny-relative-1024', 'vil_tiny_sparse', 1024),
  vilInference('vil-tiny-relative-2048', 'vil_tiny_sparse', 2048),
  vilInference('vil-tiny-relative-4096', 'vil_tiny_sparse', 4096),
  tracedStep,
  coldStart,
];

/** Rows of ratios that take more than a few minutes. */
export const slowRows: readonly string[] = [
  'vil-tiny-4096',
  'vil-tiny-relative-2048',
  'vil-tiny-relative-4096',
];

/** Every row that can be asked for by name. */
export const benchmarkRows: readonly BenchmarkRow[] = [...ratioRows, ...scalingRows];

/** @throws UserError listing the rows when there is none of that name */
export function benchmarkRow(name: string): BenchmarkRow {
  const row = benchmarkRows.find((each) => each.name === name);
  if (row) return row;
  const names = benchmarkRows.map((each) => each.name).join(', ');
  throw new UserError(`There is no benchmark row ${name}. Rows: ${names}`);
}
