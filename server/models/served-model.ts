import type { Classification } from '../../src/classify/classifier.js';

export const tasks = ['classify', 'detect'] as const;
export type Task = (typeof tasks)[number];

/** What is known of a model without running it. */
export interface ModelInfo {
  readonly name: string;
  readonly task: Task;
  readonly labels: readonly string[];
  /** Pixels that the sides of its input are multiples of. */
  readonly stride: number;
  /** Pixels on which a detector's layout repeats. */
  readonly grid?: number;
  /** Whether a detector's boxes are turned. */
  readonly oriented?: boolean;
  /** Absolute path of the model folder; absent for models made in memory. */
  readonly folder?: string;
}

/** An encoded image, or pixels. A model may take the memory away. */
export type Image =
  | Uint8Array<ArrayBuffer>
  | {
      /** [height, width, 3], sRGB */
      readonly data: Uint8Array<ArrayBuffer>;
      readonly width: number;
      readonly height: number;
    };

export interface ClassifyRequest {
  readonly topK: number;
  /** Whether to draw where the model looked. */
  readonly attention: boolean;
}

export interface ClassifyAnswer extends Omit<Classification, 'attention'> {
  /** A PNG, where one was asked for and the model has a global token. */
  readonly overlay?: Uint8Array<ArrayBuffer>;
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

/** A model that requests are answered with. Images have been checked against the server's limits before. */
export interface ServedModel {
  readonly info: ModelInfo;
  /** Runs once, as the first pass starts threads and plans memory; a client should not wait for that. */
  warm(): Promise<void>;
  /**
   * Says what an image shows.
   * @throws UserError for what is no readable image; the signal's reason when it aborts
   * @throws Error of a model that detects
   */
  classify(image: Image, request: ClassifyRequest, signal: AbortSignal): Promise<ClassifyAnswer>;
  /**
   * Finds objects in an image.
   * @throws UserError for what is no readable image; the signal's reason when it aborts
   * @throws Error of a model that classifies
   */
  detect(image: Image, request: DetectRequest, signal: AbortSignal): Promise<DetectAnswer>;
  close(): Promise<void>;
}
