import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { z } from 'zod';
import { spawnWorker } from '../../src/engine/spawn-worker.js';
import { writeAtomically } from '../../src/write-atomically.js';
import { folderBytes } from './durable-files.js';
import type { JobReply, JobRequest, JobThreadOptions, SceneModel } from './job-messages.js';
import type { SceneEnd, SceneFailure, SceneOrder } from './scene-order.js';
import { sceneFiles } from './scene-order.js';
import type { SceneStore, StoredScene } from './scene-store.js';

export interface SceneRunnerOptions extends JobThreadOptions {
  readonly store: SceneStore;
  readonly logger: Logger;
  /** The model of that name, while there is one. */
  readonly findModel: (order: SceneOrder) => SceneModel | undefined;
  /** Told whenever the state of a job has changed. */
  readonly onChange: (id: string) => void;
}

/** How far a job is. */
export interface Progress {
  readonly done: number;
  /** 0 until it is known. */
  readonly total: number;
}

/** Begins of a job that may end without a tile more before it is given up: it may be what ends the process. */
const mostAttempts = 5;

/** Milliseconds that a cancelled job has to stop by itself, before its thread is ended. */
const patience = 10_000;

const attemptsSchema = z.object({ count: z.int(), done: z.int() });

interface Running {
  readonly id: string;
  readonly started: string;
  progress: Progress;
  /** Called when the job is out of the thread, whatever became of it. */
  readonly settle: (reply: JobReply) => void;
}

/**
 * Runs the jobs of a store one after the other in a thread: those that an earlier process left first.
 *
 * Should the thread end, a new one takes the job up where its journal ends. A job that ends thread or process again and again
 * without getting further is given up.
 */
export class SceneRunner {
  readonly #options: SceneRunnerOptions;
  readonly #queue: string[];
  /** The job whose turn it is. */
  #job: { readonly id: string; readonly over: Promise<void> } | undefined;
  /** It, once it is in the thread. */
  #running: Running | undefined;
  #thread: Worker | undefined;
  #isClosed = false;
  #loop: Promise<void> = Promise.resolve();
  #isLooping = false;

  constructor(options: SceneRunnerOptions) {
    this.#options = options;
    this.#queue = options.store.unfinished().map(({ order }) => order.id);
  }

  /** Begins with the jobs that wait; to be called once there are models. */
  start(): void {
    if (this.#isLooping || this.#isClosed) return;
    this.#isLooping = true;
    this.#loop = this.#runAll().finally(() => {
      this.#isLooping = false;
    });
  }

  /** Jobs that wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  enqueue(id: string): void {
    this.#queue.push(id);
    this.start();
  }

  /** How far a job that is not ended is; `ahead` counts the jobs before it. */
  stateOf(id: string): { ahead: number; started?: string; progress: Progress } {
    if (this.#running?.id === id) {
      return { ahead: 0, started: this.#running.started, progress: this.#running.progress };
    }
    const position = Math.max(0, this.#queue.indexOf(id));
    return {
      ahead: position + Number(this.#job !== undefined && this.#job.id !== id),
      progress: { done: 0, total: 0 },
    };
  }

  /** Stops a job that waits or runs; it has ended when the promise resolves. */
  async cancel(id: string): Promise<void> {
    const position = this.#queue.indexOf(id);
    if (position >= 0) {
      this.#queue.splice(position, 1);
      await this.#end(id, { status: 'cancelled', tiles: 0 });
      return;
    }
    if (this.#job?.id !== id) return;
    this.#tell({ kind: 'cancel' });
    const impatience = setTimeout(() => this.#replaceThread({ kind: 'cancelled' }), patience);
    await this.#job.over;
    clearTimeout(impatience);
  }

  /** Leaves the jobs as they are, for the next process. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#queue.length = 0;
    const thread = this.#thread;
    this.#thread = undefined;
    this.#running?.settle({ kind: 'broken', message: 'The server stops.' });
    await thread?.terminate();
    await this.#loop;
  }

  async #runAll(): Promise<void> {
    for (let id = this.#queue.shift(); id !== undefined; id = this.#queue.shift()) {
      const scene = this.#options.store.get(id);
      if (!scene || scene.end) continue;
      const over = this.#runOne(scene).catch((error: unknown) => {
        // Say, a full disk. The job stays for the next start.
        this.#options.logger.error({ err: error, scene: id }, 'a scene could not be run');
      });
      this.#job = { id, over };
      await over;
      this.#job = undefined;
      this.#running = undefined;
    }
  }

  async #runOne({ order, folder }: StoredScene): Promise<void> {
    const { id } = order;
    const started = new Date().toISOString();
    for (;;) {
      const model = this.#options.findModel(order);
      if (!model) return this.#fail(id, started, missingModel(order));
      if ((await this.#countAttempt(folder)) > mostAttempts) return this.#fail(id, started, givenUp);
      const { reply, progress } = await this.#runInThread({ order, folder }, model, started);
      if (this.#isClosed) return this.#forgetAttempt(folder);
      switch (reply.kind) {
        case 'done':
          return this.#end(id, { status: 'done', started, tiles: reply.tiles });
        case 'cancelled':
          return this.#end(id, { status: 'cancelled', started, tiles: progress.total });
        case 'refused':
          return this.#fail(id, started, reply.failure);
        case 'broken':
          this.#options.logger.error({ scene: id, error: reply.message }, 'the run of a scene broke');
      }
    }
  }

  /** One attempt, to whatever end. */
  async #runInThread(
    { order, folder }: Pick<StoredScene, 'order' | 'folder'>,
    model: SceneModel,
    started: string,
  ) {
    const { promise, resolve } = promiseWithResolver<JobReply>();
    const running: Running = {
      id: order.id,
      started,
      progress: { done: 0, total: 0 },
      settle: resolve,
    };
    this.#running = running;
    this.#options.onChange(order.id);
    this.#tell({ kind: 'run', folder, order, model });
    const reply = await promise;
    return { reply, progress: running.progress };
  }

  #tell(request: JobRequest): void {
    this.#thread ??= this.#startThread();
    this.#thread.postMessage(request);
  }

  #startThread(): Worker {
    const { device, threads, memoryBytes } = this.#options;
    const workerData: JobThreadOptions = { device, threads, memoryBytes };
    const thread = spawnWorker(new URL('./job-thread.js', import.meta.url), { workerData });
    thread.on('message', (reply: JobReply) => this.#take(thread, reply));
    const broken = (message: string) => {
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      this.#running?.settle({ kind: 'broken', message });
    };
    thread.on('error', (error) => broken(error.stack ?? error.message));
    thread.on('exit', (code) => broken(`The thread of scenes has ended with code ${code}.`));
    return thread;
  }

  #take(thread: Worker, reply: JobReply): void {
    const running = this.#running;
    if (this.#thread !== thread || !running) return;
    if (reply.kind === 'progress') {
      running.progress = { done: reply.done, total: reply.total };
      this.#options.onChange(running.id);
    } else {
      running.settle(reply);
    }
  }

  #replaceThread(reply: JobReply): void {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#running?.settle(reply);
    void thread?.terminate();
  }

  #fail(id: string, started: string, error: SceneFailure): Promise<void> {
    return this.#end(id, { status: 'failed', started, tiles: 0, error });
  }

  async #end(id: string, end: Omit<SceneEnd, 'finished'>): Promise<void> {
    await this.#options.store.finish(id, { ...end, finished: new Date().toISOString() });
    this.#options.logger.info({ scene: id, status: end.status, code: end.error?.code }, 'scene ended');
    this.#options.onChange(id);
  }

  /** @returns how often the job has been begun without getting further, this time included */
  async #countAttempt(folder: string): Promise<number> {
    const before = await readAttempts(folder);
    const done = await folderBytes(join(folder, sceneFiles.journal));
    const count = before.done === done ? before.count + 1 : 1;
    await writeAtomically(join(folder, sceneFiles.attempts), JSON.stringify({ count, done }));
    return count;
  }

  /** A stop of the server is not the job's fault. */
  async #forgetAttempt(folder: string): Promise<void> {
    const { count, done } = await readAttempts(folder);
    await writeAtomically(
      join(folder, sceneFiles.attempts),
      JSON.stringify({ count: Math.max(0, count - 1), done }),
    );
  }
}

const givenUp: SceneFailure = {
  status: 500,
  code: 'given_up',
  detail: 'The server has tried this scene several times without getting any further.',
};

function missingModel({ model, task }: SceneOrder): SceneFailure {
  return {
    status: 404,
    code: 'unknown_model',
    detail: `This server has no model "${model}" to ${task} with any more.`,
  };
}

async function readAttempts(folder: string): Promise<z.infer<typeof attemptsSchema>> {
  try {
    return attemptsSchema.parse(JSON.parse(await readFile(join(folder, sceneFiles.attempts), 'utf8')));
  } catch {
    return { count: 0, done: 0 };
  }
}

function promiseWithResolver<Value>() {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
