import type { MeasuredRow } from '../../benchmark/document.js';
import { benchmarkDocument } from '../../benchmark/document.js';
import type { Machine } from '../../benchmark/machine.js';
import { thisMachine } from '../../benchmark/machine.js';
import { measureRow } from '../../benchmark/measure-row.js';
import { benchmarkRow, benchmarkRows } from '../../benchmark/rows.js';
import type { BenchmarkFlags } from '../benchmark.js';

/** Measures the rows asked for, one after the other, and prints their figures. */
export async function benchmark({ only, threads, json }: BenchmarkFlags): Promise<void> {
  const rows = only?.map(benchmarkRow) ?? benchmarkRows;
  const machine = thisMachine();
  if (!json) process.stdout.write(`${describe(machine)}\n`);
  const measured: MeasuredRow[] = [];
  for (const row of rows) {
    const figures = await measureRow(row, { threads });
    measured.push({ name: row.name, figures });
    if (json) continue;
    const memory = `${(figures.peakRssBytes! / 2 ** 30).toFixed(2)} GiB`;
    process.stdout.write(`${row.name}: ${row.summarise(figures)}; peak memory ${memory}\n`);
  }
  if (json) process.stdout.write(`${JSON.stringify(benchmarkDocument(measured, machine), null, 2)}\n`);
}

function describe({ cpu, cores, memoryBytes, node, onnxruntime }: Machine): string {
  const memory = (memoryBytes / 2 ** 30).toFixed(0);
  return `${cpu}, ${cores} cores, ${memory} GiB, Node.js ${node}, ONNX Runtime ${onnxruntime}`;
}
