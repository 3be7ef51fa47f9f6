import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../src/base/package-root.js';
import { measureRow } from '../src/benchmark/measure-row.js';
import { benchmarkRows } from '../src/benchmark/rows.js';

/**
 * Measures a row as `measureRow` does. The build measures its own rows, where there is one, so that compiling
 * the sources has no part in the figures; rows of experiments run from the sources.
 */
export const measureBuiltRow: typeof measureRow = (row, options, limits) => {
  const built = join(packageRoot(), 'dist', 'src', 'benchmark', 'row-process.js');
  const isBuilt = existsSync(built) && benchmarkRows.some(({ name }) => name === row.name);
  const program = isBuilt ? built : fileURLToPath(new URL('./row-process.ts', import.meta.url));
  return measureRow(row, options, limits, program);
};
