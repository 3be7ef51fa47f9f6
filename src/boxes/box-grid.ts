/** Cells for each box that is expected: about one box in every few cells. */
const cellsPerBox = 4;

/** Bounds that boxes lie in, and how large and how many they are. */
export interface GridExtent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Pixels of a box from side to side on average; cells are as large, or larger if there were too many of them. */
  readonly side: number;
  readonly count: number;
}

/**
 * Finds boxes by place: cells of a grid, each with a list of the boxes that reach into it, in a few typed arrays.
 *
 * The lists are read in place, as the innermost loop of suppression has no time for calls: `first[cell]` is the cell's first
 * entry or -1, `box[entry]` the box of an entry, `next[entry]` the entry after it or -1.
 */
export class BoxGrid {
  readonly columns: number;
  readonly rows: number;
  readonly first: Int32Array;
  box: Int32Array;
  next: Int32Array;
  #entries = 0;
  readonly #left: number;
  readonly #top: number;
  readonly #scale: number;

  constructor({ left, top, right, bottom, side, count }: GridExtent) {
    // Below zero if all boxes are turned inside out.
    const [width, height] = [Math.max(0, right - left), Math.max(0, bottom - top)];
    // Large enough that there are not more cells than are worth their memory, whatever the boxes.
    const fewest = Math.max(width, height) / (cellsPerBox * count);
    const usual = Math.sqrt((width * height) / (cellsPerBox * count));
    const cell = Math.max(side, fewest, usual, Number.MIN_VALUE);
    const along = (length: number) => Math.floor(length / cell) + 1 || 1;
    [this.columns, this.rows] = [along(width), along(height)];
    this.first = new Int32Array(this.columns * this.rows).fill(-1);
    this.box = new Int32Array(2 * count);
    this.next = new Int32Array(2 * count);
    [this.#left, this.#top, this.#scale] = [left, top, 1 / cell];
  }

  /** The column of cells that a place lies in; the nearest one for places outside. */
  column(x: number): number {
    return clamp((x - this.#left) * this.#scale, this.columns);
  }

  row(y: number): number {
    return clamp((y - this.#top) * this.#scale, this.rows);
  }

  /** Adds a box to all cells that its bounds reach into. */
  insert(box: number, x0: number, y0: number, x1: number, y1: number): void {
    const [firstColumn, lastColumn] = [this.column(x0), this.column(x1)];
    const lastRow = this.row(y1);
    for (let row = this.row(y0); row <= lastRow; row++) {
      for (let column = firstColumn; column <= lastColumn; column++) {
        const cell = row * this.columns + column;
        const entry = this.#entries++;
        if (entry === this.box.length) this.#grow();
        this.box[entry] = box;
        this.next[entry] = this.first[cell]!;
        this.first[cell] = entry;
      }
    }
  }

  #grow(): void {
    this.box = grown(this.box);
    this.next = grown(this.next);
  }
}

function clamp(at: number, count: number): number {
  // Also what is not a number lies in the first cell.
  return at >= count ? count - 1 : at > 0 ? Math.floor(at) : 0;
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
