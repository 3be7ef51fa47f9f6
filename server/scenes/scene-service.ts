import { EventEmitter } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../src/base/errors.js';
import { lockFolder } from '../../src/base/lock-folder.js';
import { RequestThread } from '../../src/base/threads/request-thread.js';
import type { Size } from '../../src/boxes/box.js';
import { defaultMemoryBytes, tileSizeFor, usualOverlap } from '../../src/detect/scene/tile-size.js';
import { readHeader } from '../../src/image/header.js';
import { openRaster } from '../../src/image/raster/open-raster.js';
import { ProblemError } from '../problem.js';
import { topZoomLevel, zoomDescriptor } from './deep-zoom.js';
import type { ImageAnswer, ImageRequest } from './image-messages.js';
import type { JobOptions, SceneModel } from './job-messages.js';
import { failureOf } from './scene-failure.js';
import type { ResultFormat } from './scene-formats.js';
import type { SceneLimits } from './scene-limits.js';
import type { SceneOrder, SceneSettings } from './scene-order.js';
import { sceneFiles } from './scene-order.js';
import type { SceneRunnerOptions } from './scene-runner.js';
import { SceneRunner } from './scene-runner.js';
import type { SceneStatus } from './scene-status.js';
import type { Receive, StoredScene } from './scene-store.js';
import { SceneStore } from './scene-store.js';

export interface SceneServiceOptions extends JobOptions, Pick<SceneRunnerOptions, 'logger' | 'findModel'> {
  /** Where jobs are kept. */
  readonly folder: string;
  readonly limits: SceneLimits;
}

/** A scene as it is sent. */
export interface NewScene {
  readonly receive: Receive;
  /** Bytes of the image, where the client says so. */
  readonly length?: number;
  readonly name: string;
  readonly model: SceneModel;
  readonly settings: SceneSettings;
}

/** Tiles that a scene may be cut into: each has a line in the journal, and a place in memory. */
const mostTiles = 100_000;

/** Estimate of what deep zoom tiles take, in bytes for each pixel of the scene. */
const zoomBytesPerPixel = 0.5;

/** Most milliseconds between looks for jobs that ended long ago. */
const sweepInterval = 60_000;

/** The long jobs of a server: takes them in, runs them, tells how they are, and shows what has come of them. */
export class SceneService {
  readonly #options: SceneServiceOptions;
  readonly #store: SceneStore;
  readonly #runner: SceneRunner;
  readonly #unlock: () => Promise<void>;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  /** Deep zoom tiles being made, by job. */
  readonly #zooming = new Map<string, Promise<void>>();
  /** Deep zoom tiles take minutes where all else takes moments: a thread each. */
  readonly #threads: Partial<Record<'zoom' | 'other', RequestThread<ImageRequest, ImageAnswer>>> = {};
  readonly #stopping = new AbortController();
  readonly #sweep: NodeJS.Timeout;

  private constructor(options: SceneServiceOptions, store: SceneStore, unlock: () => Promise<void>) {
    const { logger, findModel, device, threads, memoryBytes } = options;
    this.#options = options;
    this.#store = store;
    this.#unlock = unlock;
    this.#runner = new SceneRunner({
      store,
      logger,
      findModel,
      device,
      threads,
      memoryBytes,
      onChange: (id) => this.#changes.emit(id),
    });
    const interval = Math.min(sweepInterval, 500 * options.limits.keptSeconds);
    this.#sweep = setInterval(() => void this.#removeOld(), interval).unref();
  }

  /**
   * Opens the jobs in a folder; those that an earlier process left unfinished wait for `start`.
   * @throws UserError when another process uses the folder
   */
  static async open(options: SceneServiceOptions): Promise<SceneService> {
    // Opening the jobs removes what is half received.
    const lock = await lockFolder(options.folder, 'Give this server another folder with --data-dir.');
    try {
      const store = await SceneStore.open(options.folder, options.limits);
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

  get limits(): SceneLimits {
    return this.#options.limits;
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

  /**
   * Refuses what can be refused before a byte of the scene is read.
   * @throws ProblemError 503 when as many wait as may
   */
  checkRoom(): void {
    const { waiting } = this.#options.limits;
    if (this.#runner.waiting + this.#store.uploads >= waiting) {
      throw new ProblemError(503, 'overloaded', 'As many scenes wait as this server takes on. Try again.');
    }
  }

  /**
   * Takes a scene in. When the promise resolves, the job is on the disk, and will be run whatever happens to the process.
   * @throws ProblemError for what is refused
   */
  async submit({ receive, length = 0, name, model, settings }: NewScene): Promise<SceneStatus> {
    this.checkRoom();
    if (model.task === 'detect') checkOverlap(settings, model);
    if (length > 0) await this.#store.makeRoom(length);
    const scene = await this.#store.accept(receive, async (image, id) => {
      const { width, height } = await this.#inspect(image, name, model, settings);
      const created = new Date().toISOString();
      return { version: 1, id, name, model: model.name, task: model.task, settings, created, width, height };
    });
    const { id } = scene.order;
    this.#runner.enqueue(id);
    void this.#zoom(scene).catch(() => undefined);
    return this.status(id);
  }

  /** Reads an image's header, and finds out whether it can be cut as asked. */
  async #inspect(image: string, name: string, model: SceneModel, settings: SceneSettings): Promise<Size> {
    const { pixels } = this.#options.limits;
    try {
      if (model.task === 'classify') await readHeader(image, { pixelLimit: pixels });
      const source = await openRaster(image, { pixelLimit: pixels });
      const { width, height } = source;
      await source.close();
      if (model.task === 'detect') this.#checkTiles({ width, height }, settings, model);
      return { width, height };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { status, code, detail } = failureOf(error, join(image, '..'), name);
      throw new ProblemError(status, code, detail, { cause: error });
    }
  }

  /** Refuses a scene of this size where it would be cut into too many tiles. */
  #checkTiles(
    size: Size,
    { tileSize, overlap }: SceneSettings,
    layout: Pick<SceneModel, 'stride' | 'grid'>,
  ): void {
    const shared = overlap ?? usualOverlap(layout);
    const memory = this.#options.memoryBytes ?? defaultMemoryBytes;
    const step = (tileSize ?? tileSizeFor(size, shared, layout, memory)) - shared;
    const tiles = Math.ceil(size.width / step) * Math.ceil(size.height / step);
    if (tiles <= mostTiles) return;
    throw badRequest(
      `The scene would be cut into ${tiles} tiles; at most ${mostTiles} are. Take larger tiles.`,
    );
  }

  /** @throws ProblemError 404 when there is no such job */
  status(id: string): SceneStatus {
    const { order, end } = this.#find(id);
    const { model, task, name, created, width, height } = order;
    const path = `/v1/scenes/${id}`;
    const links = {
      self: path,
      events: `${path}/events`,
      result: `${path}/result`,
      image: `${path}/image.dzi`,
      view: `${path}/view`,
      ...(task === 'classify' && { attention: `${path}/attention` }),
    };
    return { id, ...this.#phase(id, end), name, model, task, image: { width, height }, created, links };
  }

  #phase(id: string, end: StoredScene['end']) {
    if (end) {
      const { status, tiles, started, finished, error } = end;
      return {
        status,
        progress: { done: status === 'done' ? tiles : 0, total: tiles },
        ahead: 0,
        started,
        finished,
        error,
      };
    }
    const { ahead, started, progress } = this.#runner.stateOf(id);
    return { status: started ? ('running' as const) : ('queued' as const), progress, ahead, started };
  }

  /**
   * Calls `listener` whenever a job has changed.
   * @returns ends that
   */
  watch(id: string, listener: () => void): () => void {
    this.#find(id);
    this.#changes.on(id, listener);
    return () => this.#changes.off(id, listener);
  }

  /**
   * Stops a job, which has ended when the promise resolves.
   * @throws ProblemError 404, 409 where it has ended by itself
   */
  async cancel(id: string): Promise<SceneStatus> {
    if (!this.#find(id).end) await this.#runner.cancel(id);
    const status = this.status(id);
    if (status.status === 'cancelled') return status;
    throw new ProblemError(409, 'conflict', `Scene ${id} cannot be cancelled: it ended as ${status.status}.`);
  }

  /** Removes a job with all its files; one that has not ended is cancelled before. */
  async remove(id: string): Promise<void> {
    if (!this.#find(id).end) await this.#runner.cancel(id);
    await this.#zooming.get(id)?.catch(() => undefined);
    await this.#store.remove(id);
    this.#changes.emit(id);
  }

  /** @throws ProblemError 404, 409 while it is not done; UserError when the format does not suit the result */
  async result(
    id: string,
    format: ResultFormat,
  ): Promise<{ readonly body: string | Uint8Array; readonly name: string }> {
    const { folder, order } = this.#findDone(id);
    const body = await this.#ask('other', { kind: 'result', folder, order, format });
    return { body: body as string | Uint8Array, name: order.name };
  }

  /** The Deep Zoom descriptor, once there are tiles. */
  async descriptor(id: string): Promise<string> {
    const scene = this.#find(id);
    await this.#zoom(scene);
    return zoomDescriptor(scene.order);
  }

  /**
   * Path of a deep zoom tile.
   * @param tile e.g. `3_2.jpeg`
   * @throws ProblemError 404 when there is none
   */
  async zoomTile(id: string, level: number, tile: string): Promise<string> {
    const scene = this.#find(id);
    await this.#zoom(scene);
    this.#store.touch(id);
    const path = join(scene.folder, sceneFiles.pyramid, String(level), tile);
    const isThere = level <= topZoomLevel(scene.order) && (await exists(path));
    if (isThere) return path;
    throw new ProblemError(404, 'not_found', `Level ${level} has no tile ${tile}.`);
  }

  /** A PNG of the whole scene brought to a square. */
  async view(id: string, size: number): Promise<Uint8Array> {
    const { folder, order } = this.#find(id);
    return this.#image(order, { kind: 'view', folder, size });
  }

  /** A PNG of a classifier's attention, to be laid over the scene. */
  async heat(id: string): Promise<Uint8Array> {
    const { folder, order } = this.#findDone(id);
    return this.#image(order, { kind: 'heat', folder, order });
  }

  async #image({ id, name }: SceneOrder, request: ImageRequest): Promise<Uint8Array> {
    try {
      return (await this.#ask('other', request)) as Uint8Array;
    } catch (error) {
      throw this.#renamed(error, id, name);
    }
  }

  /** Makes the deep zoom tiles of a scene, unless they are there. */
  #zoom({ order, folder }: StoredScene): Promise<void> {
    const { id } = order;
    const underWay = this.#zooming.get(id);
    if (underWay) return underWay;
    const zooming = this.#makeZoom(order, folder).finally(() => this.#zooming.delete(id));
    this.#zooming.set(id, zooming);
    return zooming;
  }

  async #makeZoom(order: SceneOrder, folder: string): Promise<void> {
    const { id, name, width, height } = order;
    if (await exists(join(folder, sceneFiles.pyramid))) return;
    const limit = this.#store.roomFor(id);
    try {
      await this.#store.makeRoom(Math.min(limit, zoomBytesPerPixel * width * height), id);
      this.#store.touch(id);
      await this.#ask('zoom', { kind: 'deep zoom', folder, limit });
      await this.#store.measure(id);
      await this.#store.makeRoom(0, id);
    } catch (error) {
      throw this.#renamed(error, id, name);
    }
  }

  #renamed(error: unknown, id: string, name: string): unknown {
    const folder = this.#store.get(id)?.folder;
    if (!(error instanceof UserError) || !folder) return error;
    const { status, code, detail } = failureOf(error, folder, name);
    return new ProblemError(status, code, detail, { cause: error });
  }

  #ask(thread: 'zoom' | 'other', request: ImageRequest): Promise<ImageAnswer> {
    const running = this.#threads[thread];
    if (running && !running.hasEnded) return running.ask(request);
    const started = new RequestThread<ImageRequest, ImageAnswer>(
      new URL('./image-thread.js', import.meta.url),
      // geotiff.js's stand-in for web workers looks for its own settings in it, and stumbles where there is nothing.
      {},
    );
    this.#threads[thread] = started;
    return started.ask(request);
  }

  #find(id: string): StoredScene {
    const scene = this.#store.get(id);
    if (scene) return scene;
    throw new ProblemError(404, 'not_found', `There is no scene ${id} here, or it has been removed.`);
  }

  #findDone(id: string): StoredScene {
    const scene = this.#find(id);
    if (scene.end?.status === 'done') return scene;
    const why = scene.end ? `ended as ${scene.end.status}` : 'is not done yet';
    throw new ProblemError(409, 'conflict', `Scene ${id} has no result: it ${why}.`);
  }

  async #removeOld(): Promise<void> {
    try {
      for (const id of await this.#store.removeOld()) this.#changes.emit(id);
    } catch (error) {
      this.#options.logger.error({ err: error }, 'old scenes could not be removed');
    }
  }

  /** Ends the process and the threads. Jobs stay as they are, for the next process. */
  async close(): Promise<void> {
    this.stop();
    clearInterval(this.#sweep);
    await this.#runner.close();
    await Promise.all(Object.values(this.#threads).map((thread) => thread.terminate()));
    await Promise.allSettled(this.#zooming.values());
    await this.#unlock();
  }
}

/** @throws ProblemError 400 where tiles of that size cannot overlap as they should */
function checkOverlap({ tileSize, overlap }: SceneSettings, layout: Pick<SceneModel, 'grid'>): void {
  const shared = overlap ?? usualOverlap(layout);
  if (tileSize === undefined || tileSize > shared) return;
  const from = overlap === undefined ? ', as they do unless told otherwise' : '';
  throw badRequest(
    `Tiles of ${tileSize} pixels cannot overlap by ${shared}${from}: set tile_size and overlap.`,
  );
}

function badRequest(detail: string): ProblemError {
  return new ProblemError(400, 'bad_request', detail);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
