import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import sharp from 'sharp';
import { optionalPackage } from '../../base/optional-package.js';
import { loadDetector } from '../../detect/load.js';
import { secretVariable } from '../../detect/queue/signature.js';
import type { WorkerFlags } from './flags.js';

/** Set in the process that does the work. */
const markOfChild = 'VIL_WORKER_CHILD';
const restartMilliseconds = 1000;

/**
 * Works until a signal.
 *
 * The work is done in a process of its own, which is started again when it crashes: a tile that takes all memory, or
 * trips native code, costs other tiles nothing.
 */
export async function work(flags: WorkerFlags): Promise<void> {
  if (process.env[markOfChild]) await workHere(flags);
  else process.exitCode = await supervise();
}

/** What talks to the queue. @throws UserError when it is not installed */
async function queueModules() {
  const redis = () => import('../../detect/queue/redis.js');
  const { connectQueueServer } = await optionalPackage('ioredis', 'A queue', redis, ['bullmq']);
  const tiles = () => import('../../detect/queue/tile-worker.js');
  const { TileWorker } = await optionalPackage('bullmq', 'A queue', tiles, ['ioredis']);
  return { connectQueueServer, TileWorker };
}

async function workHere({ queue, concurrency, device, threads, allow }: WorkerFlags): Promise<void> {
  // Every piece is decoded once: there is nothing to remember.
  sharp.cache(false);
  // A process whose supervisor was killed would work on unseen.
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // The line to the supervisor alone does not keep this process up.
  process.channel?.unref();
  const { connectQueueServer, TileWorker } = await queueModules();
  const server = await connectQueueServer(queue);
  const worker = new TileWorker({
    server,
    concurrency,
    allowed: allow,
    secret: process.env[secretVariable] || undefined,
    loadDetector: (folder) => loadDetector(folder, { device, threads }),
    onEvent: (text) => process.stdout.write(`${text}\n`),
  });
  process.send?.('ready');
  if (!allow && !process.env[secretVariable]) {
    process.stdout.write(
      `Whoever can write to the queue can have this worker open any scene: limit it with --allow and ${secretVariable}.\n`,
    );
  }
  process.stdout.write(`Worker ${worker.name} waits for tiles at ${server.name}\n`);
  await new Promise<void>((resolve) => process.once('SIGTERM', () => resolve()));
  process.stdout.write('Stopping after the tiles in hand.\n');
  await worker.close();
  await server.close();
  process.exit();
}

/** Keeps a working process up. @returns the exit code */
async function supervise(): Promise<number> {
  let child: ChildProcess | undefined;
  let signals = 0;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // The second one is meant.
    process.on(name, () => child?.kill(signals++ === 0 ? 'SIGTERM' : 'SIGKILL'));
  }
  for (;;) {
    let wasReady = false;
    child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      env: { ...process.env, [markOfChild]: '1' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Ctrl-C is for this process to pass on.
      detached: true,
    });
    child.on('message', () => {
      wasReady = true;
    });
    const { code, signal } = await ended(child);
    if (signals > 0 || code === 0) return code ?? 1;
    // What is wrong from the start, does not get better.
    if (!wasReady) return code ?? 1;
    process.stderr.write(`The working process has ended (${signal ?? `code ${code}`}); starting another.\n`);
    await new Promise((resolve) => setTimeout(resolve, restartMilliseconds));
  }
}

function ended(child: ChildProcess) {
  return new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      const end = () => resolve({ code, signal });
      // What the child has said may still be on its way.
      if (child.connected) child.once('disconnect', end);
      else end();
    });
  });
}
