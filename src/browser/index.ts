/**
 * Models in a page: a model folder is loaded by its address and runs on the browser's WebGPU, with this package's kernels,
 * or on WebAssembly.
 *
 * @example <caption>What an image shows</caption>
 * import { loadModel } from 'vision-longformer/browser';
 *
 * const model = await loadModel('/models/land-use/');
 * const { labels } = await model.classify(await (await fetch('/scene.jpg')).blob(), { topK: 3 });
 * console.log(labels[0].label, labels[0].score, model.device);
 */
import '../tensor/static-tfjs.js';

export { UserError } from '../base/errors.js';
export type { Size } from '../boxes/box.js';
export type { Detections } from '../boxes/detections.js';
export type { LabelScore, TaskAnswer } from '../classify/label-scores.js';
export type { PageClassification, PageClassifier, PageClassifyOptions } from './classifier.js';
export type { PageDetections, PageDetectOptions, PageDetector } from './detector.js';
export type { DeviceOptions, PageDevice } from './device.js';
export type { PageLoadOptions } from './load.js';
export { loadDetector, loadModel } from './load.js';
export type { PassOptions } from './pass-options.js';
