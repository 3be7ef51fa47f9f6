import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Job } from 'bullmq';
import { Queue, QueueEvents } from 'bullmq';
import { UserError } from '../../base/errors.js';
import { fromTileRecord } from '../scene/tile-record.js';
import type { ScenePlan, TakeTile, TileRunner } from '../scene/tile-runner.js';
import { readingOf } from '../scene/tile-runner.js';
import type { QueueServer } from './redis.js';
import { passingTrouble, serverTrouble } from './server-trouble.js';
import { isSignedAnswer, secretVariable, signJob } from './signature.js';
import type { TileAnswer, TileJob } from './tile-job.js';
import {
  tileAnswerSchema,
  tileAttempts,
  tileQueueName,
  tileRefusals,
  tileRetryMilliseconds,
} from './tile-job.js';

/** Milliseconds between looks at the jobs themselves: events are a hint, and get lost when a server restarts. */
const pollMilliseconds = 3000;
/** Jobs in the queue for each worker, so that none waits, and at least: more would only keep other scenes waiting. */
const jobsPerWorker = 4;
const fewestJobs = 16;
/** Seconds that results nobody collects are kept: long enough to come back after a weekend. */
const keptSeconds = 3 * 86_400;

export interface QueueRunnerOptions {
  readonly server: QueueServer;
  readonly scene: TileJob['scene'] & { readonly name: string };
  readonly model: TileJob['model'];
  /**
   * Tells this run's jobs from those of others who look at the same scene: the place of its journal. A run that goes
   * on after it was killed finds what workers have done in the meantime.
   */
  readonly place: string;
  /** Shared with workers: jobs are signed with it. */
  readonly secret?: string;
  /** Told once of everything that keeps tiles from being done. */
  readonly onNotice?: (text: string) => void;
}

/**
 * Has tiles looked at by the workers of a queue.
 *
 * A job for each tile: beside the seconds that a tile takes, the millisecond or two of a job are nothing. Jobs hold
 * where the scene is, not its pixels. Their names follow from the scene, the options and the place of the journal, so
 * that adding one twice is adding it once. The result is taken from the job itself, which is removed only then; so
 * neither the end of this process nor a lost event loses or doubles anything.
 */
export class QueueRunner implements TileRunner {
  readonly #options: QueueRunnerOptions;

  constructor(options: QueueRunnerOptions) {
    this.#options = options;
  }

  async run(plan: ScenePlan, pending: readonly number[], take: TakeTile, signal: AbortSignal): Promise<void> {
    if (pending.length === 0) return;
    const run = new QueuedTiles(this.#options, plan, pending, take);
    try {
      await run.finish(signal);
    } finally {
      await run.close();
    }
  }
}

/** The tiles of a scene that are in the queue, and those that are not yet. */
class QueuedTiles {
  readonly #options: QueueRunnerOptions;
  readonly #plan: ScenePlan;
  readonly #take: TakeTile;
  readonly #queue: Queue<TileJob>;
  readonly #events: QueueEvents;
  readonly #run: string;
  /** Not in the queue yet; next one last. */
  readonly #waiting: number[];
  /** In the queue, by the name of their job. */
  readonly #queued = new Map<string, number>();
  readonly #noticed = new Set<string>();
  #workers = 0;
  /** When all jobs were last looked at, as `performance.now()`. */
  #polled = -Infinity;
  /** Whether any worker has done a tile. */
  #isServed = false;
  /** How often workers have put a job back that they cannot do. */
  readonly #refusals = new Map<string, number>();
  #lastRefusal = '';
  #wake: () => void = () => undefined;
  readonly #finished = new Set<string>();
  /** How often what came for a tile did not count. */
  readonly #worthless = new Map<string, number>();
  /** Jobs that were in none of the queue's lists when last looked at. */
  readonly #adrift = new Set<string>();

  constructor(options: QueueRunnerOptions, plan: ScenePlan, pending: readonly number[], take: TakeTile) {
    const { server, place } = options;
    this.#options = options;
    this.#plan = plan;
    this.#take = take;
    this.#waiting = pending.toReversed();
    this.#run = createHash('sha256')
      .update([plan.key, hostname(), place].join('\n'))
      .digest('hex')
      .slice(0, 24);
    this.#queue = new Queue(tileQueueName, {
      connection: server.redis,
      // Events hold results too.
      streams: { events: { maxLen: 1000 } },
      defaultJobOptions: {
        attempts: tileAttempts,
        backoff: { type: 'exponential', delay: tileRetryMilliseconds },
        removeOnComplete: { age: keptSeconds },
        removeOnFail: { age: keptSeconds },
      },
    });
    this.#events = new QueueEvents(tileQueueName, { connection: server.connect() });
    for (const event of ['completed', 'failed'] as const) {
      this.#events.on(event, ({ jobId }: { jobId: string }) => this.#tell(jobId));
    }
    const report = (error: Error) => this.#notice(`${server.name}: ${error.message}`);
    this.#queue.on('error', report);
    this.#events.on('error', report);
  }

  async finish(signal: AbortSignal): Promise<void> {
    await this.#events.waitUntilReady();
    while (this.#waiting.length + this.#queued.size > 0) {
      signal.throwIfAborted();
      try {
        await this.#step(signal);
      } catch (error) {
        const trouble = passingTrouble(error);
        if (trouble === undefined) throw serverTrouble(error, this.#options.server.name);
        // All steps can be taken again: the next one sees what has come of this one.
        this.#notice(`${this.#options.server.name} ${trouble}. Waiting until it takes jobs again.`);
        this.#polled = -Infinity;
        await this.#sleep(signal);
      }
    }
  }

  /** Puts jobs into the queue, and takes what is finished out of it. */
  async #step(signal: AbortSignal): Promise<void> {
    const isDue = performance.now() - this.#polled >= pollMilliseconds;
    if (isDue) {
      await this.#countWorkers();
      this.#polled = performance.now();
    }
    await this.#fill();
    const names = isDue ? [...this.#queued.keys()] : [...this.#finished];
    this.#finished.clear();
    for (const name of names) {
      signal.throwIfAborted();
      await this.#look(name);
    }
    if (isDue) {
      await this.#addAdrift();
      await this.#checkRefusals();
    }
    if (this.#finished.size === 0 && this.#queued.size > 0) await this.#sleep(signal);
  }

  /**
   * Takes out of the queue what nobody will ask for any more. Tiles that workers have in hand stay, and those that are
   * done: a run that goes on will collect them.
   */
  async close(): Promise<void> {
    const left = [...this.#queued.keys()];
    const removed = Promise.allSettled(left.map((name) => this.#removeUnfinished(name)));
    // A server that has gone away is not waited for.
    await Promise.race([removed, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    await Promise.allSettled([this.#events.close(), this.#queue.close()]);
  }

  async #removeUnfinished(name: string): Promise<void> {
    const state = await this.#queue.getJobState(name);
    if (state !== 'completed' && state !== 'active') await this.#queue.remove(name);
  }

  #tell(name: string): void {
    if (!this.#queued.has(name)) return;
    this.#finished.add(name);
    this.#wake();
  }

  /** Until a tile is done, or it is time to look again. */
  async #sleep(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, pollMilliseconds);
      signal.addEventListener('abort', wake);
      this.#wake = wake;
    });
  }

  async #countWorkers(): Promise<void> {
    this.#workers = await this.#queue.getWorkersCount();
    if (this.#workers > 0) return;
    this.#notice(
      `No worker is at ${this.#options.server.name}: start some with "vil worker --queue …". Waiting for one.`,
    );
  }

  /**
   * Gives up when all workers there are have said, again and again, that they cannot open scene or model.
   * @throws UserError with what the last of them said
   */
  async #checkRefusals(): Promise<void> {
    const count = [...this.#refusals.values()].reduce((sum, refusals) => sum + refusals, 0);
    if (this.#isServed || count < tileRefusals || (await this.#queue.getActiveCount()) > 0) return;
    throw new UserError(`${this.#options.scene.name}: no worker can look at it. ${this.#lastRefusal}`);
  }

  /** Puts as many tiles into the queue as the workers will need until the next look. */
  async #fill(): Promise<void> {
    const room = Math.max(fewestJobs, jobsPerWorker * this.#workers) - this.#queued.size;
    const tiles = this.#waiting.splice(Math.max(0, this.#waiting.length - room)).reverse();
    if (tiles.length === 0) return;
    for (const tile of tiles) {
      const name = `${this.#run}-${tile}`;
      // What failed in an earlier run is tried anew.
      if ((await this.#queue.getJobState(name)) === 'failed') await this.#queue.remove(name);
      this.#queued.set(name, tile);
    }
    await this.#add(tiles);
  }

  async #add(tiles: readonly number[]): Promise<void> {
    const jobs = tiles.map((tile) => ({
      name: `${this.#options.scene.name} ${tile}`,
      data: this.#orderOf(tile),
      opts: { jobId: `${this.#run}-${tile}` },
    }));
    await this.#queue.addBulk(jobs);
    // Those that were there already may have been finished before anybody listened.
    for (const { opts } of jobs) {
      if ((await this.#jobOf(opts.jobId))?.finishedOn) this.#finished.add(opts.jobId);
    }
  }

  /** A job as it is in the queue; undefined where it is not there, or is none that can be read, which is removed. */
  async #jobOf(name: string): Promise<Job<TileJob> | undefined> {
    try {
      return await this.#queue.getJob(name);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // One that a worker holds is removed when its lock has gone.
      if ((await this.#queue.remove(name)) > 0) this.#count(name, 'is damaged in the queue');
      return undefined;
    }
  }

  /**
   * Puts into the queue again what is in none of its lists, twice in a row: a server whose memory was full in the middle of a
   * command takes a job out of one list and does not put it into the next.
   */
  async #addAdrift(): Promise<void> {
    for (const name of this.#queued.keys()) {
      if ((await this.#queue.getJobState(name)) !== 'unknown') this.#adrift.delete(name);
      else if (!this.#adrift.delete(name)) this.#adrift.add(name);
      else await this.#again(name, this.#queued.get(name)!);
    }
  }

  async #again(name: string, tile: number): Promise<void> {
    await this.#queue.remove(name);
    await this.#add([tile]);
  }

  /**
   * Counts what came for a tile and is worth nothing.
   * @throws UserError when that happens again and again
   */
  #count(name: string, what: string): void {
    const times = (this.#worthless.get(name) ?? 0) + 1;
    this.#worthless.set(name, times);
    const text = `${this.#options.scene.name}: a tile ${what}`;
    if (times >= tileAttempts) throw new UserError(`${text}, ${times} times. Who else writes to the queue?`);
    this.#notice(`${text}: it is done again.`);
  }

  #orderOf(tile: number): TileJob {
    const { scene, model } = this.#options;
    const { bands, stretch, threshold, firstLook } = this.#plan;
    const { window, size } = readingOf(this.#plan, tile);
    const { name: _name, ...place } = scene;
    const job: TileJob = {
      version: 2,
      scene: place,
      model,
      bands: [...bands],
      stretch: { low: [...stretch.low], high: [...stretch.high] },
      threshold,
      firstLook,
      window,
      size,
    };
    const { secret } = this.#options;
    return secret === undefined ? job : { ...job, signature: signJob(job, secret) };
  }

  /** Takes the result of a job, if it has one. */
  async #look(name: string): Promise<void> {
    const tile = this.#queued.get(name);
    if (tile === undefined) return;
    const job = await this.#jobOf(name);
    if (!job) {
      // The server has lost it, or another run of the same scene at the same place has taken it.
      await this.#add([tile]);
      return;
    }
    if (job.data.refusal) {
      this.#refusals.set(name, job.data.refusals ?? 0);
      this.#lastRefusal = job.data.refusal;
      this.#notice(job.data.refusal);
    }
    if (!job.finishedOn) {
      if (job.failedReason) this.#notice(job.failedReason);
      return;
    }
    const answer = tileAnswerSchema.safeParse(job.returnvalue);
    if (!answer.success) throw this.#failure(tile, job);
    if (!this.#isOurs(answer.data, tile)) {
      this.#count(
        name,
        `was answered without the signature of the secret (${secretVariable}, which workers need as well)`,
      );
      return this.#again(name, tile);
    }
    this.#isServed = true;
    await this.#take(tile, fromTileRecord(answer.data));
    this.#queued.delete(name);
    this.#refusals.delete(name);
    await this.#queue.remove(name);
  }

  /** Whether an answer comes from who knows the secret, if there is one. */
  #isOurs(answer: TileAnswer, tile: number): boolean {
    const { secret } = this.#options;
    return secret === undefined || isSignedAnswer(answer, this.#orderOf(tile), secret);
  }

  #failure(tile: number, { failedReason, attemptsMade }: Job<TileJob>): UserError {
    const { left, top, width, height } = readingOf(this.#plan, tile).window;
    const { name } = this.#options.scene;
    const where = `the tile of ${width} x ${height} pixels at ${left}, ${top}`;
    if (/stalled/.test(failedReason)) {
      return new UserError(
        `${name}: ${where} has ended every worker that took it. They may have too little memory for it: take smaller tiles (--tile), or start workers with fewer at a time.`,
      );
    }
    const times = attemptsMade > 1 ? ` ${attemptsMade} times; the last error` : '';
    return new UserError(
      `${name}: ${where} failed${times}: ${failedReason || 'the worker did not answer with detections'}`,
    );
  }

  #notice(text: string): void {
    if (this.#noticed.has(text)) return;
    this.#noticed.add(text);
    this.#options.onNotice?.(text);
  }
}
