import { createHash } from 'node:crypto';
import type { RenderedTile } from '../../image/raster/render.js';
import { renderRgb } from '../../image/raster/render.js';
import type { Stretch } from '../../image/raster/scaling.js';
import { planStretch } from '../../image/raster/scaling.js';
import { unlessAborted } from '../../unless-aborted.js';
import type { Detections } from '../detections.js';
import { concatDetections, noDetections, translateDetections } from '../detections.js';
import { Journal } from './journal.js';
import { mergeDetections } from './merge.js';
import type { SceneTile } from './plan.js';
import { planScene } from './plan.js';
import type { CheckedOptions, SceneOptions } from './scene-options.js';
import { checkSceneOptions } from './scene-options.js';
import { keepOwned } from './seams.js';
import { tileSizeFor } from './tile-size.js';

/** What was found in a scene. */
export interface SceneResult {
  /** In pixels of the scene, best score first. */
  readonly detections: Detections;
  readonly tileSize: number;
  readonly overlap: number;
  readonly tiles: number;
  /** Tiles with nothing to see in them, which the detector was spared. */
  readonly emptyTiles: number;
  /** Tiles found finished in the journal. */
  readonly resumedTiles: number;
  /** Wall-clock time of this run. */
  readonly seconds: number;
}

/**
 * Finds the objects in a scene of any size, in memory bounded by its tiles.
 *
 * The scene is read in overlapping tiles; each goes through the detector; what it finds near its border is left to the
 * neighbour that sees it whole; the rest is merged. With a `stateFolder` every finished tile is on the disk at once, and
 * a run that was ended, however, goes on where it was.
 *
 * @throws UserError for wrong options and unreadable scenes; the signal's reason when it aborts
 */
export async function detectScene(options: SceneOptions): Promise<SceneResult> {
  const started = performance.now();
  const checked = checkSceneOptions(options);
  const { source, detector } = options;
  const stretch = await planStretch(source, checked.bands, options.scaling);
  const ownCut = {
    tileSize: checked.tileSize ?? tileSizeFor(checked.memoryBytes / checked.concurrency, detector.stride),
    overlap: checked.overlap,
  };
  const journal =
    options.stateFolder === undefined
      ? undefined
      : await Journal.open(options.stateFolder, journalKey(options, checked, stretch), ownCut);
  try {
    // A journal remembers how the scene was cut: on another day there may be memory for other tiles.
    const { tileSize, overlap } = journal?.header ?? ownCut;
    const tiles = planScene(source, tileSize, overlap, detector.stride);
    const run = new SceneRun(options, checked, stretch, tiles, journal);
    const resumedTiles = run.finished;
    const found = await run.finish();
    return {
      detections: mergeDetections(concatDetections(found), checked.merge),
      tileSize,
      overlap,
      tiles: tiles.length,
      emptyTiles: run.empty,
      resumedTiles,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    await journal?.close();
  }
}

/** Stands for all that the result of a tile depends on. */
function journalKey(
  { source, detector, modelFingerprint }: SceneOptions,
  checked: CheckedOptions,
  stretch: Stretch,
): string {
  const { bands, tileSize, overlap, threshold } = checked;
  const { labels, stride, oriented } = detector;
  const { fingerprint, width, height } = source;
  const parts = { fingerprint, width, height, modelFingerprint, labels, stride, oriented };
  const settings = { bands, tileSize, overlap, threshold, stretch };
  return createHash('sha256')
    .update(JSON.stringify({ ...parts, ...settings }))
    .digest('hex')
    .slice(0, 24);
}

/** The tiles of a scene on their way through the detector. */
class SceneRun {
  readonly #options: SceneOptions;
  readonly #checked: CheckedOptions;
  readonly #stretch: Stretch;
  readonly #tiles: readonly SceneTile[];
  readonly #journal: Journal | undefined;
  readonly #found: (Detections | undefined)[];
  readonly #signal: AbortSignal;
  finished = 0;
  empty = 0;

  constructor(
    options: SceneOptions,
    checked: CheckedOptions,
    stretch: Stretch,
    tiles: readonly SceneTile[],
    journal: Journal | undefined,
  ) {
    this.#options = options;
    this.#checked = checked;
    this.#stretch = stretch;
    this.#tiles = tiles;
    this.#journal = journal;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#found = tiles.map((_, index) => journal?.finished.get(index)?.detections);
    this.finished = this.#found.filter((found) => found !== undefined).length;
    for (const result of journal?.finished.values() ?? []) if (result.empty) this.empty++;
  }

  /** Runs the tiles that are not finished; the next one is read while others are in the detector. */
  async finish(): Promise<Detections[]> {
    const pending = this.#tiles.flatMap((_, index) => (this.#found[index] ? [] : [index]));
    const running = new Set<Promise<void>>();
    this.#report();
    let next = pending.length > 0 ? this.#read(pending[0]!) : undefined;
    try {
      for (const [position, index] of pending.entries()) {
        const tile = await unlessAborted(next!, this.#signal);
        next = position + 1 < pending.length ? this.#read(pending[position + 1]!) : undefined;
        // Should a tile fail, nobody waits for the next one any more.
        next?.catch(() => undefined);
        const work = this.#run(index, tile).finally(() => running.delete(work));
        running.add(work);
        if (running.size >= this.#checked.concurrency)
          await unlessAborted(Promise.race(running), this.#signal);
      }
      await unlessAborted(Promise.all(running), this.#signal);
    } finally {
      // Tiles under way still reach the journal, unless the user is waiting to be let go.
      if (!this.#signal.aborted) await Promise.allSettled([...running, next]);
      else for (const work of running) work.catch(() => undefined);
    }
    return this.#found as Detections[];
  }

  async #read(index: number): Promise<RenderedTile> {
    const { source } = this.#options;
    const tile = await source.read(this.#tiles[index]!, { bands: this.#checked.bands });
    return renderRgb(tile, this.#stretch, source.nodata);
  }

  async #run(index: number, tile: RenderedTile): Promise<void> {
    const { detector } = this.#options;
    const { threshold } = this.#checked;
    const { left, top, core } = this.#tiles[index]!;
    const seen = tile.isEmpty
      ? noDetections(detector.oriented)
      : await detector.detect(tile, { threshold, signal: this.#signal });
    const owned = keepOwned(translateDetections(seen, left, top), core);
    await this.#journal?.add(index, { empty: tile.isEmpty, detections: owned });
    this.#found[index] = owned;
    this.finished++;
    if (tile.isEmpty) this.empty++;
    this.#report();
  }

  #report(): void {
    this.#options.onProgress?.({ done: this.finished, total: this.#tiles.length });
  }
}
