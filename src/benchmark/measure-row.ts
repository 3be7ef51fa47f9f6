import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BenchmarkRow, Figures, MeasureOptions } from './row.js';

/** What the process of a row sends when it is done. */
export type RowMessage = { readonly figures: Figures } | { readonly error: string };

/**
 * Measures a row in a process of its own, so that its peak memory is nobody else's.
 * @returns its figures, with `peakRssBytes`
 * @throws Error with what went wrong there
 */
export function measureRow({ name }: BenchmarkRow, { threads }: MeasureOptions): Promise<Figures> {
  const built = fileURLToPath(new URL('./row-process.js', import.meta.url));
  // In a source tree only the .ts file exists.
  const [entry, execArgv] = existsSync(built)
    ? [built, []]
    : [built.replace(/js$/, 'ts'), ['--import', 'tsx']];
  return new Promise((resolve, reject) => {
    // What the row prints is not part of the benchmark's output.
    const child = fork(entry, [name, String(threads)], { execArgv, stdio: ['ignore', 2, 2, 'ipc'] });
    child.on('message', (message: RowMessage) => {
      if ('figures' in message) resolve(message.figures);
      else reject(new Error(`benchmark row ${name}: ${message.error}`));
    });
    child.on('error', reject);
    // After a message this changes nothing.
    child.on('exit', (code, signal) =>
      reject(new Error(`benchmark row ${name}: its process ended with ${signal ?? `code ${code}`}`)),
    );
  });
}
