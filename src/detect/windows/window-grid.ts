import type { Size } from '../../boxes/box.js';

/** The windows that a detector's attention cuts an image into, row by row; the last ones may reach beyond it. */
export interface WindowGrid {
  readonly rows: number;
  readonly columns: number;
  /** Side of a window in pixels. */
  readonly side: number;
}

/** @param side of a window in pixels */
export function windowGrid({ width, height }: Size, side: number): WindowGrid {
  return { rows: Math.ceil(height / side), columns: Math.ceil(width / side), side };
}

/** Numbers of the windows that are marked. */
export function listedIn(mask: Uint8Array): Int32Array {
  return Int32Array.from(mask.keys()).filter((index) => mask[index] !== 0);
}
