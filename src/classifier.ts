import { z } from 'zod';
import type { AttentionMap, TokenAttention } from './attention-map.js';
import { AttentionMosaic } from './attention-map.js';
import { UserError } from './errors.js';
import type { Box, Size } from './image/box.js';
import type { Interpolation } from './image/decode.js';
import { decodeRgb } from './image/decode.js';
import type { ImageHeader } from './image/header.js';
import { readHeader } from './image/header.js';
import { defaultPixelsPerPass } from './image/memory.js';
import type { ModelInput, Normalisation } from './image/model-input.js';
import { toModelInput } from './image/model-input.js';
import type { ImageSource } from './image/source.js';
import type { TileGrid } from './image/tiles.js';
import { planTiles } from './image/tiles.js';

/** What runs the network: `TracedModel`, or a stand-in in tests. */
export interface InferenceEngine {
  run(request: {
    /** [batch, 3, height, width], normalised. */
    image: Float32Array;
    batch: number;
    height: number;
    width: number;
    attention?: boolean;
  }): Promise<{ logits: Float32Array; attention?: TokenAttention | undefined }>;
  close(): Promise<void>;
}

/** What a classifier is made of. */
export interface ClassifierParts {
  readonly name: string;
  readonly labels: readonly string[];
  /** Pixels that a model input's sides are multiples of. */
  readonly stride: number;
  readonly normalisation: Normalisation;
  /** For models that are not meant for full resolution: the size that pictures are brought to. */
  readonly inputSize?: Size & { readonly interpolation: Interpolation };
  readonly engine: InferenceEngine;
}

export interface ClassifyOptions {
  /** How many labels to return, best first. Default 5. */
  readonly topK?: number;
  /** Also return where the model's global token looked. Default false. */
  readonly attention?: boolean;
  /** Larger pictures are run in tiles of at most this many pixels. Default 2^24, less where memory is short. */
  readonly pixelsPerPass?: number;
  /** Larger pictures are refused. Default 2^30. */
  readonly pixelLimit?: number;
  /** Stops the work at the next tile. */
  readonly signal?: AbortSignal;
  /** Told after each tile. */
  readonly onTile?: (done: number, total: number) => void;
}

export interface LabelScore {
  readonly label: string;
  /** Probability, 0 to 1; those of all the model's labels add up to 1. */
  readonly score: number;
}

export interface Classification {
  /** Best first. */
  readonly labels: readonly LabelScore[];
  /** Of the upright picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** In how many parts the picture was run. */
  readonly tiles: number;
  /** Wall-clock time of decoding and inference. */
  readonly seconds: number;
  readonly attention?: AttentionMap;
}

const optionsSchema = z.object({
  topK: z.int().positive().default(5),
  pixelsPerPass: z.number().positive().optional(),
  pixelLimit: z.number().positive().optional(),
});

/** A model with its labels, ready to classify pictures of any size. Made by `loadModel`. */
export class ImageClassifier {
  readonly name: string;
  readonly labels: readonly string[];
  readonly #parts: ClassifierParts;

  constructor(parts: ClassifierParts) {
    this.name = parts.name;
    this.labels = parts.labels;
    this.#parts = parts;
  }

  /**
   * Classifies a picture at its full resolution: every pixel is seen.
   *
   * A picture of more than `pixelsPerPass` is read and run tile by tile, in memory bounded by a tile. Its class scores
   * are the mean of the tiles' logits weighted by area, which is what the linear head gives for the mean of their
   * features.
   *
   * @param source path of an image file, or its bytes
   * @throws UserError for what is no readable image or a wrong option; the signal's reason when it aborts
   */
  async classify(source: ImageSource, options: ClassifyOptions = {}): Promise<Classification> {
    const started = performance.now();
    const { topK, pixelLimit, pixelsPerPass } = checkOptions(options);
    const header = await readHeader(source, { pixelLimit });
    const { stride, inputSize } = this.#parts;
    const grid = inputSize
      ? wholePicture(header)
      : planTiles(header, stride, pixelsPerPass ?? defaultPixelsPerPass());
    const { logits, attention } = await this.#runTiles(source, header, grid, options);
    return {
      labels: bestLabels(logits, this.labels, topK),
      width: header.width,
      height: header.height,
      tiles: grid.tiles.length,
      seconds: (performance.now() - started) / 1000,
      attention,
    };
  }

  async #runTiles(source: ImageSource, header: ImageHeader, { tiles }: TileGrid, options: ClassifyOptions) {
    const logits = new Float64Array(this.labels.length);
    const mosaic = new AttentionMosaic(this.#parts.inputSize ?? header);
    let next = this.#load(source, header, tiles[0]!);
    for (const [index, tile] of tiles.entries()) {
      const input = await next;
      options.signal?.throwIfAborted();
      if (index + 1 < tiles.length) next = this.#load(source, header, tiles[index + 1]!);
      // Should this tile fail, nobody waits for the next one any more.
      next.catch(() => undefined);
      const result = await this.#run(input, options.attention);
      const weight = (tile.width * tile.height) / (header.width * header.height);
      for (const [label, logit] of result.logits.entries()) logits[label]! += weight * logit;
      if (result.attention) mosaic.add(tile, input.height, result.attention);
      options.onTile?.(index + 1, tiles.length);
    }
    return { logits, attention: mosaic.finish(header) };
  }

  async #load(source: ImageSource, header: ImageHeader, tile: Box): Promise<ModelInput> {
    const { inputSize, stride, normalisation } = this.#parts;
    const isWhole = tile.width === header.width && tile.height === header.height;
    const rgb = await decodeRgb(source, { header, box: isWhole ? undefined : tile, resize: inputSize });
    return toModelInput(rgb, stride, normalisation);
  }

  #run({ data, height, width }: ModelInput, attention = false) {
    return this.#parts.engine.run({ image: data, batch: 1, height, width, attention });
  }

  /** Ends the threads and frees the memory of the model. */
  close(): Promise<void> {
    return this.#parts.engine.close();
  }
}

function checkOptions({ topK, pixelLimit, pixelsPerPass }: ClassifyOptions) {
  const parsed = optionsSchema.safeParse({ topK, pixelLimit, pixelsPerPass });
  if (parsed.success) return parsed.data;
  throw new UserError(`Wrong option: ${z.prettifyError(parsed.error)}`, { status: 400 });
}

function wholePicture({ width, height }: Size): TileGrid {
  return { rows: 1, columns: 1, tiles: [{ left: 0, top: 0, width, height }] };
}

/** Softmax, then the best labels in order; equal scores keep the model's order of labels. */
function bestLabels(logits: Float64Array, labels: readonly string[], topK: number): LabelScore[] {
  const highest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return labels
    .map((label, index) => ({ label, score: powers[index]! / sum }))
    .sort((a, b) => b.score - a.score)
    .slice(0, topK);
}
