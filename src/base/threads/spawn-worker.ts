import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';

/**
 * Starts a worker thread from the module at `url`, given with the extension it has after the build.
 *
 * In a source tree (tests, `npm run vil`) only the `.ts` file exists; the thread then loads it through tsx, whose
 * hooks have to be registered inside the thread: Node 20 does not pass loaders on.
 *
 * @param url e.g. `new URL('./sample-worker.js', import.meta.url)`
 */
export function spawnWorker(url: URL, given: Omit<WorkerOptions, 'eval'> = {}): Worker {
  // Never undefined: geotiff's dependency web-worker looks into it in any thread it is loaded in.
  const options = { ...given, workerData: given.workerData ?? {} };
  if (existsSync(fileURLToPath(url))) return new Worker(url, { ...options, ...ownFlags() });
  const source = url.href.replace(/\.js$/, '.ts');
  const tsx = import.meta.resolve('tsx/esm/api');
  const bootstrap = `import(${JSON.stringify(tsx)}).then(({ register }) => {
    register();
    return import(${JSON.stringify(source)});
  });`;
  return new Worker(bootstrap, { ...options, eval: true });
}

/**
 * Threads and processes inherit the flags of `node`, but those that run a file refuse `--input-type`, as in
 * `node --input-type=module --eval '...'`. Otherwise all are inherited: some cannot be handed over explicitly.
 */
export function ownFlags(): Pick<WorkerOptions, 'execArgv'> {
  return process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {};
}
