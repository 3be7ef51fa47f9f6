/**
 * Vision Longformer: image classification at full resolution.
 *
 * @example
 * import { loadModel } from 'vision-longformer';
 *
 * const model = await loadModel('land-use');
 * const { labels, width, height } = await model.classify('scene.tif', { topK: 3 });
 * await model.close();
 */

export type { AttentionMap } from './attention-map.js';
export type { Classification, ClassifyOptions, ImageClassifier, LabelScore } from './classifier.js';
export { UserError } from './errors.js';
export type { OverlayOptions } from './image/attention-overlay.js';
export { drawAttention } from './image/attention-overlay.js';
export type { ImageSource } from './image/source.js';
export type { LoadOptions } from './model.js';
export { loadDetector, loadModel } from './model.js';
