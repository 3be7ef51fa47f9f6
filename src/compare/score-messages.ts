import type { FoundData } from '../train/automatic/find-data.js';
import type { DetectionConfig } from '../train/detection/config.js';

/** Asks the process that scores for what a model answers to test images. */
export interface ScoreRequest {
  readonly model: string;
  readonly task: FoundData['task'];
  /** Where labels are; of a classifier the folder of class folders. */
  readonly data: DetectionConfig['data'] | string;
  /** Paths of the test images, as the set has them. */
  readonly images: readonly string[];
  readonly threads: number;
  /** Side of slices in which images are looked at; absent: whole. */
  readonly slice?: number;
}

/** What was answered, image by image, and what it took. */
export interface ScoreAnswer {
  /** Of detectors: boxes, scores, classes of the set. */
  readonly found?: readonly { boxes: number[]; scores: number[]; classes: number[]; count: number }[];
  /** Of classifiers: whether each answer was right. */
  readonly right?: readonly boolean[];
  /** Of all images after the first, which prepares the model, for one of them, decoding included. */
  readonly secondsPerImage: number;
  /** Most memory that the process held. */
  readonly peakBytes: number;
}
