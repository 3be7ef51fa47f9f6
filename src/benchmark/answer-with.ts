import type { RowMessage } from './measure-row.js';
import type { BenchmarkRow, MeasureOptions } from './row.js';

/**
 * All that the process of a row does: measures the row that its arguments name, sends the figures to
 * `measureRow`, which started it, and ends.
 */
export async function answerWith(find: (name: string) => Promise<BenchmarkRow>): Promise<void> {
  // The process that asked has gone, so nobody waits for the answer. process.exit() would wait for native
  // code in other threads.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  const [name, options] = process.argv.slice(2) as [string, string];
  process.send!(await measure(find, name, JSON.parse(options) as MeasureOptions), () => process.exit());
}

async function measure(
  find: (name: string) => Promise<BenchmarkRow>,
  name: string,
  options: MeasureOptions,
): Promise<RowMessage> {
  try {
    const figures = await (await find(name)).measure(options);
    // The figures of a row that resets the peak while it measures take precedence.
    return { figures: { peakRssBytes: process.resourceUsage().maxRSS * 1024, ...figures } };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
