/**
 * Vision Longformer: what a picture shows, and where, at full resolution.
 *
 * @example <caption>What a picture shows</caption>
 * import { loadModel } from 'vision-longformer';
 *
 * const model = await loadModel('land-use');
 * const { labels, width, height } = await model.classify('scene.tif', { topK: 3 });
 * console.log(labels[0].label, width, height);
 * await model.close();
 *
 * @example <caption>Objects in a scene of any size</caption>
 * import { detectScene, formatDetections, loadDetector, openRaster } from 'vision-longformer';
 *
 * const detector = await loadDetector('aircraft');
 * const source = await openRaster('scene.tif');
 * const { detections } = await detectScene({ source, detector, threshold: 0.4 });
 * const { name, width, height, georeference } = source;
 * const { labels } = detector;
 * console.log(formatDetections({ name, width, height, georeference, labels, detections }, 'geojson'));
 * await source.close();
 * await detector.close();
 *
 * @example <caption>How well a detector does, by COCO's rules</caption>
 * import { cocoMetrics, detectScene, loadDetector, openRaster, readAnnotations } from 'vision-longformer';
 *
 * const set = await readAnnotations('labels.json');
 * const detector = await loadDetector('aircraft');
 * const found = [];
 * for (const { path } of set.images) {
 *   const source = await openRaster(path);
 *   found.push((await detectScene({ source, detector, threshold: 0.01 })).detections);
 *   await source.close();
 * }
 * await detector.close();
 * console.log(cocoMetrics(set, found, { classAgnostic: true }).AP50);
 */

export type { AnnotationOptions } from '../datasets/annotations/read-annotations.js';
export { readAnnotations } from '../datasets/annotations/read-annotations.js';
export type { AttentionMap } from './attention-map.js';
export type { Classification, ClassifyOptions, ImageClassifier, LabelScore } from './classifier.js';
export type { AnnotatedImage, AnnotatedObject, AnnotationSet } from './detection/annotations.js';
export type { CocoMetrics } from './detection/coco-metrics/coco-metrics.js';
export { cocoMetrics } from './detection/coco-metrics/coco-metrics.js';
export type { CocoOptions } from './detection/coco-metrics/evaluate-set.js';
export type { ScoredBoxes } from './detection/coco-metrics/protocol.js';
export type { Detections } from './detection/detections.js';
export type { DetectOptions, Detector, DetectorTile } from './detection/detector.js';
export type { SceneDetections } from './detection/output/scene-detections.js';
export type { FormatName } from './detection/output/write-detections.js';
export { formatDetections } from './detection/output/write-detections.js';
export type { SceneResult } from './detection/scene/detect-scene.js';
export { detectScene } from './detection/scene/detect-scene.js';
export type { SceneOptions, SceneProgress } from './detection/scene/scene-options.js';
export type { DetectionScores, ScoreOptions } from './detection/score-detections.js';
export { scoreDetections } from './detection/score-detections.js';
export { UserError } from './errors.js';
export type { OverlayOptions } from './image/attention-overlay.js';
export { drawAttention } from './image/attention-overlay.js';
export { openRaster } from './image/raster/open-raster.js';
export type { RasterSource } from './image/raster/raster-source.js';
export type { ImageSource } from './image/source.js';
export type { LoadOptions } from './model.js';
export { loadDetector, loadModel } from './model.js';
