import { z } from 'zod';
import type { LabelTask } from '../../models/label-task.js';
import { logitsOf } from '../../models/label-task.js';
import { UserError } from '../base/errors.js';
import type { Box } from '../boxes/box.js';
import { decodeRgb } from '../image/decode.js';
import type { ImageHeader } from '../image/header.js';
import { headerNotes, readHeader } from '../image/header.js';
import { defaultPixelsPerPass } from '../image/memory.js';
import type { ModelInput } from '../image/model-input.js';
import { toModelInput } from '../image/model-input.js';
import type { Preprocessing } from '../image/preprocessing.js';
import type { ImageSource } from '../image/source.js';
import { TileReader } from '../image/tile-reader.js';
import { planTiles } from '../image/tiles.js';
import type { View } from '../image/view.js';
import { viewOf } from '../image/view.js';
import type { TracedModel } from '../runtime/traced-model.js';
import type { AttentionMap } from './attention-map.js';
import { AttentionMosaic } from './attention-map.js';
import type { ImageEmbedding } from './embedding.js';
import { EmbeddingMosaic } from './embedding.js';
import type { LabelScore, TaskAnswer } from './label-scores.js';
import { answerTasks, rankBySoftmax } from './label-scores.js';

export type { LabelScore, TaskAnswer } from './label-scores.js';

/** What runs the network; a stand-in in tests. */
export type ModelRunner = Pick<TracedModel, 'run' | 'close'> & Partial<Pick<TracedModel, 'embed'>>;

/** What a classifier is made of. */
export interface ClassifierParts {
  readonly name: string;
  readonly labels: readonly string[];
  /** Of a model that answers several questions; `labels` are then those of the first. */
  readonly tasks?: readonly LabelTask[];
  /** Pixels that a model input's sides are multiples of. */
  readonly stride: number;
  readonly preprocessing: Preprocessing;
  readonly runner: ModelRunner;
}

export interface ClassifyOptions {
  /** How many labels to return, best first. Default 5. */
  readonly topK?: number;
  /** Also return where the model's global token looked. Default false. */
  readonly attention?: boolean;
  /**
   * Give the model every pixel as it is, even if its folder says that images are resized. By default the folder
   * decides.
   */
  readonly fullResolution?: boolean;
  /** Larger images are run in tiles of at most this many pixels. Default 2^24, less where memory is short. */
  readonly pixelsPerPass?: number;
  /** Larger images are refused. Default 2^30. */
  readonly pixelLimit?: number;
  /** Of the image, where it has been read and checked before; `pixelLimit` then bounds nothing. */
  readonly header?: ImageHeader;
  /** Stops the work at the next tile. */
  readonly signal?: AbortSignal;
  /** Told after each tile. */
  readonly onTile?: (done: number, total: number) => void;
}

/** As of `classify`. */
export type EmbedOptions = Omit<ClassifyOptions, 'topK' | 'attention'>;

export interface Classification {
  /** Best first. */
  readonly labels: readonly LabelScore[];
  /** The answers of a model that answers several questions; `labels` are those to the first. */
  readonly tasks?: readonly TaskAnswer[];
  /** Of the upright image, in pixels. */
  readonly width: number;
  readonly height: number;
  /** In how many parts the image was run. */
  readonly tiles: number;
  /** Wall-clock time of decoding and inference. */
  readonly seconds: number;
  readonly attention?: AttentionMap;
  /** What people should know of how the image was shown to the model, a sentence each. */
  readonly notes?: readonly string[];
}

/** An image under work. */
interface Image {
  readonly source: ImageSource;
  readonly header: ImageHeader;
  /** Absent at full resolution. */
  readonly view: View | undefined;
  readonly reader: TileReader;
}

const optionsSchema = z.object({
  topK: z.int().positive().default(5),
  pixelsPerPass: z.number().positive().optional(),
  pixelLimit: z.number().positive().optional(),
});

/** A model with its labels, ready to classify images of any size. Made by `loadModel`. */
export class ImageClassifier {
  readonly name: string;
  readonly labels: readonly string[];
  /** Pixels that a model input's sides are multiples of. */
  readonly stride: number;
  readonly #parts: ClassifierParts;

  constructor(parts: ClassifierParts) {
    this.name = parts.name;
    this.labels = parts.labels;
    this.stride = parts.stride;
    this.#parts = parts;
  }

  /**
   * Classifies an image at its full resolution: every pixel is seen.
   *
   * An image of more than `pixelsPerPass` is run tile by tile, in memory bounded by a tile and the row of tiles it is
   * decoded with. Its class scores are the mean of the tiles' logits weighted by area, which is what the linear head gives for the mean of their
   * features.
   *
   * @param source path of an image file, or its bytes
   * @throws UserError for what is no readable image or a wrong option; the signal's reason when it aborts
   */
  async classify(source: ImageSource, options: ClassifyOptions = {}): Promise<Classification> {
    const started = performance.now();
    const { topK } = checkOptions(options);
    if (this.labels.length === 0) {
      throw new UserError(
        `${this.name} is a model of features, without a classifier: use it with vil embed, or train a classifier on it with vil train.`,
        { status: 400 },
      );
    }
    const { image, tiles } = await this.#open(source, options);
    const { header } = image;
    const { logits, attention } = await this.#runTiles(image, tiles, options);
    const tasks = this.#parts.tasks && answerTasks(logits, this.#parts.tasks);
    return {
      labels: (tasks?.[0]?.labels ?? rankBySoftmax(logits, this.labels)).slice(0, topK),
      ...(tasks && { tasks }),
      width: header.width,
      height: header.height,
      tiles: tiles.length,
      seconds: (performance.now() - started) / 1000,
      attention,
      ...(header.isStretched && { notes: headerNotes(header) }),
    };
  }

  /**
   * What the model knows of an image, whatever it shows: needs no classifier. An image of more than `pixelsPerPass` is run tile
   * by tile; its vectors are the mean of the tiles', weighted by area, and its patches those of the tiles side by side.
   *
   * @throws UserError for what is no readable image or a wrong option; the signal's reason when it aborts
   */
  async embed(source: ImageSource, options: EmbedOptions = {}): Promise<ImageEmbedding> {
    const started = performance.now();
    const { runner } = this.#parts;
    const { image, tiles } = await this.#open(source, options);
    const { header, view } = image;
    const mosaic = new EmbeddingMosaic(view?.kept ?? header);
    for await (const { tile, input } of this.#inputs(image, tiles, options)) {
      const { data, height, width } = input;
      mosaic.add(tile, height, await runner.embed!({ image: data, height, width }));
    }
    const { width, height } = header;
    const seconds = (performance.now() - started) / 1000;
    return { ...mosaic.finish(), width, height, tiles: tiles.length, seconds };
  }

  async #open(
    source: ImageSource,
    options: EmbedOptions,
  ): Promise<{ readonly image: Image; readonly tiles: readonly Box[] }> {
    const { pixelLimit, pixelsPerPass } = checkOptions(options);
    const header = options.header ?? (await readHeader(source, { pixelLimit }));
    const { stride, preprocessing } = this.#parts;
    const view = options.fullResolution ? undefined : viewOf(header, preprocessing);
    const tiles = view
      ? [{ ...view.kept, left: 0, top: 0 }]
      : planTiles(header, stride, pixelsPerPass ?? defaultPixelsPerPass()).tiles;
    return { image: { source, header, view, reader: new TileReader(source, header) }, tiles };
  }

  /** The model's inputs tile by tile; one is made while the one before is run. */
  async *#inputs(image: Image, tiles: readonly Box[], options: EmbedOptions) {
    let next = this.#load(image, tiles[0]!);
    for (const [index, tile] of tiles.entries()) {
      const input = await next;
      options.signal?.throwIfAborted();
      if (index + 1 < tiles.length) next = this.#load(image, tiles[index + 1]!);
      // Should this tile fail, nobody waits for the next one any more.
      next.catch(() => undefined);
      yield { tile, input };
      options.onTile?.(index + 1, tiles.length);
    }
  }

  async #runTiles(image: Image, tiles: readonly Box[], options: ClassifyOptions) {
    const { tasks } = this.#parts;
    const logits = new Float64Array(tasks ? logitsOf(tasks) : this.labels.length);
    const area = tiles.reduce((sum, { width, height }) => sum + width * height, 0);
    const mosaic = new AttentionMosaic(image.view?.kept ?? image.header);
    for await (const { tile, input } of this.#inputs(image, tiles, options)) {
      const result = await this.#run(input, options.attention);
      const weight = (tile.width * tile.height) / area;
      for (const [label, logit] of result.logits.entries()) logits[label]! += weight * logit;
      if (result.attention) mosaic.add(tile, input.height, result.attention);
    }
    return { logits, attention: mosaic.finish(seenPart(image)) };
  }

  async #load({ source, header, view, reader }: Image, tile: Box): Promise<ModelInput> {
    const { stride, preprocessing } = this.#parts;
    const { interpolation } = preprocessing;
    const rgb = view
      ? await decodeRgb(source, { header, resize: { ...view.resized, interpolation }, keep: view.kept })
      : await reader.read(tile);
    return toModelInput(rgb, stride, preprocessing);
  }

  #run({ data, height, width }: ModelInput, attention = false) {
    return this.#parts.runner.run({ image: data, batch: 1, height, width, attention });
  }

  /** Ends the threads and frees the memory of the model. */
  close(): Promise<void> {
    return this.#parts.runner.close();
  }
}

function checkOptions({ topK, pixelLimit, pixelsPerPass }: EmbedOptions & Pick<ClassifyOptions, 'topK'>) {
  const parsed = optionsSchema.safeParse({ topK, pixelLimit, pixelsPerPass });
  if (parsed.success) return parsed.data;
  throw new UserError(`Wrong option: ${z.prettifyError(parsed.error)}`, { status: 400 });
}

/** The part of the image, in its own pixels, that the model is given. */
function seenPart({ header, view }: Image): Box {
  if (!view) return { left: 0, top: 0, width: header.width, height: header.height };
  const { resized, kept } = view;
  const [x, y] = [header.width / resized.width, header.height / resized.height];
  return { left: kept.left * x, top: kept.top * y, width: kept.width * x, height: kept.height * y };
}
