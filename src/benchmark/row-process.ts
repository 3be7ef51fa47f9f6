import type { RowMessage } from './measure-row.js';
import type { MeasureOptions } from './row.js';
import { findRow } from './rows.js';

// The process of one row: measures it and sends the figures to `measureRow`, which started it.
const [name, options] = process.argv.slice(2) as [string, string];

async function measure(): Promise<RowMessage> {
  try {
    const figures = await (await findRow(name)).measure(JSON.parse(options) as MeasureOptions);
    // A row that resets the peak while it measures knows it better.
    return { figures: { peakRssBytes: process.resourceUsage().maxRSS * 1024, ...figures } };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

// Whoever asked is gone: nobody wants the answer. process.exit() would wait for native code in other threads.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.send!(await measure(), () => process.exit());
