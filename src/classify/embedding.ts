import type { Box, Size } from '../boxes/box.js';
import type { EmbeddingResult } from '../runtime/traced-model.js';

/** The tokens of an image's patches. */
export interface PatchGrid {
  /** [rows, columns, width] */
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly width: number;
  /** Side of a patch in pixels of the image as the model sees it. */
  readonly cell: number;
}

/** What a model knows of an image, without a classifier: vectors that are near each other for images that are alike. */
export interface ImageEmbedding {
  /** What the model's classifier sees, or would see. */
  readonly features: Float32Array;
  /** Absent where the model has no class token. */
  readonly classToken?: Float32Array;
  /** Mean of the tokens of patches. */
  readonly mean: Float32Array;
  readonly patches: PatchGrid;
  /** Of the upright image, in pixels. */
  readonly width: number;
  readonly height: number;
  /** In how many parts the image was run. */
  readonly tiles: number;
  /** Wall-clock time of decoding and inference. */
  readonly seconds: number;
}

type Vectors = Pick<ImageEmbedding, 'features' | 'classToken' | 'mean' | 'patches'>;

/** Puts the embeddings of an image's tiles together: vectors by their mean, weighted by area; patches side by side. */
export class EmbeddingMosaic {
  readonly #view: Size;
  #weight = 0;
  readonly #sums = new Map<'features' | 'classToken' | 'mean', Float64Array>();
  #patches: PatchGrid | undefined;

  /** @param view size of the image as the model is given it, without padding */
  constructor(view: Size) {
    this.#view = view;
  }

  /**
   * @param tile where in the view it lies; starts at a multiple of a patch's side
   * @param paddedHeight the height that its patches cover
   */
  add(tile: Box, paddedHeight: number, result: EmbeddingResult): void {
    const weight = tile.width * tile.height;
    this.#weight += weight;
    for (const name of ['features', 'classToken', 'mean'] as const) {
      const vector = result[name];
      if (!vector) continue;
      const sum = this.#sums.get(name) ?? new Float64Array(vector.length);
      for (const [index, value] of vector.entries()) sum[index]! += weight * value;
      this.#sums.set(name, sum);
    }
    this.#place(tile, paddedHeight, result.patches);
  }

  #place(tile: Box, paddedHeight: number, part: EmbeddingResult['patches']): void {
    const cell = paddedHeight / part.rows;
    this.#patches ??= this.#allocate(cell, part.width);
    const { rows, columns, width, data } = this.#patches;
    const [top, left] = [tile.top / cell, tile.left / cell];
    const count = Math.min(part.columns, columns - left) * width;
    for (let row = 0; row < Math.min(part.rows, rows - top); row++) {
      const from = row * part.columns * width;
      data.set(part.data.subarray(from, from + count), ((top + row) * columns + left) * width);
    }
  }

  #allocate(cell: number, width: number): PatchGrid {
    const [rows, columns] = [Math.ceil(this.#view.height / cell), Math.ceil(this.#view.width / cell)];
    return { data: new Float32Array(rows * columns * width), rows, columns, width, cell };
  }

  finish(): Vectors {
    const mean = (name: 'features' | 'classToken' | 'mean') => {
      const sum = this.#sums.get(name);
      return sum && Float32Array.from(sum, (value) => value / this.#weight);
    };
    return {
      features: mean('features')!,
      classToken: mean('classToken'),
      mean: mean('mean')!,
      patches: this.#patches!,
    };
  }
}
