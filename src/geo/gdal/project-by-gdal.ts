import type { Worker } from 'node:worker_threads';
import { spawnWorker } from '../../base/threads/spawn-worker.js';
import type { ProjectionRequest, ProjectionThreadData } from './projection-messages.js';
import { answered, pointsAtOnce, waiting } from './projection-messages.js';

/** Milliseconds an answer may take: the first one loads 40 MB of WebAssembly. */
const patience = 120_000;

interface Thread extends ProjectionThreadData {
  readonly worker: Worker;
}

let thread: Thread | undefined;

/**
 * Converts points by PROJ, in a thread that this one waits for: whoever asks where an object lies is not asynchronous.
 * The thread starts with the first request and does not keep the process alive.
 * @throws Error with PROJ's own words when it does not understand the system
 */
export function projectByGdal({ points, ...request }: ProjectionRequest): Float64Array {
  const projected = new Float64Array(points.length);
  for (let at = 0; at < points.length; at += 2 * pointsAtOnce) {
    projected.set(ask({ ...request, points: points.slice(at, at + 2 * pointsAtOnce) }), at);
  }
  return projected;
}

function ask(request: ProjectionRequest): Float64Array {
  thread ??= start();
  const state = new Int32Array(thread.signal);
  Atomics.store(state, 0, waiting);
  thread.worker.postMessage(request);
  if (Atomics.wait(state, 0, waiting, patience) === 'timed-out') {
    void thread.worker.terminate();
    thread = undefined;
    throw new Error(`PROJ did not answer within ${patience / 1000} s`);
  }
  if (state[0] === answered) return new Float64Array(thread.answer).slice(0, request.points.length);
  const length = new Float64Array(thread.answer)[0]!;
  throw new Error(new TextDecoder().decode(new Uint8Array(thread.answer).slice(8, 8 + length)));
}

function start(): Thread {
  const signal = new SharedArrayBuffer(4);
  const answer = new SharedArrayBuffer(16 * pointsAtOnce);
  const worker = spawnWorker(new URL('./projection-thread.js', import.meta.url), {
    workerData: { signal, answer } satisfies ProjectionThreadData,
  });
  worker.unref();
  worker.on('error', () => {
    thread = undefined;
  });
  return { worker, signal, answer };
}
