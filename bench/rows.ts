import type { BenchmarkRow } from '../src/benchmark/row.js';
import { benchmarkRow } from '../src/benchmark/rows.js';
import { experimentRow } from './scaling/experiment-row.js';

/**
 * A row by its name: those of `vil benchmark`, and those of the models of experiments, whose files are read
 * for it.
 * @throws UserError listing the rows when there is none of that name
 */
export async function findRow(name: string): Promise<BenchmarkRow> {
  return (await experimentRow(name)) ?? benchmarkRow(name);
}
