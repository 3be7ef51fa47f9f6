import { boundsOf, cornersOf } from '../../boxes/detections.js';
import { areaOf } from '../box-overlap.js';
import type { SceneDetections } from './scene-detections.js';
import { writtenPixel, writtenScore } from './scene-detections.js';

/** Ids of the image and of its first annotation. */
export interface CocoNumbers {
  readonly image?: number;
  readonly annotation?: number;
}

/**
 * A COCO data set with a score for each annotation. Its `annotations` alone are a COCO results file.
 * Turned boxes keep their corners as the segmentation.
 */
export function toCoco(scene: SceneDetections, { image = 1, annotation = 1 }: CocoNumbers = {}) {
  const { detections, labels, name, width, height } = scene;
  const annotations = Array.from({ length: detections.count }, (_, index) => {
    const [left, top, right, bottom] = boundsOf(detections, index);
    return {
      id: annotation + index,
      image_id: image,
      category_id: detections.classes[index]! + 1,
      bbox: [left, top, right - left, bottom - top].map(writtenPixel),
      area: writtenPixel(areaOf(detections, index)),
      segmentation: detections.angles ? [cornersOf(detections, index).map(writtenPixel)] : [],
      iscrowd: 0,
      score: writtenScore(detections.scores[index]!),
    };
  });
  return {
    images: [{ id: image, file_name: name, width, height }],
    categories: labels.map((label, index) => ({ id: index + 1, name: label })),
    annotations,
  };
}

/** The objects of several scenes in one data set, images and annotations numbered through. */
export function scenesToCoco(scenes: readonly SceneDetections[], firstImage = 1) {
  let annotation = 1;
  const parts = scenes.map((scene, index) => {
    const part = toCoco(scene, { image: firstImage + index, annotation });
    annotation += part.annotations.length;
    return part;
  });
  return {
    images: parts.flatMap(({ images }) => images),
    categories: parts[0]?.categories ?? [],
    annotations: parts.flatMap(({ annotations }) => annotations),
  };
}
