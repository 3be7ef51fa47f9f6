import type { DetectorModel } from '../../../models/detector.js';
import type { Pixels } from '../../../models/image-model.js';
import type { WindowLayout } from '../../../models/listed-windows/layout.js';
import { windowLayout } from '../../../models/listed-windows/layout.js';
import type { RgbImage } from '../../image/decode.js';
import type { ExternalLocation } from '../../onnx/model.js';
import type { GraphOptions } from '../../runtime/graph-sessions.js';
import { GraphSessions } from '../../runtime/graph-sessions.js';
import { graphTarget } from '../../runtime/session/device.js';
import type { Session } from '../../runtime/session/session.js';
import type { SharedWeights } from '../../runtime/shared-weights.js';
import type { PlainTensors } from '../../tensor/plain-tensor.js';
import type { CellOutputs } from '../decode-detections.js';
import { traceListedWindows } from './trace-windows.js';
import { windowFeeds } from './window-feeds.js';
import type { WindowGrid } from './window-grid.js';
import { windowGrid } from './window-grid.js';

/** A detector that looks at some of an image's windows: one graph for any list of them, and for images of any size. */
export class WindowedDetector {
  readonly layout: WindowLayout;
  readonly #model: DetectorModel;
  readonly #normalisation: Pick<Pixels, 'mean' | 'std'>;
  readonly #options: GraphOptions;
  readonly #sessions: GraphSessions<undefined>;

  /** @throws UserError as `windowLayout` */
  constructor(
    model: DetectorModel,
    weights: SharedWeights,
    normalisation: Pick<Pixels, 'mean' | 'std'>,
    options: GraphOptions,
  ) {
    this.layout = windowLayout(model.config);
    this.#model = model;
    this.#normalisation = { mean: normalisation.mean, std: normalisation.std };
    this.#options = options;
    this.#sessions = new GraphSessions('the detector', weights, { entries: 1, size: Infinity }, options);
  }

  /** The windows of an image. */
  gridOf({ width, height }: { readonly width: number; readonly height: number }): WindowGrid {
    return windowGrid({ width, height }, this.layout.pixels);
  }

  /**
   * What the cells of some windows find.
   * @param image sides multiples of the detector's stride
   * @param windows numbers of the windows, row by row; at least one
   * @returns boxes in pixels of the image, falling scores, those below `least` left out
   */
  async detect(image: RgbImage, windows: Int32Array, least: number): Promise<CellOutputs> {
    const grid = this.gridOf(image);
    const feeds = windowFeeds(this.layout, image, grid, windows);
    const transfer = Object.values(feeds).map(({ data }) => data.buffer as ArrayBuffer);
    const outputs = await this.#use((session) => session.run(feeds, transfer));
    return this.#cells(outputs, grid, windows, image, least);
  }

  /** Opens the session. */
  async prepare(): Promise<void> {
    await this.#use(async () => undefined);
  }

  #use<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#sessions.use('windows', 0, (locations) => this.#record(locations), work);
  }

  #record(locations: Readonly<Record<string, ExternalLocation>>) {
    const options = { ...this.#normalisation, ...graphTarget(this.#options.device, this.#options.threads) };
    return { graph: traceListedWindows(this.#model, locations, options), details: undefined };
  }

  /** The cells of windows as those of the image. */
  #cells(
    { boxes, scores, classes }: PlainTensors,
    { columns, side }: WindowGrid,
    windows: Int32Array,
    image: RgbImage,
    least: number,
  ): CellOutputs {
    const values = boxes!.shape[2]!;
    const perWindow = scores!.shape[1]!;
    const inside = this.#insideCells(image);
    const found: number[] = [];
    for (let cell = 0; cell < scores!.data.length; cell++) {
      if (scores!.data[cell]! < least) continue;
      if (inside(windows[Math.floor(cell / perWindow)]!, cell % perWindow, columns)) found.push(cell);
    }
    found.sort((a, b) => scores!.data[b]! - scores!.data[a]! || a - b);
    const moved = new Float32Array(found.length * values);
    // Upright boxes are two corners, turned ones a centre and what does not move.
    const places = values === 4 ? 4 : 2;
    for (const [to, cell] of found.entries()) {
      const window = windows[Math.floor(cell / perWindow)]!;
      const corner = [(window % columns) * side, Math.floor(window / columns) * side];
      for (let value = 0; value < values; value++) {
        const origin = value < places ? corner[value % 2]! : 0;
        moved[to * values + value] = boxes!.data[cell * values + value]! + origin;
      }
    }
    return {
      boxes: moved,
      scores: Float32Array.from(found, (cell) => scores!.data[cell]!),
      classes: Float32Array.from(found, (cell) => classes!.data[cell]!),
    };
  }

  /** Whether a cell of a window lies in an image: windows may reach beyond it. */
  #insideCells({ width, height }: RgbImage): (window: number, cell: number, columns: number) => boolean {
    const { levels, pixels } = this.layout;
    const cells = levels.flatMap(({ side, stride }) =>
      Array.from({ length: side * side }, (_, cell) => [
        Math.floor(cell / side) * stride,
        (cell % side) * stride,
      ]),
    );
    return (window, cell, columns) => {
      const [y, x] = cells[cell] as [number, number];
      return Math.floor(window / columns) * pixels + y < height && (window % columns) * pixels + x < width;
    };
  }

  close(): Promise<void> {
    return this.#sessions.close();
  }
}
