import { boundsOf, cornersOf } from '../../boxes/detections.js';
import { areaOf } from '../box-overlap.js';
import type { SceneDetections } from './scene-detections.js';
import { writtenPixel, writtenScore } from './scene-detections.js';

/**
 * A COCO data set with a score for each annotation. Its `annotations` alone are a COCO results file.
 * Turned boxes keep their corners as the segmentation.
 */
export function toCoco(scene: SceneDetections) {
  const { detections, labels, name, width, height } = scene;
  const annotations = Array.from({ length: detections.count }, (_, index) => {
    const [left, top, right, bottom] = boundsOf(detections, index);
    return {
      id: index + 1,
      image_id: 1,
      category_id: detections.classes[index]! + 1,
      bbox: [left, top, right - left, bottom - top].map(writtenPixel),
      area: writtenPixel(areaOf(detections, index)),
      segmentation: detections.angles ? [cornersOf(detections, index).map(writtenPixel)] : [],
      iscrowd: 0,
      score: writtenScore(detections.scores[index]!),
    };
  });
  return {
    images: [{ id: 1, file_name: name, width, height }],
    categories: labels.map((label, index) => ({ id: index + 1, name: label })),
    annotations,
  };
}
