import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../src/base/errors.js';
import { ProblemError } from '../problem.js';
import { topZoomLevel, zoomDescriptor } from './deep-zoom.js';
import type { ImageRequest } from './image-messages.js';
import { ImageThreads } from './image-threads.js';
import { failureOf } from './scene-failure.js';
import type { ResultFormat } from './scene-formats.js';
import { sceneFiles } from './scene-order.js';
import type { SceneStore, StoredScene } from './scene-store.js';

/** Estimate of what deep zoom tiles take, in bytes for each pixel of the scene. */
const zoomBytesPerPixel = 0.5;

/** What is shown of scenes: deep zoom tiles, small views, heat maps, results in their formats. */
export class SceneImages {
  readonly #store: SceneStore;
  readonly #threads = new ImageThreads();
  /** Deep zoom tiles being made, by job. */
  readonly #zooming = new Map<string, Promise<void>>();

  constructor(store: SceneStore) {
    this.#store = store;
  }

  /**
   * The result of a finished job.
   * @throws ProblemError 409 while it is not done; UserError when the format does not suit the result
   */
  async result(scene: StoredScene, format: ResultFormat): Promise<string | Uint8Array> {
    checkDone(scene);
    const { folder, order } = scene;
    return (await this.#threads.ask({ kind: 'result', folder, order, format })) as string | Uint8Array;
  }

  /** The Deep Zoom descriptor, once there are tiles. */
  async descriptor(scene: StoredScene): Promise<string> {
    await this.zoom(scene);
    return zoomDescriptor(scene.order);
  }

  /**
   * Path of a deep zoom tile.
   * @param tile e.g. `3_2.jpeg`
   * @throws ProblemError 404 when there is none
   */
  async zoomTile(scene: StoredScene, level: number, tile: string): Promise<string> {
    await this.zoom(scene);
    this.#store.touch(scene.order.id);
    const path = join(scene.folder, sceneFiles.pyramid, String(level), tile);
    const isThere = level <= topZoomLevel(scene.order) && (await exists(path));
    if (isThere) return path;
    throw new ProblemError(404, 'not_found', `Level ${level} has no tile ${tile}.`);
  }

  /** A PNG of the whole scene brought to a square. */
  view(scene: StoredScene, size: number): Promise<Uint8Array> {
    return this.#image(scene, { kind: 'view', folder: scene.folder, size });
  }

  /**
   * A PNG of a classifier's attention, to be laid over the scene.
   * @throws ProblemError 409 while the job is not done
   */
  async heat(scene: StoredScene): Promise<Uint8Array> {
    checkDone(scene);
    return this.#image(scene, { kind: 'heat', folder: scene.folder, order: scene.order });
  }

  async #image(scene: StoredScene, request: ImageRequest): Promise<Uint8Array> {
    try {
      return (await this.#threads.ask(request)) as Uint8Array;
    } catch (error) {
      throw renamed(error, scene);
    }
  }

  /** Makes the deep zoom tiles of a scene, unless they are there. */
  zoom(scene: StoredScene): Promise<void> {
    const { id } = scene.order;
    const underWay = this.#zooming.get(id);
    if (underWay) return underWay;
    const zooming = this.#makeZoom(scene).finally(() => this.#zooming.delete(id));
    this.#zooming.set(id, zooming);
    return zooming;
  }

  async #makeZoom(scene: StoredScene): Promise<void> {
    const { order, folder } = scene;
    const { id, width, height } = order;
    if (await exists(join(folder, sceneFiles.pyramid))) return;
    const limit = this.#store.roomFor(id);
    try {
      await this.#store.makeRoom(Math.min(limit, zoomBytesPerPixel * width * height), { spared: id });
      this.#store.touch(id);
      await this.#threads.ask({ kind: 'deep zoom', folder, limit });
      await this.#store.measure(id);
      await this.#store.makeRoom(0, { spared: id });
    } catch (error) {
      throw renamed(error, scene);
    }
  }

  /** Waits for deep zoom tiles of a job that are being made. */
  async settled(id: string): Promise<void> {
    await this.#zooming.get(id)?.catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#threads.close();
    await Promise.allSettled(this.#zooming.values());
  }
}

/** Tells an error by the name that the scene's sender gave it. */
function renamed(error: unknown, { folder, order }: StoredScene): unknown {
  if (!(error instanceof UserError)) return error;
  const { status, code, detail } = failureOf(error, folder, order.name);
  return new ProblemError(status, code, detail, { cause: error });
}

function checkDone({ order, end }: StoredScene): void {
  if (end?.status === 'done') return;
  const why = end ? `ended as ${end.status}` : 'is not done yet';
  throw new ProblemError(409, 'conflict', `Scene ${order.id} has no result: it ${why}.`);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
