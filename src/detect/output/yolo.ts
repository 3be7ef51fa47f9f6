import { boundsOf, cornersOf } from '../../boxes/detections.js';
import type { SceneDetections } from './scene-detections.js';
import { writtenScore } from './scene-detections.js';

/**
 * A line for each object in shares of the image's sides, as YOLO tools read and write predictions: class, centre x,
 * centre y, width, height, score; of turned boxes class, the four corners, score.
 */
export function toYolo({ detections, width, height }: SceneDetections): string {
  const share = (value: number, length: number) => (value / length).toFixed(8);
  let text = '';
  for (let index = 0; index < detections.count; index++) {
    const [left, top, right, bottom] = boundsOf(detections, index);
    const place = detections.angles
      ? cornersOf(detections, index).map((value, at) => share(value, at % 2 ? height : width))
      : [
          share((left + right) / 2, width),
          share((top + bottom) / 2, height),
          share(right - left, width),
          share(bottom - top, height),
        ];
    text += `${[detections.classes[index], ...place, writtenScore(detections.scores[index]!)].join(' ')}\n`;
  }
  return text;
}
