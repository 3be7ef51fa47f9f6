import type { Box, Size } from '../boxes/box.js';
import type { GlobalAttention } from '../runtime/traced-model.js';

/** How much the global token looked at each part of an image. */
export interface AttentionMap {
  /** [rows, columns], shares of the attention given to local tokens; they add up to 1. */
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** The part of the image that it covers, in pixels. May reach over the right and bottom edges. */
  readonly box: Box;
}

/** The first global token's attention to the local tokens (of batch 1), averaged over heads, scaled to a sum of 1. */
export function localShares(attention: GlobalAttention): Float32Array {
  const { data, heads, globals, rows, columns } = attention;
  const locals = rows * columns;
  const shares = new Float32Array(locals);
  for (let head = 0; head < heads; head++) {
    const first = head * globals * (globals + locals) + globals;
    for (let token = 0; token < locals; token++) shares[token]! += data[first + token]!;
  }
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/** Puts the maps of an image's tiles together; each tile's attention counts by its number of tokens. */
export class AttentionMosaic {
  readonly #view: Size;
  #rows = 0;
  #columns = 0;
  /** Side of a token in pixels of the view. */
  #cell = 0;
  #data = new Float32Array(0);

  /** @param view size of the image as the model is given it, without padding */
  constructor(view: Size) {
    this.#view = view;
  }

  /**
   * @param tile where in the view it lies; starts at a multiple of a token's side
   * @param paddedHeight the height that its tokens cover
   */
  add(tile: Box, paddedHeight: number, attention: GlobalAttention): void {
    if (this.#data.length === 0) this.#allocate(paddedHeight / attention.rows);
    const shares = localShares(attention);
    const weight = shares.length / this.#data.length;
    const top = tile.top / this.#cell;
    const left = tile.left / this.#cell;
    // Tokens wholly in the padding, if any, have no place in the map.
    const rows = Math.min(attention.rows, this.#rows - top);
    const columns = Math.min(attention.columns, this.#columns - left);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const share = shares[row * attention.columns + column]!;
        this.#data[(top + row) * this.#columns + left + column] = weight * share;
      }
    }
  }

  #allocate(cell: number): void {
    this.#cell = cell;
    this.#rows = Math.ceil(this.#view.height / cell);
    this.#columns = Math.ceil(this.#view.width / cell);
    this.#data = new Float32Array(this.#rows * this.#columns);
  }

  /**
   * The map of everything added; undefined when no tile had attention.
   * @param seen the part of the image that the view shows, in pixels of the image
   */
  finish(seen: Box): AttentionMap | undefined {
    if (this.#data.length === 0) return undefined;
    const sum = this.#data.reduce((total, share) => total + share, 0);
    const width = (this.#columns * this.#cell * seen.width) / this.#view.width;
    const height = (this.#rows * this.#cell * seen.height) / this.#view.height;
    return {
      data: this.#data.map((share) => share / sum),
      rows: this.#rows,
      columns: this.#columns,
      box: { left: seen.left, top: seen.top, width, height },
    };
  }
}
