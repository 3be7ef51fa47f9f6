import { createHash } from 'node:crypto';
import { groupBy } from '../../base/group-by.js';
import type { Detections } from '../../boxes/detections.js';
import { concatDetections, noDetections } from '../../boxes/detections.js';
import type { Stretch } from '../../image/raster/scaling.js';
import { planStretch } from '../../image/raster/scaling.js';
import { areaTouches } from '../area/area.js';
import type { LookedAt } from '../detector.js';
import { fitsTile } from './fits-tile.js';
import type { GroundSize } from './ground-size.js';
import { Journal } from './journal.js';
import { LocalRunner } from './local-runner.js';
import { mergeDetections } from './merge.js';
import type { SceneTile } from './plan.js';
import { planScene } from './plan.js';
import type { SceneFrame } from './scene-frame.js';
import { frameScene } from './scene-frame.js';
import type { CheckedOptions, SceneOptions, SceneSettings } from './scene-options.js';
import { checkSceneOptions } from './scene-options.js';
import { keepOwned } from './seams.js';
import { checkSelection, selectObjects } from './selection.js';
import type { TileResult } from './tile-record.js';
import type { ScenePlan, TileRunner } from './tile-runner.js';
import { tileSizeFor } from './tile-size.js';
import type { SceneView } from './view.js';
import { coreInScene, fromTile, fromView } from './view.js';

/** What was found in a scene. */
export interface SceneResult {
  /** In pixels of the scene, best score first. */
  readonly detections: Detections;
  readonly tileSize: number;
  readonly overlap: number;
  readonly tiles: number;
  /** Tiles that were neither read nor looked at, as they lie outside of the area. */
  readonly skippedTiles: number;
  /** Tiles with nothing to see in them, which the detector was spared. */
  readonly emptyTiles: number;
  /** With a first look: windows of the tiles, and how many of them were looked at in full. */
  readonly look?: LookedAt;
  /** Tiles found finished in the journal. */
  readonly resumedTiles: number;
  /** Lines of the journal that do not count, because they are damaged or do not fit the scene. */
  readonly damagedLines: number;
  /** Objects found, before those that are not wanted were left out. */
  readonly foundObjects: number;
  /** Metres on the ground that a pixel of the scene covers, where that is known. */
  readonly groundSize?: GroundSize;
  /** What of the scene was looked at; absent where the area lies outside of it. */
  readonly view?: SceneView;
  /** Wall-clock time of this run. */
  readonly seconds: number;
}

/**
 * Finds the objects in a scene of any size, in memory bounded by its tiles.
 *
 * The scene is read in overlapping tiles, each of which goes through the detector. What a tile shows near its border is
 * left to the neighbour that sees it whole; the rest is merged. With a `stateFolder` every finished tile is on disk
 * immediately, and a run that was interrupted, for whatever reason, resumes there.
 *
 * @throws UserError for wrong options and unreadable scenes; the signal's reason when it aborts
 */
export function detectScene(options: SceneOptions): Promise<SceneResult> {
  const { source, detector, concurrency = 1 } = options;
  return runScene(options, new LocalRunner(source, detector, concurrency));
}

/** As `detectScene`, with a runner that looks at the tiles: in this process, or on other machines. */
export async function runScene(
  options: SceneSettings & Pick<SceneOptions, 'concurrency'>,
  runner: TileRunner,
): Promise<SceneResult> {
  const started = performance.now();
  const checked = checkSceneOptions(options);
  const { source, detector, onNote } = options;
  const frame = frameScene(options, checked);
  const { area, groundSize } = frame;
  const chosen = { labels: detector.labels, area, groundSize };
  checkSelection(checked.selection ?? {}, { ...chosen, name: source.name });
  for (const note of frame.notes) onNote?.(note);
  const run = await runView(options, checked, frame, runner);
  const detections = selectObjects(run.detections, checked.selection ?? {}, chosen);
  const seconds = (performance.now() - started) / 1000;
  return { ...run, detections, foundObjects: run.detections.count, groundSize, view: frame.view, seconds };
}

/** Runs the tiles of the part that is looked at, and merges what they show. */
async function runView(
  options: SceneSettings,
  checked: CheckedOptions,
  { view, area }: SceneFrame,
  runner: TileRunner,
): Promise<Omit<SceneResult, 'foundObjects' | 'groundSize' | 'view' | 'seconds'>> {
  const { source, detector, stateFolder } = options;
  if (!view) return { ...nothingSeen, overlap: checked.overlap, detections: noDetections(detector.oriented) };
  const stretch = await planStretch(source, checked.bands, options.scaling);
  const memory = checked.memoryBytes / checked.concurrency;
  const { overlap: ownOverlap } = checked;
  const tileSide = checked.tileSize ?? tileSizeFor(view.size, ownOverlap, detector, memory);
  const ownCut = { tileSize: tileSide, overlap: ownOverlap };
  const key = journalKey(options, checked, stretch, { view, area });
  const journal = stateFolder === undefined ? undefined : await Journal.open(stateFolder, key, ownCut);
  try {
    // A journal remembers how the scene was cut: on another day there may be memory for other tiles.
    const { tileSize, overlap } = journal?.header ?? ownCut;
    const all = planScene(view.size, tileSize, overlap, detector);
    const tiles = all.filter(({ core }) => !area || areaTouches(area, coreInScene(core, view)));
    const { bands, threshold, firstLook } = checked;
    const plan = { key, view, tiles, bands, stretch, threshold, firstLook };
    const run = new SceneRun(plan, journal, options);
    const resumedTiles = run.finished;
    const found = await run.finish(runner);
    const merged = mergeDetections(concatDetections(found), checked.merge);
    return {
      detections: found.length === 0 ? noDetections(detector.oriented) : fromView(merged, view),
      tileSize,
      overlap,
      tiles: tiles.length,
      skippedTiles: all.length - tiles.length,
      emptyTiles: run.empty,
      look: run.look,
      resumedTiles,
      damagedLines: run.damagedLines,
    };
  } finally {
    await journal?.close();
  }
}

/** Of a scene that the area lies outside of. */
const nothingSeen = {
  tileSize: 0,
  tiles: 0,
  skippedTiles: 0,
  emptyTiles: 0,
  resumedTiles: 0,
  damagedLines: 0,
};

/** To be raised when a new version cuts or reads a scene differently with the same settings. */
const layoutVersion = 4;

/** Stands for all that the result of a tile depends on. */
function journalKey(
  { source, detector, modelFingerprint }: SceneSettings,
  checked: CheckedOptions,
  stretch: Stretch,
  { view, area }: Pick<SceneFrame, 'view' | 'area'>,
): string {
  const { bands, tileSize, overlap, threshold, firstLook } = checked;
  const { labels, stride, oriented, grid } = detector;
  const { fingerprint, width, height } = source;
  const parts = {
    layoutVersion,
    fingerprint,
    width,
    height,
    modelFingerprint,
    labels,
    stride,
    oriented,
    grid,
  };
  // The last absent, as for journals of earlier versions, where all is looked at.
  const settings = { bands, tileSize, overlap, threshold, stretch, firstLook };
  // Absent for whole scenes as they are.
  const { size, window } = view!;
  const isPlain = !area && size.width === width && size.height === height;
  const part = isPlain ? {} : { size, window, area };
  return createHash('sha256')
    .update(JSON.stringify({ ...parts, ...settings, ...part }))
    .digest('hex')
    .slice(0, 24);
}

/**
 * Indices of tiles, those of one size after each other: a detector has a graph for each size, and no room for many large ones.
 * Within a size they stay in order.
 */
function bySize(tiles: readonly SceneTile[]): number[] {
  const groups = groupBy([...tiles.keys()], (index) => `${tiles[index]!.width} x ${tiles[index]!.height}`);
  return [...groups.values()].flat();
}

/** The tiles of a scene, finished and not. */
class SceneRun {
  readonly #plan: ScenePlan;
  readonly #journal: Journal | undefined;
  readonly #options: SceneSettings;
  readonly #found: (Detections | undefined)[];
  finished = 0;
  empty = 0;
  #windows = 0;
  #looked = 0;
  readonly damagedLines: number;

  constructor(plan: ScenePlan, journal: Journal | undefined, options: SceneSettings) {
    this.#plan = plan;
    this.#journal = journal;
    this.#options = options;
    this.#found = plan.tiles.map(() => undefined);
    let damaged = journal?.damagedLines ?? 0;
    for (const [index, { empty, look, detections }] of journal?.finished ?? []) {
      const tile = plan.tiles[index];
      if (!tile || !fitsTile(detections, tile, options.detector)) {
        damaged++;
        continue;
      }
      this.#found[index] = detections;
      this.#count(empty, look);
    }
    this.damagedLines = damaged;
  }

  /** Has the tiles run that are not finished. */
  async finish(runner: TileRunner): Promise<Detections[]> {
    const signals = [this.#options.signal, this.#journal?.lost].filter((signal) => signal !== undefined);
    const signal = AbortSignal.any(signals);
    const pending = bySize(this.#plan.tiles).filter((index) => this.#found[index] === undefined);
    this.#report();
    await runner.run(this.#plan, pending, (index, seen) => this.#take(index, seen), signal);
    return this.#found as Detections[];
  }

  async #take(index: number, { empty, look, detections }: TileResult): Promise<void> {
    const tile = this.#plan.tiles[index]!;
    const owned = keepOwned(fromTile(detections, this.#plan.view, tile), tile.core);
    await this.#journal?.add(index, { empty, look, detections: owned });
    this.#found[index] = owned;
    this.#count(empty, look);
    this.#report();
  }

  #count(empty: boolean, look: LookedAt | undefined): void {
    this.finished++;
    if (empty) this.empty++;
    this.#windows += look?.windows ?? 0;
    this.#looked += look?.looked ?? 0;
  }

  /** Of all tiles that are finished. */
  get look(): LookedAt | undefined {
    return this.#plan.firstLook === undefined ? undefined : { windows: this.#windows, looked: this.#looked };
  }

  #report(): void {
    this.#options.onProgress?.({ done: this.finished, total: this.#plan.tiles.length });
  }
}
