import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { watchMemory } from './memory-watch.js';
import type { BenchmarkRow, Figures, MeasureOptions } from './row.js';
import { failureOf, failureOfExit, RowFailure } from './row-failure.js';

/** What the process of a row sends when it is done. */
export type RowMessage = { readonly figures: Figures } | { readonly error: string };

/** When a row is given up. Absent: never. */
export interface RowLimits {
  /** Resident memory of its process. */
  readonly memoryBytes?: number;
  readonly seconds?: number;
  /** Ends the row's process at once. */
  readonly signal?: AbortSignal;
}

/**
 * Measures a row in a process of its own, so that its peak memory is nobody else's.
 *
 * @param program what the process runs, built (.js) or as a source (.ts); `row-process` unless the row is not
 * among its
 * @returns its figures, with `peakRssBytes`
 * @throws RowFailure with what went wrong there, or which limit it hit; the signal's reason when it aborts
 */
export function measureRow(
  row: BenchmarkRow,
  options: MeasureOptions,
  limits: RowLimits = {},
  program = rowProcess(),
): Promise<Figures> {
  limits.signal?.throwIfAborted();
  const { name } = row;
  const child = startProcess(row, options, program);
  return new Promise<Figures>((resolve, reject) => {
    const stop = enforce(child, name, limits, reject);
    child.on('message', (message: RowMessage) => {
      if ('figures' in message) resolve(message.figures);
      else reject(failureOf(name, message.error));
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      stop();
      // Changes nothing once a message has come.
      reject(failureOfExit(name, code, signal));
    });
  });
}

/** The program of this package's rows: built, or in a source tree where only the .ts file exists. */
function rowProcess(): string {
  const built = fileURLToPath(new URL('./row-process.js', import.meta.url));
  return existsSync(built) ? built : built.replace(/js$/, 'ts');
}

function startProcess(
  { name, environment }: BenchmarkRow,
  options: MeasureOptions,
  program: string,
): ChildProcess {
  return fork(program, [name, JSON.stringify(options)], {
    execArgv: program.endsWith('.ts') ? ['--import', 'tsx'] : [],
    env: { ...process.env, ...environment },
    // What the row prints is not part of the benchmark's output.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
}

/** @returns ends the enforcement */
function enforce(
  child: ChildProcess,
  name: string,
  { memoryBytes, seconds, signal }: RowLimits,
  reject: (reason: unknown) => void,
): () => void {
  const giveUp = (reason: unknown) => {
    reject(reason);
    child.kill('SIGKILL');
  };
  const overMemory = () => {
    const limit = `${(memoryBytes! / 2 ** 30).toFixed(1)} GiB`;
    giveUp(new RowFailure('memory', `benchmark row ${name}: more than the memory limit of ${limit}`));
  };
  const overTime = () =>
    giveUp(new RowFailure('time', `benchmark row ${name}: more than the time limit of ${seconds} s`));
  const onAbort = () => giveUp(signal!.reason);
  const unwatch =
    memoryBytes && child.pid ? watchMemory(child.pid, memoryBytes, overMemory) : () => undefined;
  const timer = seconds ? setTimeout(overTime, seconds * 1000) : undefined;
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    unwatch();
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}
