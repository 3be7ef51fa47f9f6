import type { GeoTIFFImage } from 'geotiff';
import { pooled } from '../../base/pooled.js';
import type { Box } from '../../boxes/box.js';
import type { ByteSource } from '../raster/byte-source.js';
import type { RasterTile, Samples } from '../raster/raster-source.js';
import { interleaved, planar } from '../raster/raster-source.js';
import type { BlockTable } from './block-table.js';
import { blocksOf, readBlockTable, storedRows } from './block-table.js';
import { compressions } from './compressions.js';
import { decodeBlock } from './decode-block.js';
import { rowBytes } from './samples.js';
import type { TiffLayout } from './tiff-layout.js';

/** Blocks that lie next to each other in the file are read together, up to so many bytes. */
const mostBytesAtOnce = 2 ** 22;
const mostGap = 2 ** 12;

/** Reads under way, and blocks of each being decoded: a block is decoded in a thread of its own. */
const readsAtOnce = 4;
const blocksAtOnce = 4;

/** Rows of a block that are to be read, and where they are. */
interface Piece {
  readonly offset: number;
  /** Bytes; 0 for what was left out of the file. */
  readonly length: number;
  readonly left: number;
  readonly top: number;
  readonly rows: number;
  /** Of bands that are stored apart, which. */
  readonly band?: number;
}

/** One image of a TIFF, read in windows, its samples as they are stored. */
export class TiffImage {
  readonly layout: TiffLayout;
  readonly #image: GeoTIFFImage;
  readonly #bytes: ByteSource;
  readonly #fill: number;
  #table: Promise<BlockTable> | undefined;

  /** @param fill of blocks that are not in the file */
  constructor(image: GeoTIFFImage, layout: TiffLayout, bytes: ByteSource, fill: number) {
    this.#image = image;
    this.layout = layout;
    this.#bytes = bytes;
    this.#fill = fill;
  }

  /**
   * @param window within the image
   * @param bands indices of the bands to read, in this order
   * @throws Error when it is damaged or cut short
   */
  async read(window: Box, bands: readonly number[]): Promise<RasterTile> {
    this.#table ??= readBlockTable(this.#image, this.layout);
    // A failed request must not be remembered.
    const table = await this.#table.catch((error: unknown) => {
      this.#table = undefined;
      throw error;
    });
    const target = new Target(this.layout, window, bands);
    await pooled(grouped(this.#pieces(window, bands, table)), readsAtOnce, (group) =>
      this.#readGroup(group, target),
    );
    return target.tile();
  }

  async #readGroup(pieces: readonly Piece[], target: Target): Promise<void> {
    const start = pieces[0]!.offset;
    const end = pieces.at(-1)!.offset + pieces.at(-1)!.length;
    const bytes = await this.#bytes.read(start, end - start);
    if (bytes.length < end - start) throw new Error(`its pixels lie beyond byte ${start + bytes.length}`);
    await pooled(pieces, blocksAtOnce, async (piece) => {
      if (piece.length === 0) return target.fill(piece, this.#fill);
      const { blockWidth: columns, isPlanar, bands } = this.layout;
      const shape = { columns, rows: piece.rows, bands: isPlanar ? 1 : bands };
      const block = bytes.subarray(piece.offset - start, piece.offset - start + piece.length);
      target.put(piece, await decodeBlock(block, this.layout, shape));
    });
  }

  #pieces(window: Box, bands: readonly number[], table: BlockTable): Piece[] {
    const { layout } = this;
    const { across, down } = blocksOf(layout);
    const apart = layout.isPlanar ? [...new Set(bands)] : [undefined];
    const pieces: Piece[] = [];
    const lastRow = Math.floor((window.top + window.height - 1) / layout.blockHeight);
    const lastColumn = Math.floor((window.left + window.width - 1) / layout.blockWidth);
    for (const band of apart) {
      for (let row = Math.floor(window.top / layout.blockHeight); row <= lastRow; row++) {
        for (let column = Math.floor(window.left / layout.blockWidth); column <= lastColumn; column++) {
          const index = ((band ?? 0) * down + row) * across + column;
          const block = { offset: Number(table.offsets[index]), length: Number(table.counts[index]) };
          const place = { left: column * layout.blockWidth, top: row * layout.blockHeight, band };
          pieces.push(pieceOf(layout, window, { ...block, ...place, rows: storedRows(layout, row) }));
        }
      }
    }
    return pieces;
  }
}

/** Of a block that is not compressed, the rows that are wanted. */
function pieceOf(layout: TiffLayout, window: Box, block: Piece): Piece {
  if (layout.compression !== compressions.none || block.length === 0) return block;
  const bands = layout.isPlanar ? 1 : layout.bands;
  const bytes = rowBytes({ columns: layout.blockWidth, rows: 1, bands }, layout.bits);
  if (block.length < bytes * block.rows)
    throw new Error(`a block has ${block.length} of ${bytes * block.rows} bytes`);
  const from = Math.max(0, window.top - block.top);
  const rows = Math.min(block.rows, window.top + window.height - block.top) - from;
  return { ...block, offset: block.offset + from * bytes, length: rows * bytes, top: block.top + from, rows };
}

function grouped(pieces: readonly Piece[]): Piece[][] {
  const groups: Piece[][] = [];
  let end = Number.NaN;
  for (const piece of [...pieces].sort((a, b) => a.offset - b.offset)) {
    const group = groups.at(-1);
    const isNext = group && piece.offset >= end && piece.offset <= end + mostGap;
    if (isNext && piece.offset + piece.length - group[0]!.offset <= mostBytesAtOnce) group.push(piece);
    else groups.push([piece]);
    end = piece.offset + piece.length;
  }
  return groups;
}

/** Where blocks are put together to the window that is wanted. */
class Target {
  readonly #window: Box;
  readonly #layout: TiffLayout;
  readonly #bands: readonly number[];
  /** Interleaved, one array; of bands that are stored apart, one each. */
  readonly #samples: readonly Samples[];
  readonly #isWhole: boolean;

  constructor(layout: TiffLayout, window: Box, bands: readonly number[]) {
    this.#layout = layout;
    this.#window = window;
    this.#bands = bands;
    this.#isWhole = bands.length === layout.bands && bands.every((band, index) => band === index);
    const pixels = window.width * window.height;
    this.#samples = layout.isPlanar
      ? bands.map(() => newSamples(layout, pixels))
      : [newSamples(layout, pixels * bands.length)];
  }

  tile(): RasterTile {
    if (this.#layout.isPlanar) return planar(this.#samples, this.#window);
    return interleaved(this.#samples[0]!, this.#bands.length, this.#window);
  }

  fill(piece: Piece, value: number): void {
    const { blockWidth, bands, isPlanar } = this.#layout;
    const samples = newSamples(this.#layout, blockWidth * piece.rows * (isPlanar ? 1 : bands));
    this.put(piece, samples.fill(value));
  }

  put({ left, top, rows, band }: Piece, block: Samples): void {
    const { blockWidth, isPlanar, bands } = this.#layout;
    const window = this.#window;
    const [fromX, fromY] = [Math.max(left, window.left), Math.max(top, window.top)];
    const width = Math.min(left + blockWidth, window.left + window.width) - fromX;
    const toY = Math.min(top + rows, window.top + window.height);
    for (let y = fromY; y < toY; y++) {
      const from = (y - top) * blockWidth + fromX - left;
      const to = (y - window.top) * window.width + fromX - window.left;
      if (isPlanar) {
        for (const [slot, wanted] of this.#bands.entries())
          if (wanted === band) this.#samples[slot]!.set(block.subarray(from, from + width), to);
      } else if (this.#isWhole) {
        this.#samples[0]!.set(block.subarray(from * bands, (from + width) * bands), to * bands);
      } else this.#pick(block, from, to, width);
    }
  }

  /** Copies some bands of a row. */
  #pick(block: Samples, from: number, to: number, width: number): void {
    const samples = this.#samples[0]!;
    const stored = this.#layout.bands;
    const wanted = this.#bands.length;
    for (const [slot, band] of this.#bands.entries()) {
      let [source, target] = [from * stored + band, to * wanted + slot];
      for (let x = 0; x < width; x++, source += stored, target += wanted) samples[target] = block[source]!;
    }
  }
}

/** Room for samples, in the type that `toSamples` gives. */
export function newSamples({ bits, kind }: Pick<TiffLayout, 'bits' | 'kind'>, length: number): Samples {
  if (bits === 64) return new Float64Array(length);
  if (kind === 'float') return new Float32Array(length);
  if (bits <= 8) return kind === 'int' ? new Int8Array(length) : new Uint8Array(length);
  if (bits <= 16) return kind === 'int' ? new Int16Array(length) : new Uint16Array(length);
  return kind === 'int' ? new Int32Array(length) : new Uint32Array(length);
}
