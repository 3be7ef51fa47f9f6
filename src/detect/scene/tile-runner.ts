import type { Box, Size } from '../../boxes/box.js';
import type { Stretch } from '../../image/raster/scaling.js';
import type { SceneTile } from './plan.js';
import type { TileReading } from './tile-image.js';
import type { TileResult } from './tile-record.js';
import type { SceneView } from './view.js';
import { sourceWindow } from './view.js';

/** What all tiles of a scene have in common, and the tiles. */
export interface ScenePlan {
  /** Stands for all that the result of a tile depends on. */
  readonly key: string;
  /** What of the scene is looked at. */
  readonly view: SceneView;
  /** In pixels of the view. */
  readonly tiles: readonly SceneTile[];
  /** One band or three. */
  readonly bands: readonly number[];
  readonly stretch: Stretch;
  readonly threshold?: number;
  /** As of `DetectOptions`. */
  readonly firstLook?: number;
}

/** What is read of the scene for a tile of a plan. */
export function readingOf({ view, tiles, bands, stretch }: ScenePlan, index: number): TileReading {
  const { width, height } = tiles[index]!;
  const window = sourceWindow(view, tiles[index]!);
  return { window, bands, stretch, size: isOwnSize(window, tiles[index]!) ? undefined : { width, height } };
}

function isOwnSize(window: Box, size: Size): boolean {
  return window.width === size.width && window.height === size.height;
}

/** Takes down what was found in a tile, in pixels of the tile; it is kept when the promise resolves. */
export type TakeTile = (tile: number, seen: TileResult) => Promise<void>;

/** Runs a detector on tiles, in this process or on other machines. */
export interface TileRunner {
  /**
   * Runs the detector on tiles, in any order.
   * @param pending indices of tiles
   * @param take told of each tile when it is done
   * @returns when all are taken
   * @throws what the first tile fails with; the signal's reason when it aborts
   */
  run(plan: ScenePlan, pending: readonly number[], take: TakeTile, signal: AbortSignal): Promise<void>;
}
