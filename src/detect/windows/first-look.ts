import type { DetectorModel } from '../../../models/detector.js';
import { detectorModel } from '../../../models/detector.js';
import type { Size } from '../../boxes/box.js';
import type { ModelFolder } from '../../checkpoint/model-folder.js';
import type { RgbImage } from '../../image/decode.js';
import { mirrorPadded, paddedSize } from '../../image/mirror-padded.js';
import type { ExternalLocation } from '../../onnx/model.js';
import type { GraphOptions } from '../../runtime/graph-sessions.js';
import { GraphSessions } from '../../runtime/graph-sessions.js';
import { graphTarget } from '../../runtime/session/device.js';
import type { Session } from '../../runtime/session/session.js';
import { shareWeights } from '../../runtime/shared-weights.js';
import { detectorConfigOf } from '../detector-traits.js';
import { traceDetector } from '../trace-detector.js';
import { reduced } from './reduce.js';

/** Where a first look cannot exclude an object, in pixels of the image. */
export interface Candidates {
  readonly count: number;
  /** [count, 4]: xmin, ymin, xmax, ymax */
  readonly boxes: Float32Array;
  /** 0 to 1, falling. */
  readonly scores: Float32Array;
}

/** Sizes of images that the first look stays prepared for. */
const CACHE = { entries: 4, size: Infinity };

/** A small detector that sees images reduced, and says where a better one has to look. */
export class FirstLook {
  readonly #model: DetectorModel;
  readonly #folder: ModelFolder;
  readonly #factor: number;
  readonly #options: GraphOptions;
  readonly #sessions: GraphSessions<undefined>;

  /**
   * @param folder of the small detector, whose boxes are upright
   * @param factor pixels of an image along a side of what it sees as one
   * @throws UserError when the folder holds a model of another kind
   */
  constructor(folder: ModelFolder, factor: number, options: GraphOptions) {
    this.#model = detectorModel(detectorConfigOf(folder));
    this.#folder = folder;
    this.#factor = factor;
    this.#options = options;
    this.#sessions = new GraphSessions(
      'the first look',
      shareWeights(this.#model, folder.weights),
      CACHE,
      options,
    );
  }

  /** Looks at an image. @param least candidates with a lower score are left out */
  async look(image: RgbImage, least: number): Promise<Candidates> {
    const seen = mirrorPadded(reduced(image, this.#factor), this.#model.stride);
    const { data, width, height } = seen;
    const { boxes, scores } = await this.#use(seen, (session) =>
      session.run({ pixels: { data, shape: [1, height, width, 3] } }, [data.buffer as ArrayBuffer]),
    );
    const below = scores!.data.findIndex((score) => score < least);
    const count = below < 0 ? scores!.data.length : below;
    return {
      count,
      boxes: boxes!.data.slice(0, 4 * count).map((coordinate) => coordinate * this.#factor),
      scores: scores!.data.slice(0, count),
    };
  }

  /** Opens the session for images of a size. */
  async prepare({ width, height }: Size): Promise<void> {
    const seen = { width: Math.floor(width / this.#factor), height: Math.floor(height / this.#factor) };
    await this.#use(paddedSize(seen, this.#model.stride), async () => undefined);
  }

  #use<Result>(size: Size, work: (session: Session) => Promise<Result>): Promise<Result> {
    const key = `${size.height} x ${size.width}`;
    return this.#sessions.use(key, 0, (locations) => this.#record(locations, size), work);
  }

  #record(locations: Readonly<Record<string, ExternalLocation>>, { width, height }: Size) {
    const { mean, std } = this.#folder.preprocessing;
    // All cells: those of a crowd must not crowd out one that stands alone.
    const cells = Infinity;
    const { device, threads } = this.#options;
    const options = {
      batch: 1,
      height,
      width,
      normalisation: { mean, std },
      cells,
      ...graphTarget(device, threads),
    };
    return { graph: traceDetector(this.#model, locations, options), details: undefined };
  }

  /** Frees all sessions. */
  close(): Promise<void> {
    return this.#sessions.close();
  }
}
