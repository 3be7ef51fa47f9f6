/** A square grey image, 8 bits. */
export interface Canvas {
  /** Height and width in pixels. */
  readonly side: number;
  /** [side, side], row-major. */
  readonly pixels: Uint8Array;
}

/** Where a square patch lies on a canvas, in pixels. */
export interface Place {
  readonly top: number;
  readonly left: number;
}

export function blankCanvas(side: number): Canvas {
  return { side, pixels: new Uint8Array(side * side) };
}

/** Replaces what is under a square patch, its blank pixels included. The patch must lie on the canvas. */
export function paste({ side, pixels }: Canvas, patch: Uint8Array, { top, left }: Place): void {
  const patchSide = Math.sqrt(patch.length);
  for (let row = 0; row < patchSide; row++) {
    pixels.set(patch.subarray(row * patchSide, (row + 1) * patchSide), (top + row) * side + left);
  }
}

/** Adds a square patch to what is under it; sums end at 255. */
export function add({ side, pixels }: Canvas, patch: Uint8Array, { top, left }: Place): void {
  const patchSide = Math.sqrt(patch.length);
  for (let row = 0; row < patchSide; row++) {
    for (let column = 0; column < patchSide; column++) {
      const at = (top + row) * side + left + column;
      pixels[at] = Math.min(255, pixels[at]! + patch[row * patchSide + column]!);
    }
  }
}
