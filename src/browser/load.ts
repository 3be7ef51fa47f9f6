import { UserError } from '../base/errors.js';
import { PageClassifier } from './classifier.js';
import { PageDetector } from './detector.js';
import type { DeviceOptions } from './device.js';
import { openDevice } from './device.js';
import { fetchModel } from './fetch-model.js';

export interface PageLoadOptions extends DeviceOptions {
  /** What every request for the model's files is sent with, e.g. headers. */
  readonly request?: RequestInit;
}

/**
 * Loads a classifier into a page.
 * @param folder address of a model folder (config.json, labels.json, model.safetensors), absolute or relative to the page
 * @throws UserError naming the file that is not there or is malformed; when the model is a detector; when the browser
 *   lacks what the device needs
 */
export async function loadModel(
  folder: string | URL,
  options: PageLoadOptions = {},
): Promise<PageClassifier> {
  const [fetched, device] = await Promise.all([fetchModel(folder, options.request), openDevice(options)]);
  if (fetched.config.type === 'detector') {
    throw new UserError(`${fetched.url} holds a detector: load it with loadDetector.`);
  }
  return new PageClassifier(fetched, device);
}

/**
 * Loads a detector into a page.
 * @param folder as of `loadModel`
 * @throws UserError as `loadModel`, and when the model is no detector
 */
export async function loadDetector(
  folder: string | URL,
  options: PageLoadOptions = {},
): Promise<PageDetector> {
  const [fetched, device] = await Promise.all([fetchModel(folder, options.request), openDevice(options)]);
  return new PageDetector(fetched, device);
}
