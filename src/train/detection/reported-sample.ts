import type { DetectionSample } from '../../../datasets/detection-sample.js';
import type { Quadrilateral } from '../../boxes/annotations.js';
import type { Size } from '../../boxes/box.js';
import { cornersOf } from '../../boxes/detections.js';
import type { RgbImage } from '../../image/decode.js';
import type { ReportedTruth } from '../../report/reported.js';
import { cornersOfBox } from '../../report/reported.js';

/** The objects of an input, as a report shows them. */
export function truthsOf({
  boxes,
  angles,
  labels,
  ignored,
}: Pick<DetectionSample, 'boxes' | 'angles' | 'labels' | 'ignored'>): ReportedTruth[] {
  const count = labels.length;
  const all = { count, boxes, angles, scores: new Float32Array(count), classes: labels };
  const objects = Array.from(labels, (label, at): ReportedTruth => {
    return { corners: cornersOf(all, at) as unknown as Quadrilateral, label };
  });
  const regions = Array.from({ length: ignored.length / 4 }, (_, at): ReportedTruth => {
    const [left, top, right, bottom] = ignored.subarray(4 * at, 4 * at + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    return { corners: cornersOfBox([left, top, right, bottom]), label: 0, ignored: true };
  });
  return [...objects, ...regions];
}

/**
 * Pixels of a model's input.
 * @param planes [3, height, width], normalised
 */
export function rgbOf(
  planes: Float32Array,
  { width, height }: Size,
  mean: readonly number[],
  std: readonly number[],
): RgbImage {
  const area = width * height;
  const data = new Uint8Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    for (let at = 0; at < area; at++) {
      const value = 255 * (planes[channel * area + at]! * std[channel]! + mean[channel]!);
      data[3 * at + channel] = Math.max(0, Math.min(255, Math.round(value)));
    }
  }
  return { width, height, data };
}
