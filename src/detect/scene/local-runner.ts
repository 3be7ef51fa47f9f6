import { unlessAborted } from '../../base/unless-aborted.js';
import type { RasterSource } from '../../image/raster/raster-source.js';
import type { Detector } from '../detector.js';
import type { TileImage } from './tile-image.js';
import { detectTile, readTile } from './tile-image.js';
import type { ScenePlan, TakeTile, TileRunner } from './tile-runner.js';
import { readingOf } from './tile-runner.js';

/** Runs tiles through a detector in this process; the next one is read, and its graph made, while others are in the detector. */
export class LocalRunner implements TileRunner {
  readonly #source: RasterSource;
  readonly #detector: Detector;
  readonly #concurrency: number;

  /** @param concurrency tiles in the detector at a time */
  constructor(source: RasterSource, detector: Detector, concurrency: number) {
    this.#source = source;
    this.#detector = detector;
    this.#concurrency = concurrency;
  }

  async run(plan: ScenePlan, pending: readonly number[], take: TakeTile, signal: AbortSignal): Promise<void> {
    const running = new Set<Promise<void>>();
    let next = pending.length > 0 ? this.#read(plan, pending[0]!) : undefined;
    try {
      for (const [position, index] of pending.entries()) {
        const tile = await unlessAborted(next!, signal);
        next = position + 1 < pending.length ? this.#read(plan, pending[position + 1]!) : undefined;
        // Should a tile fail, nobody waits for the next one any more.
        next?.catch(() => undefined);
        const work = this.#detect(plan, index, tile, take, signal).finally(() => running.delete(work));
        running.add(work);
        if (running.size >= this.#concurrency) await unlessAborted(Promise.race(running), signal);
      }
      await unlessAborted(Promise.all(running), signal);
    } finally {
      // Tiles under way are still taken, unless the user is waiting to be let go.
      if (!signal.aborted) await Promise.allSettled([...running, next]);
      else for (const work of running) work.catch(() => undefined);
    }
  }

  async #read(plan: ScenePlan, index: number): Promise<TileImage> {
    this.#detector.prepare?.(plan.tiles[index]!, plan).catch(() => undefined);
    return readTile(this.#source, readingOf(plan, index));
  }

  async #detect(
    { threshold, firstLook }: ScenePlan,
    index: number,
    tile: TileImage,
    take: TakeTile,
    signal: AbortSignal,
  ): Promise<void> {
    const seen = await detectTile(this.#detector, tile, { threshold, firstLook, signal });
    await take(index, seen);
  }
}
