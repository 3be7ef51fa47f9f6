import type { DetectorModel } from '../../models/detector.js';
import { detectorModel } from '../../models/detector.js';
import { UserError } from '../base/errors.js';
import type { Size } from '../boxes/box.js';
import type { Detections } from '../boxes/detections.js';
import { scaleDetections } from '../boxes/detections.js';
import type { ModelFolder } from '../checkpoint/model-folder.js';
import type { RgbImage } from '../image/decode.js';
import { mirrorPadded, paddedSize } from '../image/mirror-padded.js';
import type { Preprocessing } from '../image/preprocessing.js';
import { stretched } from '../image/stretch.js';
import type { ExternalLocation } from '../onnx/model.js';
import type { GraphOptions } from '../runtime/graph-sessions.js';
import { GraphSessions } from '../runtime/graph-sessions.js';
import { graphTarget } from '../runtime/session/device.js';
import type { Session } from '../runtime/session/session.js';
import { shareWeights } from '../runtime/shared-weights.js';
import type { CellOutputs } from './decode-detections.js';
import type { DetectOptions, Detector, DetectorTile } from './detector.js';
import { detectorConfigOf, detectorTraits } from './detector-traits.js';
import { objectsOfCells } from './objects-of-cells.js';
import { traceDetector } from './trace-detector.js';
import type { SelectiveOptions } from './windows/selective-detector.js';
import { SelectiveDetector } from './windows/selective-detector.js';

export interface TracedDetectorOptions extends GraphOptions {
  /** A session without a model for the first graph, whose thread has been started before. */
  readonly session?: Session;
}

/**
 * Sessions kept, as tiles of a scene are of few sizes, and the bytes that passes of all of them take by `passBytes`: ONNX Runtime
 * holds the memory of a pass until its session is closed.
 */
const CACHE = { entries: 4, size: 2.5e9 };

/** A detector in ONNX Runtime: one graph for each size of tile, decoding included; duplicates are suppressed here. */
export class TracedDetector implements Detector {
  readonly labels: readonly string[];
  readonly stride: number;
  readonly oriented: boolean;
  readonly grid?: number;
  readonly gsd?: number;
  readonly threshold: number;
  readonly passBytes?: (side: number) => number;
  readonly firstLook?: number;
  readonly #model: DetectorModel;
  readonly #preprocessing: Preprocessing;
  readonly #options: TracedDetectorOptions;
  readonly #sessions: GraphSessions<undefined>;
  readonly #selective?: SelectiveDetector;

  private constructor(folder: ModelFolder, model: DetectorModel, options: TracedDetectorOptions) {
    const { labels, stride, oriented, grid, gsd, threshold, passBytes, firstLook } = detectorTraits(folder);
    this.labels = labels;
    this.stride = stride;
    this.oriented = oriented;
    this.grid = grid;
    this.gsd = gsd;
    this.threshold = threshold;
    this.passBytes = passBytes;
    this.firstLook = firstLook;
    this.#model = model;
    this.#preprocessing = folder.preprocessing;
    this.#options = options;
    const { session, ...graphOptions } = options;
    const weights = shareWeights(model, folder.weights);
    this.#sessions = new GraphSessions('the detector', weights, CACHE, graphOptions, session);
    if (folder.firstLook) this.#selective = new SelectiveDetector(folder, model, weights, graphOptions);
  }

  /** @throws UserError when the folder holds a model of another kind */
  static async open(folder: ModelFolder, options: TracedDetectorOptions = {}): Promise<TracedDetector> {
    const config = detectorConfigOf(folder);
    if (folder.preprocessing.resize.mode === 'crop') {
      throw new UserError(
        `${folder.path} would cut the middle out of an image: a detector has to see all of it. ` +
          'Set preprocessing.resize.mode to none or stretch in its config.json.',
      );
    }
    return new TracedDetector(folder, detectorModel(config), options);
  }

  /**
   * Finds the objects in a tile. Tiles whose sides are not multiples of `stride` are continued by their mirror image;
   * what is found there is dropped, and boxes end at the tile's borders. A model whose preprocessing says so is shown the
   * tile stretched to one size; its boxes are in the tile's pixels all the same.
   * @param options threshold by default the model's own
   */
  async detect(tile: DetectorTile, options: DetectOptions = {}): Promise<Detections> {
    this.#sessions.checkOpen();
    const { threshold = this.threshold, isGiven = false, signal } = options;
    signal?.throwIfAborted();
    const { width, height } = this.#seenSize(tile);
    const seen = await stretched(tile, width, height, this.#preprocessing.interpolation);
    const padded = mirrorPadded(seen, this.stride);
    // What was padded here is given away too.
    const isOwn = padded !== seen || (isGiven && seen.data === tile.data);
    const part =
      options.firstLook === undefined
        ? undefined
        : await this.#look(padded, { ...options, threshold, firstLook: options.firstLook });
    const cells = part ?? (await this.#run(padded, isOwn ? [padded.data.buffer as ArrayBuffer] : []));
    signal?.throwIfAborted();
    const { suppression } = this.#model.config;
    const found = objectsOfCells(cells, { threshold, oriented: this.oriented, suppression, within: seen });
    return scaleDetections(found, tile.width / seen.width, tile.height / seen.height);
  }

  /** Opens the sessions for tiles of a size. */
  async prepare(size: Size, { firstLook }: Pick<DetectOptions, 'firstLook'> = {}): Promise<void> {
    const padded = paddedSize(this.#seenSize(size), this.stride);
    if (firstLook === undefined) await this.#use(padded, async () => undefined);
    else await this.#selective?.prepare(padded);
  }

  /** What the windows show that a first look cannot exclude; undefined where it excludes none of them. */
  #look(image: RgbImage, options: SelectiveOptions): Promise<CellOutputs | undefined> {
    if (this.#selective) return this.#selective.detect(image, options);
    throw new UserError('This detector has no first look: leave the option out.', { status: 400 });
  }

  /** The size that the model is shown a tile at. */
  #seenSize({ width, height }: Size): Size {
    const { resize, imageSize } = this.#preprocessing;
    return resize.mode === 'none' ? { width, height } : { width: imageSize[1], height: imageSize[0] };
  }

  async #run({ data, height, width }: RgbImage, transfer: readonly ArrayBuffer[]): Promise<CellOutputs> {
    const { boxes, scores, classes } = await this.#use({ width, height }, (session) =>
      session.run({ pixels: { data, shape: [1, height, width, 3] } }, transfer),
    );
    return { boxes: boxes!.data, scores: scores!.data, classes: classes!.data };
  }

  #use<Result>({ width, height }: Size, work: (session: Session) => Promise<Result>): Promise<Result> {
    const bytes = this.passBytes?.(Math.sqrt(height * width)) ?? 0;
    const trace = (locations: Readonly<Record<string, ExternalLocation>>) => {
      const { mean, std } = this.#preprocessing;
      const normalisation = { mean, std };
      const { device, threads } = this.#options;
      const options = { batch: 1, height, width, normalisation, ...graphTarget(device, threads) };
      return { graph: traceDetector(this.#model, locations, options), details: undefined };
    };
    return this.#sessions.use(`${height} x ${width}`, bytes, trace, work);
  }

  /** Frees all sessions, after the tiles under way. */
  async close(): Promise<void> {
    await this.#selective?.close();
    await this.#sessions.close();
  }
}
