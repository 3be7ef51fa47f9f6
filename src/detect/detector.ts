import type { BoxEdges } from '../boxes/annotations.js';
import type { Size } from '../boxes/box.js';
import type { Detections } from '../boxes/detections.js';

/** A piece of an image: RGB interleaved, 8 bits. */
export interface DetectorTile {
  /** [height, width, 3] */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface DetectOptions {
  /** Objects with a lower score are left out. The detector has its own default. */
  readonly threshold?: number;
  /** Whether the tile's memory is the detector's from now on: it need not copy it then. Default false. */
  readonly isGiven?: boolean;
  /**
   * Score of the first look from which a place is looked at in full, 0 to 1; the rest of the tile is not looked at. Absent:
   * all of it is. For detectors that have one, see `DetectorTraits.firstLook`.
   */
  readonly firstLook?: number;
  /** Whether objects are wanted in a part of the tile, in its pixels; with a first look, other parts are left out. */
  readonly isWanted?: (part: BoxEdges) => boolean;
  /** Told how much of the tile was looked at in full. */
  readonly onLook?: (look: LookedAt) => void;
  readonly signal?: AbortSignal;
}

/** Windows of attention that an image consists of, and how many of them were computed. */
export interface LookedAt {
  readonly windows: number;
  readonly looked: number;
}

/** What is known of a detector before it runs. */
export interface DetectorTraits {
  /** Names of the classes, in the order of their indices. */
  readonly labels: readonly string[];
  /** Pixels that the sides of its input are multiples of; it pads others itself. */
  readonly stride: number;
  /** Whether its boxes are turned. */
  readonly oriented: boolean;
  /**
   * Pixels after which its inner layout (windows of attention, positions) repeats, a multiple of `stride`: what it sees
   * at the same place on this grid, it sees alike. Default `stride`.
   */
  readonly grid?: number;
  /** Metres on the ground that a pixel covers of the images it learned from, where it learned from one resolution. */
  readonly gsd?: number;
  /** Score from which on something counts as found, unless the caller says otherwise. 0 to 1; default 0.3. */
  readonly threshold?: number;
  /** Bytes that a pass over a square of that many pixels a side takes at most, beside its weights. */
  readonly passBytes?: (side: number) => number;
  /** The score from which its first look has a place looked at in full, where it has one. */
  readonly firstLook?: number;
}

/** A network that finds objects in one piece of an image at a time. */
export interface Detector extends DetectorTraits {
  /**
   * Finds the objects in a tile.
   * @returns boxes in pixels of the tile, duplicates suppressed
   */
  detect(tile: DetectorTile, options?: DetectOptions): Promise<Detections>;
  /**
   * Makes ready for tiles of a size, which the first of them need not wait for then. What fails here fails again in `detect`,
   * which says so.
   */
  prepare?(size: Size, options?: Pick<DetectOptions, 'firstLook'>): Promise<void>;
  close(): Promise<void>;
}
