import type { Affine } from './affine.js';

/** Where an image lies on Earth. */
export interface Georeference {
  /**
   * From pixels to coordinates of the reference system, x east or longitude, y north or latitude. (0, 0) is the outer
   * corner of the first pixel, (0.5, 0.5) its centre.
   */
  readonly transform: Affine;
  /** Code of the reference system; absent where the file describes one of its own. */
  readonly epsg?: number;
  /** What the file calls its reference system. */
  readonly citation?: string;
}
