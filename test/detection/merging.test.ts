import { describe, expect, it } from 'vitest';
import type { Detections } from '../../src/detection/detections.js';
import { greedyMerge } from '../../src/detection/greedy-nmm.js';
import { suppress } from '../../src/detection/nms.js';
import { fuseBoxes } from '../../src/detection/wbf.js';
import { boxes, randomBoxes, turnedBoxes } from './random-detections.js';

const merges: Record<string, (detections: Detections) => Detections> = {
  suppress: (detections) => suppress(detections, { iou: 0.5 }),
  fuseBoxes,
  greedyMerge,
};

/** Suppression by its definition, comparing all with all. */
function suppressPlainly({ boxes: b, scores, classes, count }: Detections, iou: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index).sort(
    (p, q) => scores[q]! - scores[p]! || p - q,
  );
  const kept: number[] = [];
  const area = (i: number) => (b[4 * i + 2]! - b[4 * i]!) * (b[4 * i + 3]! - b[4 * i + 1]!);
  for (const i of order) {
    const isFree = kept.every((j) => {
      const width = Math.min(b[4 * i + 2]!, b[4 * j + 2]!) - Math.max(b[4 * i]!, b[4 * j]!);
      const height = Math.min(b[4 * i + 3]!, b[4 * j + 3]!) - Math.max(b[4 * i + 1]!, b[4 * j + 1]!);
      const common = Math.max(0, width) * Math.max(0, height);
      return classes[i] !== classes[j] || common / (area(i) + area(j) - common) <= iou;
    });
    if (isFree) kept.push(i);
  }
  return kept;
}

describe('suppress', () => {
  // Few boxes are compared with all that stay, many through an index.
  it.each([1500, 6000])('keeps what comparing all with all keeps: %i boxes', (count) => {
    const detections = randomBoxes(count, { side: Math.sqrt(500 * count) });
    const kept = suppressPlainly(detections, 0.4);
    const result = suppress(detections, { iou: 0.4 });
    expect(result.count).toBe(kept.length);
    expect([...result.scores]).toEqual(kept.map((index) => detections.scores[index]));
    expect([...result.boxes]).toEqual(kept.flatMap((i) => [...detections.boxes.subarray(4 * i, 4 * i + 4)]));
  });

  it('breaks ties by index', () => {
    const result = suppress(boxes([0, 0, 10, 10, 0.5], [1, 0, 11, 10, 0.5], [90, 0, 99, 9, 0.5]), {
      iou: 0.5,
    });
    expect([...result.boxes]).toEqual([0, 0, 10, 10, 90, 0, 99, 9]);
  });

  it('lets classes stand on each other unless told otherwise', () => {
    const detections = boxes([0, 0, 10, 10, 0.9, 0], [0, 0, 10, 10, 0.8, 1]);
    expect(suppress(detections, { iou: 0.5 }).count).toBe(2);
    expect(suppress(detections, { iou: 0.5, classAgnostic: true }).count).toBe(1);
  });

  it('keeps turned neighbours whose upright bounds overlap', () => {
    // Three planes parked side by side at 45 degrees: their bounds overlap by more than half, they do not touch.
    const parked = [0, 15, 30].map((step) => [100 + step, 100 - step, 80, 12, Math.PI / 4, 0.9]);
    expect(suppress(turnedBoxes(...parked), { iou: 0.1 }).count).toBe(3);
    const twice = turnedBoxes(...parked, ...parked.map((box) => [...box.slice(0, 5), 0.5]));
    expect(suppress(twice, { iou: 0.1 }).count).toBe(3);
  });

  it('refuses a threshold outside of 0 to 1', () => {
    expect(() => suppress(boxes(), { iou: -0.1 })).toThrow('iou must be between 0 and 1, not -0.1');
    expect(() => suppress(boxes(), { iou: Number.NaN })).toThrow('NaN');
  });

  it('at a threshold of 0 suppresses what overlaps, not everything', () => {
    const detections = boxes([0, 0, 10, 10, 0.9], [9, 9, 20, 20, 0.8], [500, 0, 510, 10, 0.7]);
    expect([...suppress(detections, { iou: 0 }).scores]).toEqual([...Float32Array.of(0.9, 0.7)]);
  });
});

describe('greedyMerge', () => {
  it('grows the best box over the pieces of its object', () => {
    const pieces = boxes(
      [0, 0, 100, 40, 0.9],
      [80, 0, 130, 40, 0.6],
      [110, 5, 128, 30, 0.5],
      [300, 0, 340, 40, 0.4],
    );
    const result = greedyMerge(pieces, { overlap: 0.4 });
    expect([...result.boxes]).toEqual([0, 0, 130, 40, 110, 5, 128, 30, 300, 0, 340, 40]);
    expect([...result.scores]).toEqual([...Float32Array.of(0.9, 0.5, 0.4)]);
  });

  it('merges keepers of equal score once, and never with themselves', () => {
    const tied = boxes(...Array.from({ length: 6 }, (_, index) => [index, 0, 100 + index, 50, 0.5]));
    const result = greedyMerge(tied);
    expect(result.count).toBe(1);
    expect([...result.boxes]).toEqual([0, 0, 105, 50]);
    expect(greedyMerge(boxes([0, 0, 9, 9, 0.5], [20, 0, 29, 9, 0.5])).count).toBe(2);
  });

  it('at a threshold of 0 merges what overlaps, not everything', () => {
    const detections = boxes([0, 0, 10, 10, 0.9], [9, 9, 20, 20, 0.8], [500, 0, 510, 10, 0.7]);
    expect([...greedyMerge(detections, { overlap: 0 }).boxes]).toEqual([0, 0, 20, 20, 500, 0, 510, 10]);
  });

  it('grows a turned box along its own sides', () => {
    const angle = Math.PI / 6;
    const along = (distance: number) => [100 + distance * Math.cos(angle), 100 + distance * Math.sin(angle)];
    const result = greedyMerge(
      turnedBoxes([...along(0), 60, 20, angle, 0.9], [...along(30), 40, 20, angle, 0.8]),
    );
    expect(result.count).toBe(1);
    // From -30 to 50 along the axis.
    for (const [at, value] of [...along(10), 80, 20].entries())
      expect(result.boxes[at]).toBeCloseTo(value, 3);
  });
});

describe('fuseBoxes', () => {
  it('weights coordinates by the scores and keeps the highest score', () => {
    const result = fuseBoxes(boxes([0, 0, 100, 100, 0.75], [8, 0, 108, 100, 0.25], [0, 200, 50, 250, 0.4]));
    expect([...result.boxes]).toEqual([2, 0, 102, 100, 0, 200, 50, 250]);
    expect([...result.scores]).toEqual([...Float32Array.of(0.75, 0.4)]);
  });

  it('takes opposite directions of a turned box for the same', () => {
    const result = fuseBoxes(turnedBoxes([50, 50, 40, 10, 0.1, 0.5], [50, 50, 40, 10, 0.2 + Math.PI, 0.5]));
    expect(result.count).toBe(1);
    expect(result.angles![0]).toBeCloseTo(0.15, 5);
  });
});

describe.each(Object.entries(merges))('%s', (_name, merge) => {
  it('takes no boxes', () => {
    expect(merge(boxes()).count).toBe(0);
    expect(merge(turnedBoxes()).angles).toBeDefined();
  });

  it('is safe with boxes without area, alone and on top of each other', () => {
    const detections = boxes([5, 5, 5, 5, 0.9], [5, 5, 5, 5, 0.9], [0, 5, 10, 5, 0.8], [0, 0, 10, 10, 0.7]);
    const result = merge(detections);
    expect(result.count).toBe(4);
    expect(result.boxes.every(Number.isFinite)).toBe(true);
  });

  it('does not merge again what it has merged, and never touches what it was given', () => {
    const detections = randomBoxes(500, { side: 4000 });
    const before = structuredClone(detections);
    const once = merge(detections);
    expect(detections).toEqual(before);
    expect([...once.scores]).toEqual([...once.scores].sort((a, b) => b - a));
  });

  it.each([
    ['spread over a scene', 16384],
    ['in a crowd', 1200],
    ['on top of each other', 1],
  ])('merges 25,000 boxes %s within a second, without a matrix of them', (_case, side) => {
    const detections = randomBoxes(25_000, { side });
    // Processor time, so that other work on the machine does not count.
    const [heap, before] = [process.memoryUsage().heapUsed, process.cpuUsage()];
    const result = merge(detections);
    const { user } = process.cpuUsage(before);
    expect(result.count).toBeGreaterThan(0);
    expect(user / 1e6).toBeLessThan(1);
    // A matrix of single bits would be 78 MB, one of floats 2.5 GB.
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(150e6);
  });
});
