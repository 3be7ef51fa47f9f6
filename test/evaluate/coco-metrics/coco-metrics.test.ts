import { describe, expect, it } from 'vitest';
import type { AnnotationSet } from '../../../src/boxes/annotations.js';
import { noDetections } from '../../../src/boxes/detections.js';
import type { ScoredBoxes } from '../../../src/boxes/protocol.js';
import {
  cocoMetrics,
  precisionRecall,
  summariseClasses,
} from '../../../src/evaluate/coco-metrics/coco-metrics.js';
import { matchSet } from '../../../src/evaluate/coco-metrics/evaluate-set.js';
import { cocoOverlap } from '../../../src/evaluate/coco-metrics/match-image.js';
import { bestOperatingPoint, countError } from '../../../src/evaluate/coco-metrics/operating-point.js';
import { cocoCases, problemOf } from './coco-cases.js';

/** Two images of two classes. */
const set: AnnotationSet = {
  labels: ['car', 'bus'],
  images: [
    {
      path: 'a',
      width: 100,
      height: 100,
      objects: [
        { box: [0, 0, 10, 10], label: 0 },
        { box: [20, 0, 30, 10], label: 1 },
        { box: [40, 0, 80, 40], label: 0, crowd: true },
      ],
    },
    { path: 'b', width: 100, height: 100, objects: [{ box: [0, 0, 10, 10], label: 0 }] },
  ],
};

function detections(...rows: readonly (readonly [...number[]])[]): ScoredBoxes {
  return {
    count: rows.length,
    boxes: rows.flatMap((row) => row.slice(0, 4)),
    scores: rows.map((row) => row[4]!),
    classes: rows.map((row) => row[5]!),
  };
}

describe('cocoMetrics', () => {
  it.each(cocoCases().map((fixture) => [fixture.name, fixture] as const))(
    'equals pycocotools: %s',
    (_, fixture) => {
      const { set: labelled, found } = problemOf(fixture);
      const apart = Object.values(cocoMetrics(labelled, found));
      const together = Object.values(cocoMetrics(labelled, found, { classAgnostic: true }));
      for (const [index, value] of fixture.expected.entries()) expect(apart[index]).toBeCloseTo(value, 9);
      for (const [index, value] of fixture.classAgnostic.entries())
        expect(together[index]).toBeCloseTo(value, 9);
    },
  );

  it('takes a bus for a car only where class-agnostic', () => {
    const found = [
      detections([0, 0, 10, 10, 0.9, 1], [20, 0, 30, 10, 0.8, 1]),
      detections([0, 0, 10, 10, 0.7, 0]),
    ];
    const agnostic = cocoMetrics(set, found, { classAgnostic: true });
    expect(agnostic.AP50).toBeCloseTo(1, 12);
    expect(cocoMetrics(set, found).AP50).toBeLessThan(0.6);
  });

  it('finds nothing in boxes without area, without dividing by it', () => {
    expect(cocoOverlap([5, 5, 5, 9], [0, 0, 10, 10], true)).toBe(0);
    expect(cocoOverlap([5, 5, 5, 5], [5, 5, 5, 5], false)).toBe(0);
  });

  it('knows no class that the set does not have', () => {
    const found = [detections([0, 0, 10, 10, 0.9, 7]), noDetections()];
    expect(cocoMetrics(set, found).AP).toBe(0);
  });

  it('tells how each class does', () => {
    const found = [detections([0, 0, 10, 10, 0.9, 0]), detections([0, 0, 10, 10, 0.9, 0])];
    const [car, bus] = summariseClasses(matchSet(set, found), set.labels);
    expect(car).toMatchObject({ name: 'car', objects: 2, AP: expect.closeTo(1, 12) });
    expect(bus).toEqual({ name: 'bus', objects: 1, AP: 0, AP50: 0 });
  });
});

describe('operating points', () => {
  const found = [
    detections([0, 0, 10, 10, 0.9, 0], [60, 60, 70, 70, 0.5, 0], [45, 5, 55, 15, 0.6, 0]),
    detections([0, 0, 10, 10, 0.5, 0], [60, 60, 70, 70, 0.2, 0]),
  ];

  it('follow precision and recall, what lies in a crowd left out', () => {
    const { recall, precision, positives } = precisionRecall(matchSet(set, found), 0);
    expect(positives).toBe(2);
    expect([...recall]).toEqual([0.5, 0.5, 0.5, 1, 1]);
    for (const [index, value] of [1, 1, 1 / 2, 2 / 3, 1 / 2].entries()) {
      expect(precision[index]).toBeCloseTo(value, 12);
    }
  });

  it('take or leave detections of equal score together', () => {
    const best = bestOperatingPoint(precisionRecall(matchSet(set, found), 0));
    expect(best).toMatchObject({ threshold: 0.5, recall: 1, f1: expect.closeTo(0.8, 12) });
    expect(
      bestOperatingPoint(precisionRecall(matchSet(set, [noDetections(), noDetections()]), 0)),
    ).toBeUndefined();
  });

  it('count objects image by image', () => {
    expect(countError(set, found, 0.5)).toEqual({ threshold: 0.5, meanAbsolute: 0.5, relative: 1 / 3 });
    expect(countError(set, found, 0.1)).toEqual({ threshold: 0.1, meanAbsolute: 1, relative: 2 / 3 });
    expect(countError({ labels: [], images: [] }, [], 0.5)).toMatchObject({
      meanAbsolute: 0,
      relative: undefined,
    });
  });
});
