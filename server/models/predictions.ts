import type { Detections } from '../../src/boxes/detections.js';
import { boundsOf, cornersOf } from '../../src/boxes/detections.js';
import { writtenPixel, writtenScore } from '../../src/detect/output/scene-detections.js';

/** Objects in the form of Hugging Face's inference API; turned boxes have their corners as well. */
export function predictionsOf(detections: Detections, labels: readonly string[]) {
  return Array.from({ length: detections.count }, (_, index) => {
    const [xmin, ymin, xmax, ymax] = boundsOf(detections, index).map(writtenPixel);
    const label = detections.classes[index]!;
    return {
      label: labels[label] ?? String(label),
      score: writtenScore(detections.scores[index]!),
      box: { xmin, ymin, xmax, ymax },
      ...(detections.angles && { corners: cornersOf(detections, index).map(writtenPixel) }),
    };
  });
}
