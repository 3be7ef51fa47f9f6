/**
 * Vision Longformer: what an image shows, and where, at full resolution.
 *
 * @example <caption>What an image shows</caption>
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

export type { OnProblem } from '../datasets/annotations/label-problems.js';
export type { AnnotationOptions } from '../datasets/annotations/read-annotations.js';
export { readAnnotations } from '../datasets/annotations/read-annotations.js';
export type { LabelTask } from '../models/label-task.js';
export { UserError } from './base/errors.js';
export type {
  AnnotatedImage,
  AnnotatedObject,
  AnnotationSet,
  BoxEdges,
  Quadrilateral,
} from './boxes/annotations.js';
export type { Box, Orientation, Size } from './boxes/box.js';
export type { Detections } from './boxes/detections.js';
export type { ScoredBoxes } from './boxes/protocol.js';
export type { AttentionMap } from './classify/attention-map.js';
export type { OverlayOptions } from './classify/attention-overlay.js';
export { drawAttention } from './classify/attention-overlay.js';
export type {
  Classification,
  ClassifyOptions,
  EmbedOptions,
  ImageClassifier,
  LabelScore,
  TaskAnswer,
} from './classify/classifier.js';
export type { ImageEmbedding, PatchGrid } from './classify/embedding.js';
export type { Neighbour } from './classify/nearest.js';
export { nearestVectors } from './classify/nearest.js';
export type { Area, PixelRing } from './detect/area/area.js';
export type { PlacedArea } from './detect/area/area-in-scene.js';
export { areaOfBounds, areaOfGeoJson } from './detect/area/read-area.js';
export type { DetectOptions, Detector, DetectorTile, DetectorTraits, LookedAt } from './detect/detector.js';
export type { LoadOptions } from './detect/load.js';
export { loadDetector, loadModel } from './detect/load.js';
export type { GeoJsonOptions } from './detect/output/geojson.js';
export type { OutputCrs } from './detect/output/locate.js';
export type { SceneDetections } from './detect/output/scene-detections.js';
export type { FormatName } from './detect/output/write-detections.js';
export { formatDetections } from './detect/output/write-detections.js';
export type { SceneResult } from './detect/scene/detect-scene.js';
export { detectScene } from './detect/scene/detect-scene.js';
export type { FirstLookChoice } from './detect/scene/first-look.js';
export type { GroundSize } from './detect/scene/ground-size.js';
export type { MergeChoice, MergeName } from './detect/scene/merge.js';
export type { SceneOptions, SceneProgress, SceneSettings } from './detect/scene/scene-options.js';
export type { Selection } from './detect/scene/selection.js';
export type { SceneView } from './detect/scene/view.js';
export type { TracedDetector } from './detect/traced-detector.js';
export type { AngleErrors } from './evaluate/angle-errors.js';
export type { BootstrapOptions, Interval } from './evaluate/bootstrap.js';
export type { ClassMetrics, CocoMetrics } from './evaluate/coco-metrics/coco-metrics.js';
export { cocoMetrics } from './evaluate/coco-metrics/coco-metrics.js';
export type { CocoOptions } from './evaluate/coco-metrics/evaluate-set.js';
export type { CountError, OperatingPoint } from './evaluate/coco-metrics/operating-point.js';
export type { DetectionIntervals } from './evaluate/detection-intervals.js';
export type { OrientedDetection, OrientedMetrics } from './evaluate/oriented-metrics.js';
export type { DetectionScores, ScoreOptions } from './evaluate/score-detections.js';
export { scoreDetections } from './evaluate/score-detections.js';
export type { Affine } from './geo/affine.js';
export type { Position } from './geo/antimeridian.js';
export type { Georeference } from './geo/georeference.js';
export type { PixelPolynomial } from './geo/ground-control.js';
export type { RationalPolynomials, RpcPlace } from './geo/rpc.js';
export type { ColourBands, ImageHeader } from './image/header.js';
export type { OpenOptions } from './image/raster/open-raster.js';
export { openRaster } from './image/raster/open-raster.js';
export type {
  RasterPlane,
  RasterSource,
  RasterTile,
  ReadOptions,
  SampleGrid,
  SampleRange,
  Samples,
} from './image/raster/raster-source.js';
export type { Scaling } from './image/raster/scaling.js';
export type { ImageSource } from './image/source.js';
export type { BatchingOptions } from './runtime/batcher.js';
export type { Device } from './runtime/session/device.js';
