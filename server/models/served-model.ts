import type { Classification } from '../../src/classifier.js';

export const tasks = ['classify', 'detect'] as const;
export type Task = (typeof tasks)[number];

/** What is known of a model without running it. */
export interface ModelInfo {
  readonly name: string;
  readonly task: Task;
  readonly labels: readonly string[];
  /** Pixels that the sides of its input are multiples of. */
  readonly stride: number;
  /** Absolute path of the model folder; absent for models made in memory. */
  readonly folder?: string;
}

export interface ClassifyRequest {
  readonly topK: number;
  /** Whether to draw where the model looked. */
  readonly attention: boolean;
}

export interface ClassifyAnswer extends Omit<Classification, 'attention'> {
  /** A PNG, where one was asked for and the model has a global token. */
  readonly overlay?: Uint8Array;
}

/** A model that requests are answered with. Pictures have been checked against the server's limits before. */
export interface ServedModel {
  readonly info: ModelInfo;
  /** Runs once, as the first pass starts threads and plans memory; a client should not wait for that. */
  warm(): Promise<void>;
  /**
   * Classifies an encoded image.
   * @param image memory that the model may take away
   * @throws UserError for what is no readable image; the signal's reason when it aborts
   */
  classify(
    image: Uint8Array<ArrayBuffer>,
    request: ClassifyRequest,
    signal: AbortSignal,
  ): Promise<ClassifyAnswer>;
  close(): Promise<void>;
}
