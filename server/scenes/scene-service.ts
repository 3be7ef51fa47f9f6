import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import { explainFileError } from '../../src/base/file-errors.js';
import { lockFolder } from '../../src/base/lock-folder.js';
import type { Caller } from '../access/caller.js';
import { owns } from '../access/caller.js';
import { ProblemError } from '../problem.js';
import type { JobOptions } from './job-messages.js';
import { SceneChanges } from './scene-changes.js';
import { SceneImages } from './scene-images.js';
import type { NewScene } from './scene-intake.js';
import { SceneIntake } from './scene-intake.js';
import type { SceneLimits } from './scene-limits.js';
import type { FindKeyId } from './scene-owner.js';
import { nobody } from './scene-owner.js';
import type { SceneRunnerOptions } from './scene-runner.js';
import { SceneRunner } from './scene-runner.js';
import type { SceneStatus } from './scene-status.js';
import { statusOf } from './scene-status.js';
import type { StoredScene } from './scene-store.js';
import { SceneStore } from './scene-store.js';

export interface SceneServiceOptions extends JobOptions, Pick<SceneRunnerOptions, 'findModel'> {
  /** Where jobs are kept. */
  readonly folder: string;
  readonly limits: SceneLimits;
  readonly logger: Logger;
  /** Finds the id of the key that has a name now; absent where no keys are asked for. */
  readonly idOfKey?: FindKeyId;
}

/** Most milliseconds between looks for jobs that ended long ago. */
const sweepInterval = 60_000;

/** The long jobs of a server: what takes them in, runs them, tells how they are and shows what has come of them. */
export class SceneService {
  readonly limits: SceneLimits;
  readonly images: SceneImages;
  readonly #logger: Logger;
  readonly #store: SceneStore;
  readonly #intake: SceneIntake;
  readonly #runner: SceneRunner;
  readonly #unlock: () => Promise<void>;
  readonly #changes = new SceneChanges();
  readonly #stopping = new AbortController();
  readonly #sweep: NodeJS.Timeout;

  private constructor(options: SceneServiceOptions, store: SceneStore, unlock: () => Promise<void>) {
    const { logger, limits, memoryBytes } = options;
    this.limits = limits;
    this.#logger = logger;
    this.#store = store;
    this.#unlock = unlock;
    this.images = new SceneImages(store);
    this.#intake = new SceneIntake({ store, limits, memoryBytes });
    this.#runner = new SceneRunner({ ...options, store, onChange: (id) => this.#changes.emit(id) });
    const interval = Math.min(sweepInterval, 500 * limits.keptSeconds);
    this.#sweep = setInterval(() => void this.#removeOld(), interval).unref();
  }

  /**
   * Opens the jobs in a folder; those that an earlier process left unfinished wait for `start`.
   * @throws UserError when another process uses the folder
   */
  static async open(options: SceneServiceOptions): Promise<SceneService> {
    await makeFolder(options.folder);
    // Opening the jobs removes what is half received.
    const lock = await lockFolder(options.folder, 'Give this server another folder with --data-dir.');
    try {
      const store = await SceneStore.open(options.folder, options.limits, options.idOfKey);
      if (store.settled.length > 0) {
        const lost = store.settled.filter(({ ownerId }) => ownerId === nobody);
        const given = store.settled.length - lost.length;
        const names = [...new Set(lost.map(({ owner }) => owner))];
        options.logger.warn(
          { given, lost: lost.length, names },
          'scenes belong to the ids of keys from now on: those of an earlier version to the keys of the same name, ' +
            'those of names without a key to operators',
        );
      }
      const service = new SceneService(options, store, () => lock.release());
      await service.#removeOld();
      return service;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Begins to run jobs; to be called once there are models. */
  start(): void {
    this.#runner.start();
  }

  /** Aborts when the server is about to stop: what would go on for long should end. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** To be called as the server begins to stop. */
  stop(): void {
    this.#stopping.abort();
  }

  /** For metrics. */
  get load(): { readonly waiting: number; readonly bytes: number } {
    return { waiting: this.#runner.waiting, bytes: this.#store.bytes };
  }

  /** Refuses what can be refused before a byte of a scene is read; see `SceneIntake`. */
  checkRoom(caller: Caller): void {
    this.#intake.checkRoom(this.#runner.waiting, caller);
  }

  /**
   * Takes a scene in. When the promise resolves, the job is on the disk, and will be run whatever happens to the process.
   * @throws ProblemError for what is refused
   */
  async submit(scene: NewScene): Promise<SceneStatus> {
    this.checkRoom(scene.caller);
    const stored = await this.#intake.accept(scene);
    const { id } = stored.order;
    this.#runner.enqueue(id);
    void this.images.zoom(stored).catch(() => undefined);
    return this.status(id, scene.caller);
  }

  /**
   * A job, to those whose it is.
   * @throws ProblemError 404 when there is none, or it is somebody else's
   */
  find(id: string, caller: Caller): StoredScene {
    const scene = this.#store.get(id);
    if (scene && owns(caller, scene.order.ownerId)) return scene;
    throw new ProblemError(404, 'not_found', `There is no scene ${id} here, or it has been removed.`);
  }

  /** @throws ProblemError 404 as `find` */
  status(id: string, caller: Caller): SceneStatus {
    return statusOf(this.find(id, caller), this.#runner.stateOf(id), caller);
  }

  /** Jobs of a caller, those accepted last first. */
  list(caller: Caller, most: number): SceneStatus[] {
    const scenes = this.#store.all().filter(({ order }) => owns(caller, order.ownerId));
    const newest = scenes.sort((a, b) => (a.order.created < b.order.created ? 1 : -1));
    return newest
      .slice(0, most)
      .map((scene) => statusOf(scene, this.#runner.stateOf(scene.order.id), caller));
  }

  /**
   * Calls `listener` whenever a job has changed.
   * @returns ends that
   */
  watch(id: string, listener: () => void): () => void {
    return this.#changes.watch(id, listener);
  }

  /**
   * Stops a job, which has ended when the promise resolves.
   * @throws ProblemError 404, 409 where it has ended by itself
   */
  async cancel(id: string, caller: Caller): Promise<SceneStatus> {
    if (!this.find(id, caller).end) await this.#runner.cancel(id);
    const status = this.status(id, caller);
    if (status.status === 'cancelled') return status;
    throw new ProblemError(409, 'conflict', `Scene ${id} cannot be cancelled: it ended as ${status.status}.`);
  }

  /** Removes a job with all its files; one that has not ended is cancelled before. */
  async remove(id: string, caller: Caller): Promise<void> {
    if (!this.find(id, caller).end) await this.#runner.cancel(id);
    await this.images.settled(id);
    await this.#store.remove(id);
    this.#changes.emit(id);
  }

  async #removeOld(): Promise<void> {
    try {
      await this.#store.saveEnds();
      for (const id of await this.#store.removeOld()) this.#changes.emit(id);
    } catch (error) {
      this.#logger.error({ err: error }, 'old scenes could not be removed');
    }
  }

  /** Ends the process and the threads. Jobs stay as they are, for the next process. */
  async close(): Promise<void> {
    this.stop();
    clearInterval(this.#sweep);
    await this.#runner.close();
    await this.images.close();
    await this.#unlock();
  }
}

/** Makes a folder that nobody else can look into. @throws UserError when it cannot be made */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw explainFileError(error, 'make', folder);
  }
}
