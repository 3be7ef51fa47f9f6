import type { Device } from '../../src/runtime/session/device.js';
import type { SceneFailure, SceneOrder, SceneTask } from './scene-order.js';

/** A model that scenes may be run through, as the process of jobs finds and runs it. */
export interface SceneModel {
  readonly name: string;
  readonly task: SceneTask;
  /** Names of the classes. */
  readonly labels: readonly string[];
  /** Absolute path of the model folder. */
  readonly folder: string;
  /** Pixels that the sides of its input are multiples of. */
  readonly stride: number;
  /** Pixels on which a detector's layout repeats. */
  readonly grid?: number;
}

/** How models are run. */
export interface JobOptions {
  readonly device?: Device;
  /** CPU threads. By default one for each processor. */
  readonly threads?: number;
  /** Bytes that a pass of a detector may take. */
  readonly memoryBytes?: number;
}

/** A job to be run. */
export interface Job {
  readonly folder: string;
  readonly order: SceneOrder;
  readonly model: SceneModel;
}

/** Told to the process of jobs. One job at a time. */
export type JobRequest =
  | ({ readonly kind: 'run'; readonly options: JobOptions } & Job)
  | { readonly kind: 'cancel' };

/** How far a job is. */
export interface JobProgress {
  readonly done: number;
  /** 0 until it is known. */
  readonly total: number;
}

/** How an attempt at a job ended. */
export type JobEnd =
  | { readonly kind: 'done'; readonly tiles: number }
  | { readonly kind: 'cancelled' }
  /** The image or its settings are at fault: another try would end alike. */
  | { readonly kind: 'refused'; readonly failure: SceneFailure }
  /** There is no room on the disk to go on. */
  | { readonly kind: 'disk full' }
  /** The process or the program is at fault. */
  | { readonly kind: 'broken'; readonly message: string };

/** What the process tells of the job it is at. */
export type JobReply = ({ readonly kind: 'progress' } & JobProgress) | JobEnd;
