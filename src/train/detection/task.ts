import { basename } from 'node:path';
import { prefetched, UnreadableImages } from '../../../datasets/batches.js';
import type {
  DetectionRecipe,
  DetectionSample,
  DetectionWindow,
} from '../../../datasets/detection-sample.js';
import { withPartners } from '../../../datasets/detection-sample.js';
import { SamplePool } from '../../../datasets/sample-pool.js';
import type { DetectorConfig } from '../../../models/detector-config.js';
import { UserError } from '../../base/errors.js';
import { randomStream, StreamPurpose } from '../../base/random.js';
import type { Quadrilateral } from '../../boxes/annotations.js';
import type { Detections } from '../../boxes/detections.js';
import { cornersOf } from '../../boxes/detections.js';
import { objectsOfCells } from '../../detect/objects-of-cells.js';
import type { Preprocessing } from '../../image/preprocessing.js';
import { detectionReport } from '../../report/detection-report.js';
import type { ReportedImage } from '../../report/reported.js';
import type { Suspects } from '../../report/suspects.js';
import { suspectObjects } from '../../report/suspects.js';
import type { PlainTensors } from '../../tensor/plain-tensor.js';
import type { Predict } from '../engines/engine.js';
import { evenly, mostSuspects, secondsForSuspects } from '../suspects.js';
import type { ReportContext, RunReport, TaskBatch, TrainingTask, ValidationScores } from '../task.js';
import type { CellGrid, TargetObject } from './assign-targets.js';
import { assignTargets, cellGrids } from './assign-targets.js';
import type { DetectionConfig } from './config.js';
import type { WindowTurn } from './order.js';
import { detectionOrder } from './order.js';
import { rgbOf, truthsOf } from './reported-sample.js';
import type { ScoredInput } from './score.js';
import { orientedAveragePrecision, scoreUpright } from './score.js';
import type { DetectionSplits } from './splits.js';

/** Detections with less are not looked at in a validation. */
const LEAST_SCORE = 0.02;

/** Learns to find the objects of labelled images, window by window. */
export class DetectionTask implements TrainingTask {
  readonly measure: 'AP50' | 'AP';
  readonly #config: DetectionConfig;
  readonly #splits: DetectionSplits;
  readonly #model: DetectorConfig;
  readonly #grids: readonly CellGrid[];
  readonly #recipe: DetectionRecipe;
  readonly #pool: SamplePool;
  readonly #unreadable: UnreadableImages;
  #validated: readonly ReportedImage[] = [];

  /**
   * @param preprocessing of the model that the run starts from; gives the normalisation
   * @param note told about images that cannot be read
   */
  constructor(
    config: DetectionConfig,
    splits: DetectionSplits,
    model: DetectorConfig,
    preprocessing: Preprocessing,
    note: (line: string) => void,
  ) {
    const [height, width] = config.imageSize;
    const { mean, std } = preprocessing;
    this.#config = config;
    this.#splits = splits;
    this.#model = model;
    this.measure = model.head.oriented ? 'AP' : 'AP50';
    this.#grids = cellGrids(model.head.strides, height, width);
    const scale = config.resize === 'stretch' ? 'stretch' : 1;
    this.#recipe = { height, width, mean, std, scale, oriented: model.head.oriented };
    this.#pool = new SamplePool(config.loaderThreads);
    this.#unreadable = new UnreadableImages(splits.trainingImages, note);
  }

  async *batches(epoch: number, from: number, to: number): AsyncGenerator<TaskBatch> {
    yield* prefetched(to - from, (index) => this.#batch(epoch, from + index));
  }

  async #batch(epoch: number, index: number): Promise<TaskBatch> {
    const { batchSize, seed } = this.#config;
    const order = detectionOrder(seed, epoch, this.#splits.repeats);
    const positions = Array.from({ length: batchSize }, (_, offset) => index * batchSize + offset);
    return this.#assemble(await Promise.all(positions.map((at) => this.#loadOrNext(epoch, order, at))));
  }

  /** A window, perhaps in a mosaic, or the next one in the same order whose image is readable. */
  async #loadOrNext(epoch: number, order: readonly WindowTurn[], position: number): Promise<DetectionSample> {
    for (let offset = 0; offset < order.length; offset++) {
      const turn = order[(position + offset) % order.length]!;
      const keys = keysOf(epoch, turn);
      const alone = this.#splits.training[turn.window]!;
      const window = this.#withPartners(turn, keys);
      // A mosaic fails if any of its images cannot be read; alone, it is certain whose fault it is.
      for (const each of window.partners ? [window, alone] : [alone]) {
        try {
          return await this.#loadAugmented(each, keys);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          if (each === alone) this.#unreadable.add(alone.image.path, error.message);
        }
      }
    }
    throw new UserError(`No image of ${this.#config.data.labels} can be read.`);
  }

  #withPartners({ window }: WindowTurn, keys: readonly number[]): DetectionWindow {
    const random = randomStream(this.#config.seed, StreamPurpose.mix, ...keys);
    return withPartners(this.#splits.training, window, this.#config.augment.mosaic, random);
  }

  #loadAugmented(window: DetectionWindow, keys: readonly number[]): Promise<DetectionSample> {
    const { horizontalFlip, verticalFlip, rotations, scale, colour } = this.#config.augment;
    const symmetry = { horizontalFlip, verticalFlip, rotations };
    const recipe = { ...this.#recipe, augment: { symmetry, scale, rotation: 0, colour } };
    return this.#pool.loadDetection(window, recipe, [this.#config.seed, StreamPurpose.augment, ...keys]);
  }

  #assemble(samples: readonly DetectionSample[]): TaskBatch {
    const classes = this.#splits.labels.length;
    const targets = samples.map((sample) =>
      assignTargets(objectsOf(sample), this.#grids, this.#model.head, classes),
    );
    return {
      size: samples.length,
      image: join(samples.map(({ image }) => image)),
      targets: {
        classes: join(targets.map((each) => each.classes)),
        boxes: join(targets.map((each) => each.boxes)),
        counted: join(targets.map((each) => each.counted)),
      },
    };
  }

  /**
   * AP50 of upright boxes or AP of turned ones, all classes as one, over the windows of the validation images; the loss is
   * the share of it that is missing.
   */
  async validate(predict: Predict): Promise<ValidationScores> {
    const windows = this.#splits.validation;
    const inputs: ScoredInput[] = [];
    for await (const shown of prefetched(windows.length, (index) => this.#loadPlain(index))) {
      const { boxes, angles, labels, ignored } = shown;
      inputs.push({
        shown: { boxes, angles, labels, ignored },
        found: this.#decode(await predict(shown.image, 1)),
      });
    }
    this.#validated = inputs.map((input, index) => this.#reported(input, windows[index]!));
    const { AP50, operatingPoint } = scoreUpright(inputs);
    const score = this.measure === 'AP' ? orientedAveragePrecision(inputs) : AP50;
    return { score, loss: 1 - score, operatingPoint };
  }

  async report({ title, facts, charts, predict }: ReportContext): Promise<RunReport> {
    const { labels } = this.#splits;
    const suspects = predict && (await this.#suspects(predict));
    const more = suspects ? [suspects.section] : [];
    const page = await detectionReport({ title, facts, charts, labels, images: this.#validated, more });
    return { page, suspects: suspects?.count };
  }

  /** Looks at training images as at those of the validation. */
  async #suspects(predict: Predict): Promise<Suspects> {
    const all = this.#splits.plainTraining;
    const until = performance.now() + 1000 * secondsForSuspects;
    const images: ReportedImage[] = [];
    for (const window of evenly(all, mostSuspects)) {
      if (performance.now() > until) break;
      const shown = await this.#load(window);
      images.push(this.#reported({ shown, found: this.#decode(await predict(shown.image, 1)) }, window));
    }
    return suspectObjects(images, this.#splits.labels, all.length);
  }

  #reported({ shown, found }: ScoredInput, window: DetectionWindow): ReportedImage {
    const { width, height, mean, std } = this.#recipe;
    const { path } = window.image;
    const { left, top } = window.window;
    const isWhole = left === 0 && top === 0 && this.#config.resize === 'stretch';
    return {
      name: isWhole ? basename(path) : `${basename(path)} from ${left}, ${top}`,
      ...{ width, height },
      truths: truthsOf(shown),
      found: Array.from({ length: found.count }, (_, at) => ({
        corners: cornersOf(found, at) as unknown as Quadrilateral,
        label: found.classes[at]!,
        score: found.scores[at]!,
      })),
      pixels: async () => rgbOf((await this.#load(window)).image, { width, height }, mean, std),
    };
  }

  #load(window: DetectionWindow): Promise<DetectionSample> {
    return this.#pool.loadDetection(window, this.#recipe, []);
  }

  #loadPlain(index: number): Promise<DetectionSample> {
    return this.#load(this.#splits.validation[index]!);
  }

  #decode({ boxes, scores, classes }: PlainTensors): Detections {
    const cells = { boxes: boxes!.data, scores: scores!.data, classes: classes!.data };
    const { head, suppression } = this.#model;
    return objectsOfCells(cells, { threshold: LEAST_SCORE, oriented: head.oriented, suppression });
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}

/** Of the random streams of a window's turn; those of a first turn do not depend on whether there are others. */
function keysOf(epoch: number, { window, repeat }: WindowTurn): number[] {
  return repeat === 0 ? [epoch, window] : [epoch, window, repeat];
}

function objectsOf({ boxes, angles, labels, ignored }: DetectionSample): TargetObject[] {
  const objects = Array.from(labels, (label, index): TargetObject => {
    const [a, b, c, d] = boxes.subarray(4 * index, 4 * index + 4) as unknown as FourNumbers;
    if (!angles) return { box: [a, b, c, d], label };
    // Centre and longer side decide on cells and level; the box around a turned one is not needed.
    const half = Math.max(c, d) / 2;
    return { box: [a - half, b - half, a + half, b + half], turned: [a, b, c, d, angles[index]!], label };
  });
  for (let at = 0; at < ignored.length; at += 4) {
    const box = [...ignored.subarray(at, at + 4)] as unknown as FourNumbers;
    objects.push({ box, label: 0, isIgnored: true });
  }
  return objects;
}

type FourNumbers = [number, number, number, number];

function join(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
