import type { RasterSource } from '../../image/raster/raster-source.js';
import type { RenderedTile } from '../../image/raster/render.js';
import { renderRgb } from '../../image/raster/render.js';
import { unlessAborted } from '../../unless-aborted.js';
import type { Detections } from '../detections.js';
import { noDetections, withinTile } from '../detections.js';
import type { DetectOptions, Detector } from '../detector.js';
import type { ScenePlan, TakeTile, TileRunner } from './tile-runner.js';

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

  async #read({ tiles, bands, stretch }: ScenePlan, index: number): Promise<RenderedTile> {
    const tile = await this.#source.read(tiles[index]!, { bands });
    const rendered = renderRgb(tile, stretch, this.#source.nodata);
    // The graph for another size is made while the tile before is looked at.
    if (!rendered.isEmpty) this.#detector.prepare?.(rendered).catch(() => undefined);
    return rendered;
  }

  async #detect(
    { threshold }: ScenePlan,
    index: number,
    tile: RenderedTile,
    take: TakeTile,
    signal: AbortSignal,
  ): Promise<void> {
    const detections = await detectRendered(this.#detector, tile, { threshold, signal });
    await take(index, { empty: tile.isEmpty, detections });
  }
}

/** What a detector finds in a tile; it is spared tiles with nothing to see in them. */
export async function detectRendered(
  detector: Detector,
  tile: RenderedTile,
  options: DetectOptions,
): Promise<Detections> {
  if (tile.isEmpty) return noDetections(detector.oriented);
  return withinTile(await detector.detect(tile, options), tile);
}
