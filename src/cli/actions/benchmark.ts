import type { Machine } from '../../benchmark/machine.js';
import { thisMachine } from '../../benchmark/machine.js';
import { measureRow } from '../../benchmark/measure-row.js';
import type { Figures } from '../../benchmark/row.js';
import { benchmarkRow, benchmarkRows } from '../../benchmark/rows.js';
import type { BenchmarkFlags } from '../benchmark.js';

/** Measures the rows asked for, one after the other, and prints their figures. */
export async function benchmark({ only, threads, json }: BenchmarkFlags): Promise<void> {
  const rows = only?.map(benchmarkRow) ?? benchmarkRows;
  const machine = thisMachine();
  if (!json) process.stdout.write(`${describe(machine)}\n`);
  const measured: ({ name: string } & Figures)[] = [];
  for (const row of rows) {
    const figures = await measureRow(row, { threads });
    measured.push({ name: row.name, ...figures } as { name: string } & Figures);
    if (json) continue;
    const memory = `${(figures.peakRssBytes! / 2 ** 30).toFixed(2)} GiB`;
    process.stdout.write(`${row.name}: ${row.summarise(figures)}; peak memory ${memory}\n`);
  }
  if (!json) return;
  const document = measured.length === 1 ? { ...measured[0], machine } : { machine, rows: measured };
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

function describe({ cpu, cores, memoryBytes, node, onnxruntime }: Machine): string {
  const memory = (memoryBytes / 2 ** 30).toFixed(0);
  return `${cpu}, ${cores} cores, ${memory} GiB, Node.js ${node}, ONNX Runtime ${onnxruntime}`;
}
