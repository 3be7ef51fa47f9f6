import { describe, expect, it } from 'vitest';
import type { AnnotatedObject, AnnotationSet } from '../../src/boxes/annotations.js';
import { boxAround } from '../../src/boxes/annotations.js';
import { cornersOfBox } from '../../src/boxes/rotated-box.js';
import { detectionEvaluationReport } from '../../src/cli/evaluate/detection-report.js';
import { angleErrors } from '../../src/evaluate/angle-errors.js';
import { scoreDetections } from '../../src/evaluate/score-detections.js';

const degree = Math.PI / 180;
const cornersAt = (x: number, length: number, breadth: number, angle: number) =>
  cornersOfBox({ x, y: 0, length, breadth, angle: angle * degree });

function objectAt(x: number, length: number, breadth: number, angle: number, label = 0): AnnotatedObject {
  const polygon = cornersAt(x, length, breadth, angle);
  return { box: boxAround(polygon), polygon, label };
}

const set: AnnotationSet = {
  labels: ['ship', 'aircraft', 'kite'],
  images: [
    {
      path: 'a.png',
      width: 1000,
      height: 1000,
      objects: [
        objectAt(0, 40, 10, 89),
        objectAt(100, 40, 10, 0),
        objectAt(200, 40, 10, 10),
        objectAt(300, 40, 38, 30, 1),
        { ...objectAt(400, 40, 10, 0), difficult: true },
      ],
    },
  ],
};
const found = [
  [
    // Two degrees off, across the end of the range of angles.
    { corners: cornersAt(0, 40, 10, -89), score: 0.9, label: 0 },
    { corners: cornersAt(100, 40, 10, 5), score: 0.8, label: 0 },
    { corners: cornersAt(200, 40, 10, 9), score: 0.7, label: 0 },
    // The same again, which finds nothing new, and one that is difficult.
    { corners: cornersAt(200, 40, 10, 10), score: 0.6, label: 0 },
    { corners: cornersAt(400, 40, 10, 3), score: 0.6, label: 0 },
    // The other side is the longer one.
    { corners: cornersAt(300, 40, 39, 30 - 86), score: 0.9, label: 1 },
  ],
];

describe('angleErrors', () => {
  it('is the median over what was found, modulo 180 degrees, and of near squares modulo 90', () => {
    const [ship, aircraft, kite] = angleErrors(set, found);
    expect(ship).toMatchObject({ name: 'ship', found: 3, nearSquares: 0, nearSquareMedian: undefined });
    expect(ship!.median).toBeCloseTo(2, 6);
    expect(aircraft).toMatchObject({ name: 'aircraft', found: 1, nearSquares: 1 });
    expect(aircraft!.median).toBeCloseTo(86, 6);
    expect(aircraft!.nearSquareMedian).toBeCloseTo(4, 6);
    expect(kite).toEqual({
      name: 'kite',
      found: 0,
      median: undefined,
      nearSquares: 0,
      nearSquareMedian: undefined,
    });
  });

  it('is printed by class', () => {
    const upright = [{ count: 0, boxes: [], scores: [], classes: [] }];
    const report = detectionEvaluationReport(scoreDetections(set, upright, { oriented: found }));
    expect(report).toMatch(
      /modulo 180° +near squares +modulo 90°\nship +3 +2\.0° +0 +-\naircraft +1 +86\.0° +1 +4\.0°/,
    );
  });
});
