import type { RowMessage } from './measure-row.js';
import { benchmarkRow } from './rows.js';

// The process of one row: measures it and sends the figures to `measureRow`, which started it.
const [name, threads] = process.argv.slice(2) as [string, string];

async function measure(): Promise<RowMessage> {
  try {
    const figures = await benchmarkRow(name).measure({ threads: Number(threads) });
    return { figures: { ...figures, peakRssBytes: process.resourceUsage().maxRSS * 1024 } };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.send!(await measure(), () => process.exit());
