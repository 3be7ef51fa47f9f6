import type { Device } from '../../src/engine/session/device.js';
import type { SceneFailure, SceneOrder, SceneTask } from './scene-order.js';

/** A model that scenes may be run through, as the thread finds and runs it. */
export interface SceneModel {
  readonly name: string;
  readonly task: SceneTask;
  /** Absolute path of the model folder. */
  readonly folder: string;
}

/** How models are run. */
export interface JobThreadOptions {
  readonly device?: Device;
  /** CPU threads. By default one for each processor. */
  readonly threads?: number;
  /** Bytes that a pass of a detector may take. */
  readonly memoryBytes?: number;
}

/** Told to the thread of jobs. One job at a time. */
export type JobRequest =
  | { readonly kind: 'run'; readonly folder: string; readonly order: SceneOrder; readonly model: SceneModel }
  | { readonly kind: 'cancel' };

/** What the thread tells of the job it is at. */
export type JobReply =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  | { readonly kind: 'done'; readonly tiles: number }
  | { readonly kind: 'cancelled' }
  /** The picture or its settings are at fault: another try would end alike. */
  | { readonly kind: 'refused'; readonly failure: SceneFailure }
  /** The thread or the program is at fault. */
  | { readonly kind: 'broken'; readonly message: string };
