import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { isDiskFull } from '../../src/base/file-errors.js';
import { writeAtomically } from '../../src/base/write-atomically.js';
import { inSpan } from '../tracing.js';
import { folderBytes } from './durable-files.js';
import { JobHost } from './job-host.js';
import type { JobEnd, JobOptions, JobProgress, SceneModel } from './job-messages.js';
import type { SceneEnd, SceneFailure, SceneOrder } from './scene-order.js';
import { sceneFiles } from './scene-order.js';
import type { SceneState } from './scene-status.js';
import type { SceneStore, StoredScene } from './scene-store.js';

export interface SceneRunnerOptions extends JobOptions {
  readonly store: SceneStore;
  readonly logger: Logger;
  /** The model of that name, while there is one. */
  readonly findModel: (order: SceneOrder) => SceneModel | undefined;
  /** Told whenever the state of a job has changed. */
  readonly onChange: (id: string) => void;
}

/** Begins of a job that may end without a tile more before it is given up: it may be what ends the process. */
const mostAttempts = 5;

/** Milliseconds before a job whose process has ended is begun again: memory may be free by then. */
const restartDelay = 1000;

/** Milliseconds before a full disk is tried again: at first, and at most. */
const fullDelay = 1000;
const longestFullDelay = 15_000;

const attemptsSchema = z.object({ count: z.int(), done: z.int() });

/** The job whose turn it is. */
interface Current {
  readonly id: string;
  readonly cancelling: AbortController;
  /** When the first attempt of this server began. */
  started?: string;
  progress: JobProgress;
  waitingFor?: 'disk_full';
  over: Promise<void>;
}

const noProgress: JobProgress = { done: 0, total: 0 };

/**
 * Runs the jobs of a store one after the other in a process of their own: those that an earlier server left first.
 *
 * Should that process end, a new one takes the job up where its journal ends. A job that ends it, or the server, again and
 * again without getting further is given up.
 */
export class SceneRunner {
  readonly #options: SceneRunnerOptions;
  readonly #queue: string[];
  readonly #host: JobHost;
  readonly #closing = new AbortController();
  #current: Current | undefined;
  #loop: Promise<void> = Promise.resolve();
  #isLooping = false;

  constructor(options: SceneRunnerOptions) {
    const { store, device, threads, memoryBytes } = options;
    this.#options = options;
    this.#queue = store.unfinished().map(({ order }) => order.id);
    this.#host = new JobHost({ device, threads, memoryBytes });
  }

  /** Begins with the jobs that wait; to be called once there are models. */
  start(): void {
    if (this.#isLooping || this.#closing.signal.aborted) return;
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
  stateOf(id: string): SceneState {
    const current = this.#current;
    if (current?.id === id) {
      const { started, progress, waitingFor } = current;
      return { ahead: 0, started, progress, waitingFor };
    }
    const position = Math.max(0, this.#queue.indexOf(id));
    return { ahead: position + Number(current !== undefined), progress: noProgress };
  }

  /** Stops a job that waits or runs; it has ended when the promise resolves. */
  async cancel(id: string): Promise<void> {
    const position = this.#queue.indexOf(id);
    if (position >= 0) {
      this.#queue.splice(position, 1);
      await this.#end(id, { status: 'cancelled', tiles: 0 });
      return;
    }
    if (this.#current?.id !== id) return;
    this.#current.cancelling.abort();
    await this.#current.over;
  }

  /** Leaves the jobs as they are, for the next server. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#queue.length = 0;
    await this.#host.close();
    await this.#loop;
  }

  async #runAll(): Promise<void> {
    for (let id = this.#queue.shift(); id !== undefined; id = this.#queue.shift()) {
      const scene = this.#options.store.get(id);
      if (!scene || scene.end) continue;
      const current: Current = {
        id,
        cancelling: new AbortController(),
        progress: noProgress,
        over: Promise.resolve(),
      };
      this.#current = current;
      current.over = this.#runOne(scene, current).catch((error: unknown) => {
        this.#options.logger.error({ err: error, scene: id }, 'a scene could not be run');
        return this.#fail(id, current.started ?? new Date().toISOString(), broken);
      });
      await current.over.catch((error: unknown) => {
        this.#options.logger.error({ err: error, scene: id }, 'the end of a scene could not be kept');
      });
      this.#current = undefined;
    }
  }

  async #runOne(scene: StoredScene, current: Current): Promise<void> {
    const { id } = scene.order;
    const started = new Date().toISOString();
    let delay = fullDelay;
    for (;;) {
      const end = await this.#tryOnce(scene, current, started);
      if (this.#closing.signal.aborted) return;
      current.waitingFor = end.kind === 'disk full' ? 'disk_full' : undefined;
      switch (end.kind) {
        case 'done':
          return this.#end(id, { status: 'done', started, tiles: end.tiles });
        case 'cancelled':
          return this.#end(id, { status: 'cancelled', started, tiles: current.progress.total });
        case 'refused':
          return this.#fail(id, started, end.failure);
        case 'disk full':
          this.#options.logger.error({ scene: id }, 'the disk is full; the scene waits');
          this.#options.onChange(id);
          await this.#rest(current, delay);
          delay = Math.min(2 * delay, longestFullDelay);
          break;
        case 'broken':
          this.#options.logger.error({ scene: id, error: end.message }, 'the run of a scene broke');
          await this.#rest(current, restartDelay);
      }
      if (this.#closing.signal.aborted) return;
    }
  }

  /** An attempt, unless it is one too many; how often there were some is kept on the disk. */
  async #tryOnce(scene: StoredScene, current: Current, started: string): Promise<JobEnd> {
    const { order, folder } = scene;
    if (current.cancelling.signal.aborted) return { kind: 'cancelled' };
    const model = this.#options.findModel(order);
    if (!model) return { kind: 'refused', failure: missingModel(order) };
    try {
      if ((await this.#countAttempt(folder)) > mostAttempts) return { kind: 'refused', failure: givenUp };
      current.started = started;
      const attributes = { 'vil.scene': order.id, 'vil.model': model.name, 'vil.task': model.task };
      const attempt = () => this.#attempt(scene, model, current);
      // It outlives the request that it came with.
      const end = await inSpan('scene', attributes, attempt, { root: true });
      // Neither a stop of the server nor a full disk is the job's fault.
      if (this.#closing.signal.aborted || end.kind === 'disk full') await this.#forgetAttempt(folder);
      return end;
    } catch (error) {
      if (isDiskFull(error)) return { kind: 'disk full' };
      throw error;
    }
  }

  /** One attempt, to whatever end. */
  async #attempt({ order, folder }: StoredScene, model: SceneModel, current: Current): Promise<JobEnd> {
    const { signal } = current.cancelling;
    if (signal.aborted) return { kind: 'cancelled' };
    const cancel = () => this.#host.cancel();
    signal.addEventListener('abort', cancel);
    this.#options.onChange(order.id);
    try {
      const end = await this.#host.run({ order, folder, model }, (progress) => {
        current.progress = progress;
        this.#options.onChange(order.id);
      });
      // One that was in no state to stop by itself.
      return end.kind === 'broken' && signal.aborted ? { kind: 'cancelled' } : end;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  async #rest({ cancelling }: Current, delay: number): Promise<void> {
    const signal = AbortSignal.any([cancelling.signal, this.#closing.signal]);
    await wait(delay, undefined, { signal }).catch(() => undefined);
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

  /** Takes back what `countAttempt` has counted. */
  async #forgetAttempt(folder: string): Promise<void> {
    const { count, done } = await readAttempts(folder);
    await writeAtomically(
      join(folder, sceneFiles.attempts),
      JSON.stringify({ count: Math.max(0, count - 1), done }),
    );
  }
}

const broken: SceneFailure = {
  status: 500,
  code: 'internal',
  detail: 'Something went wrong in the server.',
};

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
