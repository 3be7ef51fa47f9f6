import type { ImageModel } from '../../models/image-model.js';
import { createModel } from '../../models/model-config.js';
import { UserError } from '../base/errors.js';
import type { Classification } from '../classify/classifier.js';
import { answerTasks, rankBySoftmax } from '../classify/label-scores.js';
import { toModelInput } from '../image/model-input.js';
import { planTiles } from '../image/tiles.js';
import { viewOf } from '../image/view.js';
import type { Tensor4D } from '../tensor/tensor.js';
import { tf } from '../tensor/tensor.js';
import { decodeImage } from './decode-image.js';
import type { PageDevice } from './device.js';
import type { FetchedModel } from './fetch-model.js';
import { PageWeights } from './page-weights.js';
import type { PassOptions } from './pass-options.js';
import { checkPassOptions, defaultPixelsPerPass } from './pass-options.js';

export interface PageClassifyOptions extends PassOptions {
  /** How many labels to return, best first. Default 5. */
  readonly topK?: number;
}

export type PageClassification = Omit<Classification, 'attention'>;

/** A classifier in a page. Made by `loadModel` of `vision-longformer/browser`. */
export class PageClassifier {
  readonly labels: readonly string[];
  /** What computes. */
  readonly device: PageDevice;
  readonly #folder: FetchedModel;
  readonly #model: ImageModel;
  readonly #weights: PageWeights;
  #isClosed = false;

  constructor(folder: FetchedModel, device: PageDevice) {
    this.labels = folder.tasks?.[0]?.labels ?? folder.labels;
    this.device = device;
    this.#folder = folder;
    this.#model = createModel(folder.config);
    this.#weights = new PageWeights(device, folder.weights);
  }

  /**
   * Classifies an image at its full resolution, larger ones tile by tile, as `ImageClassifier.classify` does in Node.js.
   * Of a model that resizes images, the browser's interpolation takes the place of libvips', which differs a little.
   * @param image a Blob of an encoded image, or anything else that `createImageBitmap` takes
   * @throws UserError for what the browser cannot decode, a wrong option, after `close`, or when the device refuses the work
   */
  async classify(image: ImageBitmapSource, options: PageClassifyOptions = {}): Promise<PageClassification> {
    if (this.#isClosed) throw new UserError('classify was called after close: load the model again.');
    const started = performance.now();
    const { topK = 5, pixelsPerPass = defaultPixelsPerPass, signal } = checkPassOptions('classify', options);
    const { preprocessing, tasks } = this.#folder;
    const { stride } = this.#model;
    const decoded = await decodeImage(image, (size) => viewOf(size, preprocessing));
    const { tiles } = planTiles(decoded, stride, pixelsPerPass);
    const logits = new Float64Array(this.#folder.labels.length);
    for (const [index, tile] of tiles.entries()) {
      signal?.throwIfAborted();
      const { data, height, width } = await toModelInput(decoded.cut(tile), stride, preprocessing);
      const found = await this.#weights.run((weights) => {
        const input = tf.tensor4d(data, [1, 3, height, width]) as Tensor4D;
        return { logits: this.#model.forward(weights, input).logits };
      });
      const weight = (tile.width * tile.height) / (decoded.width * decoded.height);
      for (const [label, logit] of found.logits.entries()) logits[label]! += weight * logit;
      options.onTile?.(index + 1, tiles.length);
    }
    const answers = tasks && answerTasks(logits, tasks);
    return {
      labels: (answers?.[0]?.labels ?? rankBySoftmax(logits, this.labels)).slice(0, topK),
      ...(answers && { tasks: answers }),
      width: decoded.original.width,
      height: decoded.original.height,
      tiles: tiles.length,
      seconds: (performance.now() - started) / 1000,
    };
  }

  /** Frees the weights; a `classify` under way may fail then. */
  async close(): Promise<void> {
    if (!this.#isClosed) this.#weights.dispose();
    this.#isClosed = true;
  }
}
