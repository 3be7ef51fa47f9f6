import { join } from 'node:path';
import type { DetectorModel } from '../../../models/detector.js';
import type { DetectorConfig } from '../../../models/detector-config.js';
import type { Size } from '../../boxes/box.js';
import { modelFiles } from '../../checkpoint/model-description.js';
import type { ModelFolder } from '../../checkpoint/model-folder.js';
import { readModelFolder } from '../../checkpoint/model-folder.js';
import type { RgbImage } from '../../image/decode.js';
import type { GraphOptions } from '../../runtime/graph-sessions.js';
import type { SharedWeights } from '../../runtime/shared-weights.js';
import type { CellOutputs } from '../decode-detections.js';
import type { DetectOptions } from '../detector.js';
import { leastCellScore } from '../objects-of-cells.js';
import { FirstLook } from './first-look.js';
import { windowsOf } from './wanted-windows.js';
import { listedIn } from './window-grid.js';
import { WindowedDetector } from './windowed-detector.js';

/** Candidates with so many times the score from which they count have their whole box looked at. */
const sureFactor = 2;

/** What of `DetectOptions` counts here. */
export interface SelectiveOptions extends Pick<DetectOptions, 'isWanted' | 'onLook'> {
  readonly threshold: number;
  readonly firstLook: number;
}

/** A detector that takes a first look at an image, and computes the windows where that cannot exclude an object. */
export class SelectiveDetector {
  readonly #folder: ModelFolder;
  readonly #suppression: DetectorConfig['suppression'];
  readonly #windows: WindowedDetector;
  readonly #options: GraphOptions;
  #look: Promise<FirstLook> | undefined;

  /**
   * @param folder of a detector that comes with a first look, which is read when it is needed
   * @throws UserError as `windowLayout`
   */
  constructor(folder: ModelFolder, model: DetectorModel, weights: SharedWeights, options: GraphOptions) {
    this.#folder = folder;
    this.#suppression = model.config.suppression;
    this.#windows = new WindowedDetector(model, weights, folder.preprocessing, options);
    this.#options = options;
  }

  /**
   * What the cells of the windows find that are looked at, as the detector's own outputs.
   * @param image sides multiples of the detector's stride
   * @returns undefined where all windows are wanted
   */
  async detect(image: RgbImage, options: SelectiveOptions): Promise<CellOutputs | undefined> {
    const look = await this.#open();
    const candidates = await look.look(image, options.firstLook);
    const grid = this.#windows.gridOf(image);
    const { margin } = this.#folder.firstLook!;
    const mask = windowsOf(candidates, grid, { margin, sure: sureFactor * options.firstLook });
    const { isWanted = () => true, onLook } = options;
    for (const window of listedIn(mask)) {
      const [left, top] = [
        (window % grid.columns) * grid.side,
        Math.floor(window / grid.columns) * grid.side,
      ];
      const [right, bottom] = [
        Math.min(image.width, left + grid.side),
        Math.min(image.height, top + grid.side),
      ];
      if (!isWanted([left, top, right, bottom])) mask[window] = 0;
    }
    const windows = listedIn(mask);
    onLook?.({ windows: mask.length, looked: windows.length });
    if (windows.length === mask.length) return undefined;
    if (windows.length === 0) return nothing;
    const least = leastCellScore(this.#suppression, options.threshold);
    return this.#windows.detect(image, windows, least);
  }

  /** Opens the sessions for images of a size. */
  async prepare(size: Size): Promise<void> {
    const look = await this.#open();
    await Promise.all([look.prepare(size), this.#windows.prepare()]);
  }

  #open(): Promise<FirstLook> {
    const { path, firstLook } = this.#folder;
    this.#look ??= readModelFolder(join(path, modelFiles.firstLook)).then(
      (folder) => new FirstLook(folder, firstLook!.factor, this.#options),
    );
    return this.#look;
  }

  /** Frees all sessions. */
  async close(): Promise<void> {
    const look = await this.#look?.catch(() => undefined);
    await look?.close();
    await this.#windows.close();
  }
}

const nothing: CellOutputs = {
  boxes: new Float32Array(0),
  scores: new Float32Array(0),
  classes: new Float32Array(0),
};
