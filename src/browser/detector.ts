import { bestCellCount, bestCells } from '../../models/detection/best-cells.js';
import type { DetectorModel } from '../../models/detector.js';
import { detectorModel } from '../../models/detector.js';
import { UserError } from '../base/errors.js';
import type { Box, Size } from '../boxes/box.js';
import type { Detections } from '../boxes/detections.js';
import { concatDetections, scaleDetections, translateDetections } from '../boxes/detections.js';
import { detectorConfigOf, detectorTraits } from '../detect/detector-traits.js';
import { objectsOfCells } from '../detect/objects-of-cells.js';
import { mergeDetections } from '../detect/scene/merge.js';
import { planScene } from '../detect/scene/plan.js';
import { keepOwned } from '../detect/scene/seams.js';
import { usualOverlap } from '../detect/scene/tile-size.js';
import { toModelInput } from '../image/model-input.js';
import { viewOf } from '../image/view.js';
import type { Tensor4D } from '../tensor/tensor.js';
import { tf } from '../tensor/tensor.js';
import type { DecodedImage } from './decode-image.js';
import { decodeImage } from './decode-image.js';
import type { PageDevice } from './device.js';
import type { FetchedModel } from './fetch-model.js';
import { PageWeights } from './page-weights.js';
import type { PassOptions } from './pass-options.js';
import { checkPassOptions, defaultPixelsPerPass } from './pass-options.js';

export interface PageDetectOptions extends PassOptions {
  /** Objects with a lower score are left out. Default: the model's own. */
  readonly threshold?: number;
}

/** What was found in an image. */
export interface PageDetections extends Size {
  /** In pixels of the image, best score first; `classes` are indices of the detector's labels. */
  readonly detections: Detections;
  readonly tiles: number;
  /** Wall-clock time of decoding and inference. */
  readonly seconds: number;
}

/** A detector in a page. Made by `loadDetector` of `vision-longformer/browser`. */
export class PageDetector {
  readonly labels: readonly string[];
  /** What computes. */
  readonly device: PageDevice;
  readonly #preprocessing: FetchedModel['preprocessing'];
  readonly #model: DetectorModel;
  readonly #traits: ReturnType<typeof detectorTraits>;
  readonly #weights: PageWeights;
  #isClosed = false;

  /** @throws UserError when the folder holds a model of another kind */
  constructor(folder: FetchedModel, device: PageDevice) {
    const named = { ...folder, path: folder.url };
    this.labels = folder.labels;
    this.device = device;
    this.#preprocessing = folder.preprocessing;
    this.#model = detectorModel(detectorConfigOf(named));
    this.#traits = detectorTraits(named);
    this.#weights = new PageWeights(device, folder.weights);
  }

  /**
   * Finds the objects in an image. One of more than `pixelsPerPass` is looked at in overlapping tiles, whose findings are
   * merged as `detectScene` does.
   * @param image a Blob of an encoded image, or anything else that `createImageBitmap` takes
   * @throws UserError for what the browser cannot decode, a wrong option, after `close`, or when the device refuses the work
   */
  async detect(image: ImageBitmapSource, options: PageDetectOptions = {}): Promise<PageDetections> {
    if (this.#isClosed) throw new UserError('detect was called after close: load the detector again.');
    const started = performance.now();
    const {
      threshold = this.#traits.threshold,
      pixelsPerPass = defaultPixelsPerPass,
      signal,
      onTile,
    } = checkPassOptions('detect', options);
    const decoded = await decodeImage(image, (size) => viewOf(size, this.#preprocessing));
    const tiles = this.#plan(decoded, pixelsPerPass);
    const found: Detections[] = [];
    for (const tile of tiles) {
      signal?.throwIfAborted();
      const inTile = await this.#look(decoded, tile, threshold);
      found.push(keepOwned(translateDetections(inTile, tile.left, tile.top), tile.core));
      onTile?.(found.length, tiles.length);
    }
    const { original } = decoded;
    const all = tiles.length === 1 ? found[0]! : mergeDetections(concatDetections(found), { type: 'nms' });
    return {
      detections: scaleDetections(all, original.width / decoded.width, original.height / decoded.height),
      width: original.width,
      height: original.height,
      tiles: tiles.length,
      seconds: (performance.now() - started) / 1000,
    };
  }

  #plan(size: Size, pixelsPerPass: number) {
    const isWhole = size.width * size.height <= pixelsPerPass;
    const side = isWhole ? Math.max(size.width, size.height) : Math.floor(Math.sqrt(pixelsPerPass));
    const { stride } = this.#model;
    const overlap = isWhole ? 0 : Math.min(usualOverlap(this.#traits), Math.floor(side / 2));
    return planScene(size, Math.max(stride, side), overlap, this.#traits);
  }

  async #look(image: DecodedImage, tile: Box, threshold: number): Promise<Detections> {
    const { data, height, width } = await toModelInput(
      image.cut(tile),
      this.#model.stride,
      this.#preprocessing,
    );
    const cells = await this.#weights.run((weights) => {
      const input = tf.tensor4d(data, [1, 3, height, width]) as Tensor4D;
      return { ...bestCells(this.#model.forward(weights, input), bestCellCount(height, width)) };
    });
    const { suppression } = this.#model.config;
    return objectsOfCells(cells, { threshold, oriented: this.#traits.oriented, suppression, within: tile });
  }

  /** Frees the weights; a `detect` under way may fail then. */
  async close(): Promise<void> {
    if (!this.#isClosed) this.#weights.dispose();
    this.#isClosed = true;
  }
}
