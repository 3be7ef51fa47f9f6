import type { WindowLayout } from '../../../models/listed-windows/layout.js';
import type { RgbImage } from '../../image/decode.js';
import type { Feeds } from '../../tensor/plain-tensor.js';
import type { WindowGrid } from './window-grid.js';

/** Added to a logit, it leaves nothing of the key. */
const NOT_THERE = -1e9;

/** A window and those around it. */
const steps = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => [down, right] as const));

/** Where windows of an image are in a list of them. */
class Places {
  readonly #grid: WindowGrid;
  readonly #slots: Int32Array;

  constructor(grid: WindowGrid, windows: Int32Array) {
    this.#grid = grid;
    this.#slots = new Int32Array(grid.rows * grid.columns).fill(-1);
    for (const [slot, window] of windows.entries()) this.#slots[window] = slot;
  }

  /** Place in the list of the windows around one, itself included, in the order of `steps`; -1 for those that are not. */
  around(window: number): number[] {
    const { rows, columns } = this.#grid;
    const [row, column] = [Math.floor(window / columns), window % columns];
    return steps.map(([down, right]) => {
      const [y, x] = [row + down, column + right];
      return y < 0 || y >= rows || x < 0 || x >= columns ? -1 : this.#slots[y * columns + x]!;
    });
  }
}

/**
 * What the graph of `traceListedWindows` is fed.
 *
 * @param image sides multiples of the layout's patch
 * @param windows numbers of the windows to look at, in the order of the grid
 * @param stands for how many windows each of them stands where the global tokens look at them; 1 by default
 */
export function windowFeeds(
  layout: WindowLayout,
  image: RgbImage,
  grid: WindowGrid,
  windows: Int32Array,
  stands?: Float32Array,
): Feeds {
  const places = new Places(grid, windows);
  const inside = insideTokens(layout, image, grid, windows);
  const around = Array.from(windows, (window) => places.around(window));
  const taps = layout.levels.map(({ side, stride }, level): [string, Feeds[string]] => {
    const cells = { side, rows: image.height / stride, columns: image.width / stride };
    return [`taps${level}`, cellTaps(cells, grid, windows, around)];
  });
  return {
    pixels: windowPixels(layout, image, grid, windows),
    positions: tokenPositions(layout, grid, windows),
    ...tokenKeys(layout, around, inside),
    weights: tokenWeights(inside, windows.length, stands),
    ...Object.fromEntries(taps),
  };
}

/** The pixels of each window, zeros outside of the image. */
function windowPixels(
  { pixels: side }: WindowLayout,
  { data, width, height }: RgbImage,
  { columns }: WindowGrid,
  windows: Int32Array,
): Feeds[string] {
  const cut = new Uint8Array(windows.length * side * side * 3);
  for (const [slot, window] of windows.entries()) {
    const [top, left] = [Math.floor(window / columns) * side, (window % columns) * side];
    const length = 3 * Math.min(side, width - left);
    for (let y = 0; y < Math.min(side, height - top); y++) {
      const from = 3 * ((top + y) * width + left);
      cut.set(data.subarray(from, from + length), 3 * side * (slot * side + y));
    }
  }
  return { data: cut, shape: [windows.length, side, side, 3] };
}

/** Whether each token of each window lies in the image, [windows, tokens]. */
function insideTokens(
  { tokens: side, plan: { patch } }: WindowLayout,
  { width, height }: RgbImage,
  { columns }: WindowGrid,
  windows: Int32Array,
): Uint8Array {
  const inside = new Uint8Array(windows.length * side * side);
  let at = 0;
  for (const window of windows) {
    const rows = height / patch - Math.floor(window / columns) * side;
    const across = width / patch - (window % columns) * side;
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++) inside[at++] = y < rows && x < across ? 1 : 0;
  }
  return inside;
}

/** Rows of the table of positions, which repeats over the image. */
function tokenPositions(
  { tokens: side, plan: { tableGrid } }: WindowLayout,
  { columns }: WindowGrid,
  windows: Int32Array,
): Feeds[string] {
  const data = new Int32Array(windows.length * side * side);
  let at = 0;
  for (const window of windows) {
    const [top, left] = [Math.floor(window / columns) * side, (window % columns) * side];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        data[at++] = ((top + y) % tableGrid[0]) * tableGrid[1] + ((left + x) % tableGrid[1]);
      }
    }
  }
  return { data, shape: [windows.length, side * side] };
}

function tokenKeys(
  { tokens: side, plan: { globals } }: WindowLayout,
  around: readonly (readonly number[])[],
  inside: Uint8Array,
): Record<'keys' | 'visible', Feeds[string]> {
  const tokens = side * side;
  const length = globals + steps.length * tokens;
  const keys = new Int32Array(around.length * length);
  const visible = new Float32Array(around.length * length);
  let at = 0;
  for (const neighbours of around) {
    for (let token = 0; token < globals; token++) keys[at++] = token;
    for (const slot of neighbours) {
      for (let token = 0; token < tokens; token++, at++) {
        const isThere = slot >= 0 && inside[slot * tokens + token] === 1;
        keys[at] = isThere ? globals + slot * tokens + token : 0;
        visible[at] = isThere ? 0 : NOT_THERE;
      }
    }
  }
  const shape = [around.length, length];
  return { keys: { data: keys, shape }, visible: { data: visible, shape } };
}

function tokenWeights(inside: Uint8Array, count: number, stands?: Float32Array): Feeds[string] {
  const tokens = inside.length / count;
  const data = Float32Array.from(inside, (isInside, at) =>
    isInside ? Math.log(stands?.[Math.floor(at / tokens)] ?? 1) : NOT_THERE,
  );
  return { data, shape: [count, tokens] };
}

/** Cells that each cell's 3 x 3 convolution reads. */
function cellTaps(
  { side, rows, columns }: { readonly side: number; readonly rows: number; readonly columns: number },
  grid: WindowGrid,
  windows: Int32Array,
  around: readonly (readonly number[])[],
): Feeds[string] {
  const cells = side * side;
  const nothing = windows.length * cells;
  const data = new Int32Array(windows.length * cells * 9);
  let at = 0;
  for (const [slot, window] of windows.entries()) {
    const [top, left] = [Math.floor(window / grid.columns) * side, (window % grid.columns) * side];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        for (const [down, right] of steps) {
          const [toY, toX] = [y + down, x + right];
          const isInside = top + toY < rows && left + toX < columns;
          const step = 3 * (Math.floor(toY / side) + 1) + Math.floor(toX / side) + 1;
          const place = around[slot]![step]!;
          const cell = ((toY + side) % side) * side + ((toX + side) % side);
          data[at++] = isInside && place >= 0 ? place * cells + cell : nothing;
        }
      }
    }
  }
  return { data, shape: [windows.length, cells * 9] };
}
