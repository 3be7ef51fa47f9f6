import { groupBy } from '../../src/base/group-by.js';
import type { ScalingRecord } from '../scaling/scaling-record.js';
import { formatMebibytes, formatNumber } from './format.js';
import type { Table } from './table.js';

const NOTE =
  'Latency: from decoded pixels to class scores, batch 1, median of the runs. Activations: what the first run needs ' +
  'beyond the loaded model and its input. Process: its whole peak memory. Operations and tokens are computed from ' +
  'the architecture (tokens over all stages).';

/** One table for each model and engine, sizes ascending, failures as rows that say why. */
export function scalingTables(records: readonly ScalingRecord[]): Table[] {
  const series = groupBy(records, ({ label, engine }) => `${label}, ${engineTitle(engine)}`);
  return [...series].map(([title, rows], index) => ({
    title,
    ...(index === 0 && { note: NOTE }),
    columns: [
      { head: 'side (px)' },
      { head: 'tokens' },
      { head: 'GFLOP' },
      { head: 'latency (s)' },
      { head: 'fastest to slowest (s)' },
      { head: 'images/s' },
      { head: 'megapixels/s' },
      { head: 'times the matrix product bound' },
      { head: 'activations (MiB)' },
      { head: 'process (MiB)' },
      { head: 'outcome', align: 'left' },
    ],
    rows: rows.map(cellsOf),
  }));
}

/** An engine as tables and charts call it. */
export function engineTitle(engine: string): string {
  const titles: Readonly<Record<string, string>> = {
    onnx: 'ONNX Runtime on the CPU',
    wasm: 'tfjs-wasm',
    cpu: 'tfjs-cpu (plain JavaScript)',
    webgpu: 'tfjs-webgpu with fused kernels',
  };
  return titles[engine] ?? engine;
}

function cellsOf({ side, cost, figures, failure }: ScalingRecord): string[] {
  const { fastestSeconds, slowestSeconds } = figures ?? {};
  const range =
    fastestSeconds === undefined ? '' : `${formatNumber(fastestSeconds)} to ${formatNumber(slowestSeconds)}`;
  return [
    String(side),
    formatNumber(cost.tokens),
    formatNumber(cost.flops! / 1e9),
    formatNumber(figures?.seconds),
    range,
    formatNumber(figures?.imagesPerSecond),
    formatNumber(figures?.megapixelsPerSecond),
    formatNumber(figures?.timesMatMulBound),
    formatMebibytes(figures?.activationBytes),
    formatMebibytes(figures?.peakRssBytes),
    failure ? failureText(failure.message) : outcomeText(figures?.rounds),
  ];
}

function outcomeText(rounds: number | undefined): string {
  return rounds === undefined ? 'memory only' : `${rounds} ${rounds === 1 ? 'run' : 'runs'}`;
}

function failureText(message: string): string {
  const [line] = message.replace(/^benchmark row \S+: (Error: )?/, '').split('\n');
  return `FAILED: ${line!.length > 160 ? `${line!.slice(0, 160)}…` : line}`;
}
