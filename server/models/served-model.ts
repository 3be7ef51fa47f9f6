import type { Size } from '../../src/boxes/box.js';
import type { ModelDescription } from '../../src/checkpoint/model-description.js';
import type { Classification } from '../../src/classify/classifier.js';
import type { ImageEmbedding } from '../../src/classify/embedding.js';
import type { ImageHeader } from '../../src/image/header.js';

/** Bytes that a process takes. */
export interface MemoryUse {
  readonly resident: number;
  /** Most that it has taken so far. */
  readonly peak: number;
}

export const tasks = ['classify', 'detect'] as const;
export type Task = (typeof tasks)[number];

/** What a model folder says of its model for people, and how its scores are to be read. */
export type ModelCard = Pick<ModelDescription, 'gsd' | 'operatingPoint' | 'about'>;

interface ModelFacts {
  readonly name: string;
  readonly labels: readonly string[];
  /** Pixels that the sides of its input are multiples of. */
  readonly stride: number;
  /** Absolute path of the model folder; absent for models made in memory. */
  readonly folder?: string;
  /** What its folder says of it for people. */
  readonly card?: ModelCard;
}

/** Without labels it is a model of features: it embeds, and does not classify. */
export interface ClassifierInfo extends ModelFacts {
  readonly task: 'classify';
}

export interface DetectorInfo extends ModelFacts {
  readonly task: 'detect';
  /** Pixels on which the layout repeats. */
  readonly grid?: number;
  /** Whether the boxes are turned. */
  readonly oriented?: boolean;
}

/** What is known of a model without running it. */
export type ModelInfo = ClassifierInfo | DetectorInfo;

/** An encoded image whose header has been read. A model may take the memory away. */
export interface EncodedImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly header: ImageHeader;
}

/** Decoded pixels. A model may take the memory away. */
export interface PixelImage extends Size {
  /** [height, width, 3], sRGB */
  readonly data: Uint8Array<ArrayBuffer>;
}

export type Image = EncodedImage | PixelImage;

export interface ClassifyRequest {
  readonly topK: number;
  /** Whether to draw where the model looked. */
  readonly attention: boolean;
}

export interface ClassifyAnswer extends Omit<Classification, 'attention'> {
  /** A PNG, where one was asked for and the model has a global token. */
  readonly overlay?: Uint8Array<ArrayBuffer>;
}

export interface EmbedRequest {
  /** Whether the tokens of patches are wanted. */
  readonly patches: boolean;
}

export interface EmbedAnswer extends Omit<ImageEmbedding, 'patches'> {
  readonly patches?: Omit<ImageEmbedding['patches'], 'cell'>;
}

export const detectionFormats = ['json', 'geojson', 'coco', 'png'] as const;

export interface DetectRequest {
  /** Lowest score; the model's own by default. */
  readonly threshold?: number;
  /**
   * `json`: the predictions alone, an array of objects with label, score and box. `columns`: a `Detections` as JSON, for
   * the program itself.
   */
  readonly format: (typeof detectionFormats)[number] | 'columns';
  /** What files of detections call the image. */
  readonly name: string;
}

export interface DetectAnswer {
  readonly width: number;
  readonly height: number;
  readonly tiles: number;
  readonly count: number;
  /** In the format asked for; text is UTF-8. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What all models have in common. Images have been checked against the server's limits before. */
interface Served<Info extends ModelInfo> {
  readonly info: Info;
  /** Runs once, as the first pass starts threads and plans memory; a client should not wait for that. */
  warm(): Promise<void>;
  /** What it takes in a process of its own. */
  memory?(): Promise<MemoryUse>;
  close(): Promise<void>;
}

export interface ServedClassifier extends Served<ClassifierInfo> {
  /**
   * Says what an image shows.
   * @throws UserError for what is no readable image; the signal's reason when it aborts
   */
  classify(image: Image, request: ClassifyRequest, signal: AbortSignal): Promise<ClassifyAnswer>;
  /** Says what the model knows of an image; throws as `classify`. */
  embed(image: Image, request: EmbedRequest, signal: AbortSignal): Promise<EmbedAnswer>;
}

export interface ServedDetector extends Served<DetectorInfo> {
  /**
   * Finds objects in an image.
   * @throws UserError for what is no readable image; the signal's reason when it aborts
   */
  detect(image: Image, request: DetectRequest, signal: AbortSignal): Promise<DetectAnswer>;
}

/** The kind of model that does a task. */
export interface ServedFor {
  readonly classify: ServedClassifier;
  readonly detect: ServedDetector;
}

/** A model that requests are answered with. */
export type ServedModel = ServedFor[Task];

/** Whether a model does a task. */
export function does<T extends Task>(model: ServedModel, task: T): model is ServedFor[T] {
  return model.info.task === task;
}
