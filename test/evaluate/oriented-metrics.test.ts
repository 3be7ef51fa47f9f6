import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Quadrilateral } from '../../src/boxes/annotations.js';
import { orientedIou } from '../../src/boxes/oriented-iou.js';
import { cornersOfBox } from '../../src/boxes/rotated-box.js';
import { elevenPointPrecision, orientedMetrics } from '../../src/evaluate/oriented-metrics.js';
import { orientedCases, orientedProblemOf } from './coco-metrics/coco-cases.js';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const rotated = fc
  .record({
    x: number(-20, 20),
    y: number(-20, 20),
    length: number(0, 30),
    breadth: number(0, 30),
    angle: number(-4, 4),
  })
  .map(cornersOfBox);

describe('orientedIou', () => {
  it('equals that of an independent polygon library', () => {
    for (const { annotations, detections, overlaps } of orientedCases()) {
      for (const [annotation, detection, expected] of overlaps) {
        const [a, b] = [annotations[annotation]!, detections[detection]!].map((row) => row.slice(2, 10));
        expect(orientedIou(a as unknown as Quadrilateral, b as unknown as Quadrilateral)).toBeCloseTo(
          expected,
          9,
        );
      }
    }
  });

  it('is symmetric, between 0 and 1, and does not depend on where corners start or which way they run', () => {
    fc.assert(
      fc.property(rotated, rotated, fc.nat({ max: 3 }), (a, b, start) => {
        const overlap = orientedIou(a, b);
        expect(overlap).toBeGreaterThanOrEqual(0);
        expect(overlap).toBeLessThanOrEqual(1);
        expect(orientedIou(b, a)).toBeCloseTo(overlap, 6);
        const pairs = [0, 1, 2, 3].map((at) => b.slice(2 * at, 2 * at + 2));
        const reversed = [...pairs.slice(start), ...pairs.slice(0, start)].reverse().flat();
        expect(orientedIou(a, reversed as unknown as Quadrilateral)).toBeCloseTo(overlap, 6);
      }),
      { seed: 1 },
    );
  });

  it('is 1 for equal boxes and 0 for boxes without area', () => {
    const box = cornersOfBox({ x: 1e5, y: 3e4, length: 20, breadth: 10, angle: 0.7 });
    expect(orientedIou(box, box)).toBeCloseTo(1, 9);
    const flat = cornersOfBox({ x: 1e5, y: 3e4, length: 20, breadth: 0, angle: 0.7 });
    expect(orientedIou(flat, flat)).toBe(0);
    expect(orientedIou(flat, box)).toBe(0);
  });

  it('tells boxes parked side by side apart, whose upright bounds overlap', () => {
    const lorry = { x: 0, y: 0, length: 40, breadth: 8, angle: Math.PI / 4 };
    const next = { ...lorry, x: 9 * Math.SQRT1_2, y: -9 * Math.SQRT1_2 };
    expect(orientedIou(cornersOfBox(lorry), cornersOfBox(next))).toBe(0);
  });
});

describe('orientedMetrics', () => {
  it('equals the protocol of DOTA_devkit', () => {
    for (const fixture of orientedCases()) {
      const { set, found } = orientedProblemOf(fixture);
      const { classes, mAP, mAP07 } = orientedMetrics(set, found);
      for (const [label, [area, eleven]] of fixture.expected.entries()) {
        expect(classes[label]!.AP).toBeCloseTo(area, 9);
        expect(classes[label]!.AP07).toBeCloseTo(eleven, 9);
      }
      expect(mAP).toBeCloseTo(
        fixture.expected.reduce((sum, [area]) => sum + area / 2, 0),
        9,
      );
      expect(mAP07).toBeCloseTo(
        fixture.expected.reduce((sum, [, eleven]) => sum + eleven / 2, 0),
        9,
      );
    }
  });

  it('leaves classes without objects out of the mean', () => {
    const corners = cornersOfBox({ x: 50, y: 50, length: 20, breadth: 10, angle: 1 });
    const objects = [{ box: [0, 0, 0, 0], polygon: corners, label: 1 }] as const;
    const set = { labels: ['a', 'b'], images: [{ path: '0', width: 100, height: 100, objects }] };
    const found = [
      { corners, score: 0.5, label: 1 },
      { corners, score: 0.6, label: 0 },
    ];
    expect(orientedMetrics(set, [found])).toMatchObject({
      mAP: 1,
      mAP07: 1,
      classes: [{ AP: -1 }, { AP: 1 }],
    });
    expect(orientedMetrics({ ...set, images: [] }, []).mAP).toBe(-1);
  });

  it('reads precision at the recalls that numpy has', () => {
    // 3 of 10 found: 0.3 does not reach 0.1 * 3 = 0.30000000000000004.
    expect(elevenPointPrecision([0.1, 0.2, 0.3], [1, 1, 1])).toBeCloseTo(3 / 11, 12);
  });
});
