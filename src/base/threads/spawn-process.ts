import type { ChildProcess, ForkOptions } from 'node:child_process';
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ownFlags } from './spawn-worker.js';

/**
 * Starts a process of Node.js from the module at `url`, with a line for messages, as `spawnWorker` does a thread.
 *
 * @param url e.g. `new URL('./job-process.js', import.meta.url)`; in a source tree its `.ts` file is run by tsx
 */
export function spawnProcess(url: URL, options: Omit<ForkOptions, 'execArgv'> = {}): ChildProcess {
  const path = fileURLToPath(url);
  if (existsSync(path)) return fork(path, { ...options, ...ownFlags() });
  const execArgv = ['--import', import.meta.resolve('tsx')];
  return fork(path.replace(/\.js$/, '.ts'), { ...options, execArgv });
}
