import { join } from 'node:path';
import { UserError } from '../../src/base/errors.js';
import type { Size } from '../../src/boxes/box.js';
import { readHeader } from '../../src/image/header.js';
import { openRaster } from '../../src/image/raster/open-raster.js';
import { SharpSource } from '../../src/image/raster/sharp-source.js';
import type { Caller } from '../access/caller.js';
import { ProblemError } from '../problem.js';
import type { SceneModel } from './job-messages.js';
import { failureOf } from './scene-failure.js';
import type { SceneLimits } from './scene-limits.js';
import type { SceneSettings } from './scene-order.js';
import { checkClasses, checkOverlap, checkTiles, checkUnsearched } from './scene-plan.js';
import type { Receive, SceneStore, StoredScene } from './scene-store.js';

/** A scene as it is sent. */
export interface NewScene {
  readonly receive: Receive;
  /** Bytes of the image, where the client says so. */
  readonly length?: number;
  readonly name: string;
  readonly model: SceneModel;
  readonly settings: SceneSettings;
  readonly caller: Caller;
}

export interface IntakeOptions {
  readonly store: SceneStore;
  readonly limits: SceneLimits;
  /** Bytes that a pass of a detector may take. */
  readonly memoryBytes?: number;
}

/** Takes scenes in. */
export class SceneIntake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Refuses what can be refused before a byte of the scene is read.
   * @param waiting scenes that wait
   * @throws ProblemError 503 when as many wait as may, 429 when as many of the caller's do
   */
  checkRoom(waiting: number, { id, limits: own }: Caller): void {
    const { store, limits } = this.#options;
    if (waiting + store.uploads >= limits.waiting) {
      throw new ProblemError(503, 'overloaded', 'As many scenes wait as this server takes on. Try again.');
    }
    const most = own?.scenes ?? limits.keyWaiting;
    if (id === undefined || store.unfinishedOf(id) < most) return;
    const detail = `${most} scenes of this key wait or run; it may have no more. Try again.`;
    throw new ProblemError(429, 'key_limit', detail);
  }

  /**
   * Stores a scene. When the promise resolves, the job is on the disk, and will be run whatever happens to the process.
   * @throws ProblemError for what is refused
   */
  async accept({ receive, length = 0, name, model, settings, caller }: NewScene): Promise<StoredScene> {
    const { store, limits } = this.#options;
    if (model.task === 'detect') {
      checkOverlap(settings, model);
      checkClasses(settings, model);
    } else {
      checkUnsearched(settings, model);
    }
    const { name: owner, id: ownerId } = caller;
    const most = ownerId === undefined ? undefined : (caller.limits?.disk ?? limits.keyDiskBytes);
    const account = { ownerId, most };
    store.checkLength(length, account);
    return store.accept(receive, account, async (image, id) => {
      const { width, height } = await this.#inspect(image, name, model, settings);
      const created = new Date().toISOString();
      const { task } = model;
      const of = { version: 1, id, owner, ownerId } as const;
      return { ...of, name, model: model.name, task, settings, created, width, height };
    });
  }

  /** Reads an image's header, and finds out whether it can be cut as asked. */
  async #inspect(image: string, name: string, model: SceneModel, settings: SceneSettings): Promise<Size> {
    const { limits, memoryBytes } = this.#options;
    const pixelLimit = limits.pixels;
    try {
      const source = await openRaster(image, { pixelLimit });
      const { width, height } = source;
      await source.close();
      // What libvips opens has been checked already as what a classifier takes.
      if (model.task === 'classify' && !(source instanceof SharpSource)) {
        await readHeader(image, { pixelLimit });
      }
      if (model.task === 'detect') checkTiles({ width, height }, settings, model, memoryBytes);
      return { width, height };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { status, code, detail } = failureOf(error, join(image, '..'), name);
      throw new ProblemError(status, code, detail, { cause: error });
    }
  }
}
