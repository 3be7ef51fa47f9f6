import type { Worker } from 'node:worker_threads';
import { UserError } from '../src/base/errors.js';
import { spawnWorker } from '../src/base/threads/spawn-worker.js';
import type { DetectionRecipe, DetectionSample, DetectionWindow } from './detection-sample.js';
import type { SampleRecipe } from './sample.js';
import type { SampleJob, SampleReply, SampleRequest } from './sample-worker.js';

interface Pending {
  readonly resolve: (sample: Float32Array | DetectionSample) => void;
  readonly reject: (error: Error) => void;
}

/** Worker threads that decode and augment images, so that neither competes with the caller's event loop. */
export class SamplePool {
  readonly #workers: Worker[];
  readonly #pending = new Map<number, Pending>();
  /** Which worker loads the windows of an image and therefore holds it decoded. */
  readonly #workerOfImage = new Map<string, number>();
  #requests = 0;
  /** Why the pool no longer answers. */
  #end?: Error;

  constructor(threads: number) {
    this.#workers = Array.from({ length: threads }, () => this.#start());
  }

  #start(): Worker {
    const worker = spawnWorker(new URL('./sample-worker.js', import.meta.url));
    worker.on('message', (reply: SampleReply) => this.#settle(reply));
    worker.on('error', (error: Error) => this.#endWith(error));
    // An idle pool must not keep the process alive.
    worker.unref();
    return worker;
  }

  #settle(reply: SampleReply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('sample' in reply) pending?.resolve(reply.sample);
    else pending?.reject(reply.isUserError ? new UserError(reply.error) : new Error(reply.error));
    if (this.#pending.size === 0) for (const worker of this.#workers) worker.unref();
  }

  #endWith(error: Error): void {
    this.#end ??= error;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  /**
   * Loads one image in the next worker; see `loadSample`.
   * @throws UserError when the image cannot be read; any other error is a fault of the program
   */
  async load(path: string, recipe: SampleRecipe, keys: readonly number[]): Promise<Float32Array> {
    return (await this.#order(this.#requests, { kind: 'image', path, recipe }, keys)) as Float32Array;
  }

  /**
   * Loads one window; see `loadDetectionSample`. Windows of an image always go to the same worker, so that it
   * is decoded once and not in every worker.
   * @throws UserError when an image cannot be read; any other error is a fault of the program
   */
  async loadDetection(
    window: DetectionWindow,
    recipe: DetectionRecipe,
    keys: readonly number[],
  ): Promise<DetectionSample> {
    const { path } = window.image;
    const worker = this.#workerOfImage.get(path) ?? this.#workerOfImage.size;
    this.#workerOfImage.set(path, worker);
    return (await this.#order(worker, { kind: 'detection', window, recipe }, keys)) as DetectionSample;
  }

  /** The worker replies with the job's own kind. */
  #order(number: number, job: SampleJob, keys: readonly number[]): Promise<Float32Array | DetectionSample> {
    if (this.#end) return Promise.reject(this.#end);
    const id = this.#requests++;
    const worker = this.#workers[number % this.#workers.length]!;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ ...job, id, keys } satisfies SampleRequest);
    });
  }

  /** Ends the threads; orders still under way are rejected. */
  async close(): Promise<void> {
    this.#endWith(new Error('The sample pool was closed.'));
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
