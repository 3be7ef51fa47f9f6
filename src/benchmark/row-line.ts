import type { BenchmarkRow, Figures } from './row.js';

/** A row's figures in a line. */
export function lineOf(row: BenchmarkRow, figures: Figures): string {
  const memory = `${(figures.peakRssBytes! / 2 ** 30).toFixed(2)} GiB`;
  return `${row.name}: ${row.summarise(figures)}; peak memory ${memory}`;
}
