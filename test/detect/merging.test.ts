import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detections } from '../../src/boxes/detections.js';
import { rankByScore, selectDetections } from '../../src/boxes/detections.js';
import { overlapOf } from '../../src/detect/box-overlap.js';
import { greedyMerge } from '../../src/detect/greedy-nmm.js';
import type { SuppressOptions } from '../../src/detect/nms.js';
import { suppress } from '../../src/detect/nms.js';
import { fuseBoxes } from '../../src/detect/wbf.js';
import { boxes, randomBoxes, turnedBoxes } from '../helpers/random-detections.js';

const merges: Record<string, (detections: Detections) => Detections> = {
  suppress: (detections) => suppress(detections, { iou: 0.5 }),
  fuseBoxes,
  greedyMerge,
};

/** Suppression by its definition, comparing all with all. */
function suppressPlainly(detections: Detections, { iou, classAgnostic = false }: SuppressOptions): number[] {
  const { scores, classes, count } = detections;
  const order = Array.from({ length: count }, (_, index) => index).sort(
    (p, q) => scores[q]! - scores[p]! || p - q,
  );
  const kept: number[] = [];
  for (const i of order) {
    const isFree = kept.every((j) => {
      if (!classAgnostic && classes[i] !== classes[j]) return true;
      return overlapOf(detections, i, detections, j, 'iou') <= iou;
    });
    if (isFree) kept.push(i);
  }
  return kept;
}

describe('rankByScore', () => {
  it('sorts as comparing scores, then indices, does', () => {
    const score = fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, -0, 0.5, 1, Infinity, -Infinity));
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true }), fc.array(score, { maxLength: 80 }), (some, others) => {
        const scores = Float32Array.of(...some, ...others);
        const order = Array.from(scores.keys()).sort((a, b) => {
          return scores[a] === scores[b] ? a - b : scores[a]! < scores[b]! ? 1 : -1;
        });
        expect([...rankByScore(scores)]).toEqual(order);
      }),
      { seed: 5, numRuns: 300 },
    );
    expect([...rankByScore(Float32Array.of(0.9, 0.9, 0.2))]).toEqual([0, 1, 2]);
  });
});

describe('suppress', () => {
  it('keeps what comparing all with all keeps, whatever the boxes', () => {
    // Corners in any order, so that there are boxes without area and boxes turned inside out; many on top of each other.
    const place = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.double({ min: -50, max: 900, noNaN: true }));
    const box = fc.tuple(place, place, place, place, fc.integer({ min: 0, max: 3 }), fc.nat(1));
    const small = fc.tuple(place, place).chain(([x, y]) => {
      const side = fc.integer({ min: 1, max: 40 });
      const numbers = fc.tuple(side, side, fc.integer({ min: 0, max: 3 }), fc.nat(1));
      return numbers.map(([width, height, score, label]) => [x, y, x + width, y + height, score, label]);
    });
    const options = fc.record({
      iou: fc.constantFrom(0, 0.1, 0.3, 1 / 3, 0.5, 0.6, 0.9, 1),
      classAgnostic: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(box, small), { maxLength: 60 }), options, (list, chosen) => {
        const detections = boxes(...list);
        const result = suppress(detections, chosen);
        expect(result).toEqual(selectDetections(detections, suppressPlainly(detections, chosen)));
      }),
      { seed: 3, numRuns: 400 },
    );
  });

  it('the same for turned boxes', () => {
    const place = fc.integer({ min: 0, max: 120 });
    const side = fc.integer({ min: 1, max: 60 });
    const angle = fc.double({ min: -4, max: 4, noNaN: true });
    const box = fc.tuple(place, place, side, side, angle, fc.integer({ min: 0, max: 3 }), fc.nat(1));
    const options = fc.record({ iou: fc.constantFrom(0, 0.1, 0.5, 0.8), classAgnostic: fc.boolean() });
    fc.assert(
      fc.property(fc.array(box, { maxLength: 30 }), options, (list, chosen) => {
        const detections = turnedBoxes(...list);
        const result = suppress(detections, chosen);
        expect(result).toEqual(selectDetections(detections, suppressPlainly(detections, chosen)));
      }),
      { seed: 3, numRuns: 150 },
    );
  });

  it('the same for thousands', () => {
    const detections = randomBoxes(6000, { side: 1700 });
    const result = suppress(detections, { iou: 0.4 });
    expect(result).toEqual(selectDetections(detections, suppressPlainly(detections, { iou: 0.4 })));
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
  ])('merges 25,000 boxes %s in time that grows with their number, not its square', (_case, side) => {
    // A tenth of the boxes on a tenth of the ground.
    const few = randomBoxes(2500, { side: side / Math.sqrt(10) });
    const many = randomBoxes(25_000, { side });
    const heap = process.memoryUsage().heapUsed;
    expect(merge(many).count).toBeGreaterThan(0);
    // A matrix of single bits would be 78 MB, one of floats 2.5 GB.
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(150e6);
    // Comparing all with all takes a hundred times as long for ten times as many.
    const ratio = () => processorTime(1, () => merge(many)) / processorTime(10, () => merge(few));
    // Other work on the machine makes some runs slower, never all of them a hundredfold.
    expect(Math.min(...Array.from({ length: 4 }, ratio))).toBeLessThan(40);
  });
});

/** Processor time of a run; small ones run several times, to be far above the resolution of the clock. */
function processorTime(runs: number, run: () => unknown): number {
  const before = process.cpuUsage();
  for (let count = 0; count < runs; count++) run();
  return process.cpuUsage(before).user / runs;
}
